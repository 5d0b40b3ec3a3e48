//! The destination: which kind of store it is, and what its requests may take.

use std::{fmt, path::Path as Directory, sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ClientConfigKey, ClientOptions, ObjectStore, ObjectStoreScheme as Scheme,
    RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey, Checksum},
    azure::{AzureConfigKey, MicrosoftAzureBuilder},
    gcp::{GoogleCloudStorageBuilder, GoogleConfigKey},
    http::HttpBuilder,
    local::LocalFileSystem,
    path::Path,
};
use url::{Position, Url};

use super::{UploadUrl, credentials::Credentials};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How often a request is repeated at once, before its file is tried again later.
const RETRIES: usize = 3;

/// Where files are sent.
pub(super) struct Destination {
    pub(super) store: Arc<dyn ObjectStore>,
    /// What keys begin with.
    pub(super) prefix: Path,
    pub(super) url: UploadUrl,
    credentials: Credentials,
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A store may show its credentials.
        f.debug_struct("Destination").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Destination {
    /// Connects with nobody yet.
    pub(super) fn open(
        url: &UploadUrl,
        credentials: Credentials,
        timeout: Duration,
        source: &Directory,
    ) -> Result<Destination, String> {
        let wrong = |error: &dyn fmt::Display| credentials.redact(&error.to_string());
        // reqwest takes TLS from the provider of the process. Another one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let parsed = Url::parse(url.as_str()).map_err(|error| wrong(&error))?;
        let (scheme, prefix) = Scheme::parse(&parsed).map_err(|error| wrong(&error))?;
        let client = ClientOptions::new()
            .with_timeout(timeout)
            .with_connect_timeout(timeout.min(CONNECT))
            .with_allow_http(parsed.scheme() == "http");
        let retry = RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: RETRIES,
            retry_timeout: timeout,
        };
        let text = url.as_str();
        // The builders have no trait in common.
        macro_rules! built {
            ($of:ty, $builder:expr, $key:ty) => {{
                let builder = $builder.with_client_options(client).with_retry(retry);
                let parse = |key: &str| key.parse::<$key>().ok();
                let builder = credentials.apply(builder, parse, |builder: $of, key, value| {
                    builder.with_config(key, value)
                })?;
                Arc::new(builder.build().map_err(|error| wrong(&error))?)
            }};
        }
        let (store, prefix): (Arc<dyn ObjectStore>, Path) = match scheme {
            Scheme::Local => (local(&parsed, source)?, Path::default()),
            Scheme::AmazonS3 => {
                // The store compares what arrives with the checksum.
                let builder = AmazonS3Builder::new().with_checksum_algorithm(Checksum::SHA256);
                (built!(AmazonS3Builder, builder.with_url(text), AmazonS3ConfigKey), prefix)
            }
            Scheme::GoogleCloudStorage => (
                built!(
                    GoogleCloudStorageBuilder,
                    GoogleCloudStorageBuilder::new().with_url(text),
                    GoogleConfigKey
                ),
                prefix,
            ),
            Scheme::MicrosoftAzure => (
                built!(
                    MicrosoftAzureBuilder,
                    MicrosoftAzureBuilder::new().with_url(text),
                    AzureConfigKey
                ),
                prefix,
            ),
            Scheme::Http => {
                let client = with_authorization(client, &credentials)?;
                let builder = HttpBuilder::new()
                    .with_url(&parsed[..Position::BeforePath])
                    .with_client_options(client)
                    .with_retry(retry);
                let parse = |key: &str| match key.parse::<ClientConfigKey>() {
                    Ok(key) => Some(Some(key)),
                    Err(_) => (key == AUTHORIZATION).then_some(None),
                };
                let builder =
                    credentials.apply(builder, parse, |builder, key, value| match key {
                        Some(key) => builder.with_config(key, value),
                        None => builder,
                    })?;
                (Arc::new(builder.build().map_err(|error| wrong(&error))?), prefix)
            }
            other => return Err(format!("{other:?} is no destination")),
        };
        Ok(Destination { store, prefix, url: url.clone(), credentials })
    }

