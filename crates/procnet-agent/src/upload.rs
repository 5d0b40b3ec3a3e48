//! Sends finished files to an object store: S3, Google Cloud Storage, Azure, WebDAV, or another directory.
//!
//! The directory is the queue. A file is in it until the destination has it, and is deleted then; so there is no
//! journal that could be wrong. Files do not change and keep their names, so after a crash one that was already
//! there is recognised by its contents, and neither sent twice nor replaced.
//!
//! It has a thread of its own, without capabilities, and in there the only asynchronous runtime of the agent: that is
//! what `object_store` needs. Without the feature `object-store` there is neither.

mod counts;
#[cfg(feature = "object-store")]
mod credentials;
#[cfg(feature = "object-store")]
mod destination;
#[cfg(feature = "object-store")]
mod failure;
#[cfg(feature = "object-store")]
mod group;
#[cfg(feature = "object-store")]
mod queue;
#[cfg(feature = "object-store")]
mod send;
#[cfg(feature = "object-store")]
mod thread;
mod url;

pub use self::{
    counts::{KINDS, LATE, Uploads},
    url::UploadUrl,
};

use std::sync::Arc;

use crate::config::Options;

/// Starts the thread that sends, if there is a destination. Returns what it counts.
///
/// # Errors
///
/// What is wrong with the destination or its credentials, without their values.
#[cfg(feature = "object-store")]
pub fn start(options: &Options) -> Result<Option<Arc<Uploads>>, Box<dyn std::error::Error>> {
    let Some(url) = &options.upload_url else { return Ok(None) };
    // With a URL there is a directory: the options agree.
    let Some(directory) = options.upload_from() else { return Ok(None) };
    let file = options.upload_credentials.as_deref();
    let credentials = credentials::Credentials::read(file, url)?;
    let destination =
        destination::Destination::open(url, credentials, options.upload_timeout, directory)?;
    let uploads = Arc::new(Uploads::default());
    let uploader = thread::Uploader::new(
        directory.to_owned(),
        destination,
        options.upload_interval,
        Arc::clone(&uploads),
    );
    uploader.start()?;
    Ok(Some(uploads))
}

/// Without the feature there can be no destination.
///
/// # Errors
///
/// None.
#[cfg(not(feature = "object-store"))]
pub fn start(_: &Options) -> Result<Option<Arc<Uploads>>, Box<dyn std::error::Error>> {
    Ok(None)
}
