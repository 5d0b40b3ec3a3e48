//! The options of what is sent to an object store.

use super::Options;
use crate::upload::UploadUrl;

/// Whether they agree with each other.
pub(super) fn agree(options: &Options) -> Result<(), String> {
    match &options.upload_url {
        Some(_) if options.upload_from().is_none() => Err(
            "upload_url: there are no files to send: it needs store_directory, or upload_directory"
                .to_owned(),
        ),
        _ => Ok(()),
    }
}

pub(super) fn upload_url(text: &str) -> Result<Option<UploadUrl>, String> {
    if text.is_empty() { Ok(None) } else { UploadUrl::parse(text).map(Some) }
}

pub(super) fn shown_upload_url(url: &Option<UploadUrl>) -> String {
    url.as_ref().map(UploadUrl::to_string).unwrap_or_default()
}
