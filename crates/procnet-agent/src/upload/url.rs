//! Where to send, as a URL.

use std::fmt;

/// The URL of a destination. It has no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadUrl(String);

impl UploadUrl {
    /// Parses a URL.
    ///
    /// # Errors
    ///
    /// What is wrong with it. The text is not repeated, as it may contain a password.
    #[cfg(feature = "object-store")]
    pub fn parse(text: &str) -> Result<UploadUrl, String> {
        use object_store::ObjectStoreScheme as Scheme;
        let url = ::url::Url::parse(text)
            .map_err(|error| format!("not a URL as s3://BUCKET/PREFIX: {error}"))?;
        let has_account = matches!(url.scheme(), "abfs" | "abfss") && url.password().is_none();
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        if !has_account && !is_anonymous {
            return Err("a URL with a user name or password: credentials belong into the environment or the \
                        file of upload_credentials"
                .to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("a URL with `?` or `#`: keys and signatures belong into the environment or the file of \
                        upload_credentials"
                .to_owned());
        }
        match Scheme::parse(&url) {
            Ok((Scheme::Memory, _)) => Err("memory: keeps nothing".to_owned()),
            Ok(_) => Ok(UploadUrl(url.into())),
            Err(_) => Err(format!(
                "`{}:` and what follows is no destination: there are s3://BUCKET, gs://BUCKET, az://CONTAINER, \
                 http://HOST and https://HOST (WebDAV), each with /PREFIX, and file:///DIRECTORY",
                url.scheme()
            )),
        }
    }

    /// Parses a URL.
    ///
    /// # Errors
    ///
    /// This build has no destinations.
    #[cfg(not(feature = "object-store"))]
    pub fn parse(_: &str) -> Result<UploadUrl, String> {
        Err("this agent was built without the feature object-store".to_owned())
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UploadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(all(test, feature = "object-store"))]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_one_that_files_can_be_sent_to() {
        for right in [
            "s3://bucket",
            "s3://bucket/a/b",
            "gs://bucket/a",
            "az://container/a",
            "abfss://container@account.dfs.core.windows.net/a",
            "https://s3.eu-central-1.amazonaws.com/bucket/a",
            "http://127.0.0.1:8080/dav",
            "file:///srv/sockets",
        ] {
            assert_eq!(UploadUrl::parse(right).unwrap().as_str(), right);
        }
        for wrong in
            ["", "bucket", "/srv/sockets", "ftp://host/a", "memory:///", "file://host/a", "s3:///a"]
        {
            assert!(UploadUrl::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn credentials_in_a_url_are_refused_and_not_repeated() {
        for wrong in [
            "https://user:hunter2@host/a",
            "https://hunter2@host/a",
            "s3://key:hunter2@bucket",
            "abfss://container:hunter2@account.dfs.core.windows.net",
            "https://host/a?X-Amz-Signature=hunter2",
            "https://host/a#hunter2",
            "hunter2://host",
        ] {
            let why = UploadUrl::parse(wrong).unwrap_err();
            assert!(wrong.starts_with("hunter2") || !why.contains("hunter2"), "{why}");
        }
    }
}