    /// A destination for tests.
    #[cfg(test)]
    pub(super) fn of(store: Arc<dyn ObjectStore>) -> Destination {
        let url = UploadUrl::parse("file:///tests").expect("a URL");
        Destination { store, prefix: Path::default(), url, credentials: Credentials::default() }
    }

    /// A reason without secrets, and not longer than a line.
    pub(super) fn described(&self, reason: &str) -> String {
        let reason = self.credentials.redact(&without_queries(reason));
        let mut reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = reason.char_indices().nth(400) {
            reason.truncate(end);
            reason.push('…');
        }
        reason
    }
}

/// The setting of the header of that name, for WebDAV.
const AUTHORIZATION: &str = "authorization";

fn with_authorization(
    client: ClientOptions,
    credentials: &Credentials,
) -> Result<ClientOptions, String> {
    let Some(value) = credentials.value(AUTHORIZATION) else { return Ok(client) };
    let mut value = reqwest::header::HeaderValue::from_str(value)
        .map_err(|_| format!("the value of `{AUTHORIZATION}` cannot be that of a header"))?;
    value.set_sensitive(true);
    let headers = [(reqwest::header::AUTHORIZATION, value)].into_iter().collect();
    Ok(client.with_default_headers(headers))
}

/// Another directory. What it has is on disk before the file is deleted here.
fn local(url: &Url, source: &Directory) -> Result<Arc<dyn ObjectStore>, String> {
    let path = url.to_file_path().map_err(|()| "not the path of a directory".to_owned())?;
    let at = |error: std::io::Error| format!("{}: {error}", path.display());
    let (to, from) = (path.canonicalize().map_err(at)?, source.canonicalize());
    if let Ok(from) = from
        && (to.starts_with(&from) || from.starts_with(&to))
    {
        return Err(format!(
            "{} is not apart from the directory that is sent, {}",
            to.display(),
            from.display()
        ));
    }
    let store = LocalFileSystem::new_with_prefix(&to).map_err(|error| error.to_string())?;
    Ok(Arc::new(store.with_fsync(true)))
}

/// A text whose URLs have no queries: those of Azure can have a signature.
fn without_queries(text: &str) -> String {
    let mut parts = text.split('?');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_end = |c: char| c.is_whitespace() || "\"'()<>,`".contains(c);
        let end = part.find(is_end).unwrap_or(part.len());
        plain.push_str(if end == 0 { "?" } else { "?…" });
        plain.push_str(&part[end..]);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(url: &str, source: &Directory) -> Result<Destination, String> {
        let url = UploadUrl::parse(url).unwrap();
        Destination::open(&url, Credentials::default(), CONNECT, source)
    }

    #[test]
    fn signatures_in_urls_are_not_shown() {
        let shown = without_queries("GET https://a/b?sig=hunter2&x (why?) https://c/?y=hunter2");
        assert_eq!(shown, "GET https://a/b?… (why?) https://c/?…");
    }

    #[test]
    fn a_directory_is_not_sent_into_itself() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        for (to, from) in [(dir.path(), &*inner), (&*inner, dir.path()), (dir.path(), dir.path())] {
            let error = open(&format!("file://{}", to.display()), from).unwrap_err();
            assert!(error.contains("not apart"), "{error}");
        }
        let other = tempfile::tempdir().unwrap();
        open(&format!("file://{}", other.path().display()), &inner).unwrap();
        assert!(open("file:///nonexistent/a", &inner).unwrap_err().contains("No such file"));
    }

    #[test]
    fn every_kind_of_store_can_be_opened_without_a_connection() {
        let dir = tempfile::tempdir().unwrap();
        for url in ["s3://b/p", "gs://b/p", "http://127.0.0.1:9/p", "https://127.0.0.1:9/p"] {
            let destination = open(url, dir.path()).unwrap();
            assert_eq!(destination.prefix.as_ref(), "p", "{url}");
        }
        // Which account?
        assert!(open("az://container/p", dir.path()).is_err());
    }
}
