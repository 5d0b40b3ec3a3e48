//! Credentials and settings of a destination, from the environment or a file. Their values are never shown.

use std::{
    env, fmt, fs,
    io::Read as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::UploadUrl;

/// The largest file, in bytes.
const MAX_FILE: u64 = 64 << 10;

/// Names, in lower case, and values; what comes later takes precedence.
#[derive(Clone, Default)]
pub(super) struct Credentials(Vec<Entry>);

#[derive(Clone)]
struct Entry {
    key: String,
    value: String,
    /// The line of the file that it is from.
    line: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|entry| &entry.key)).finish()
    }
}

impl Credentials {
    /// Reads the environment and then the file: the one named, or else `upload` among those that systemd has
    /// loaded, if it is there.
    pub(super) fn read(named: Option<&Path>, url: &UploadUrl) -> Result<Credentials, String> {
        let mut found = Credentials::default();
        let prefixes = prefixes(url);
        for (name, value) in env::vars_os() {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                found.push(name, value, None);
            }
        }
        let loaded =
            env::var_os("CREDENTIALS_DIRECTORY").map(|it| PathBuf::from(it).join("upload"));
        let path = match named {
            None => loaded.filter(|path| path.exists()),
            Some(named) => Some(named.to_owned()),
        };
        let Some(path) = path else { return Ok(found) };
        let at = |why: String| format!("{}: {why}", path.display());
        let file = fs::File::open(&path).map_err(|error| at(error.to_string()))?;
        let status = file.metadata().map_err(|error| at(error.to_string()))?;
        if !status.is_file() || status.len() > MAX_FILE {
            return Err(at(format!("not a file of at most {MAX_FILE} bytes")));
        }
        if status.mode() & 0o007 != 0 {
            return Err(at("everybody can read or write it: chmod o= helps".to_owned()));
        }
        let mut text = String::new();
        file.take(MAX_FILE).read_to_string(&mut text).map_err(|error| at(error.to_string()))?;
        found.parse(&text, &path.display().to_string())?;
        Ok(found)
    }

    /// Lines `NAME=VALUE`, as in a file for systemd's `EnvironmentFile=`.
    fn parse(&mut self, text: &str, path: &str) -> Result<(), String> {
        for (at, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = format!("{path}:{at}");
            let Some((name, value)) = line.split_once('=') else {
                return Err(format!("{place}: not NAME=VALUE"));
            };
            let value = value.trim();
            let quoted = ['"', '\''].iter().find_map(|quote| {
                value.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote))
            });
            self.push(name.trim(), quoted.unwrap_or(value), Some(place));
        }
        Ok(())
    }

    fn push(&mut self, name: &str, value: &str, line: Option<String>) {
        self.0.push(Entry { key: name.to_ascii_lowercase(), value: value.to_owned(), line });
    }

    /// Gives each to a builder that may not know it. What it does not know is an error if it is from the
    /// file: variables of the environment are also there for others.
    pub(super) fn apply<B, K>(
        &self,
        mut builder: B,
        parse: impl Fn(&str) -> Option<K>,
        mut set: impl FnMut(B, K, &str) -> B,
    ) -> Result<B, String> {
        for Entry { key, value, line } in &self.0 {
            match (parse(key), line) {
                (Some(key), _) => builder = set(builder, key, value),
                (None, None) => {}
                (None, Some(line)) => {
                    let key = key.escape_debug();
                    return Err(format!("{line}: this destination has no setting `{key}`"));
                }
            }
        }
        Ok(builder)
    }

    /// The value of a name in lower case.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|entry| entry.key == key);
        found.map(|entry| entry.value.as_str())
    }

    /// A text in which no value appears that could be secret.
    pub(super) fn redact(&self, text: &str) -> String {
        let long = self.0.iter().filter(|entry| entry.value.len() >= 8);
        let secret = |entry: &&Entry| {
            ["key", "secret", "token", "authorization", "password", "sas"]
                .iter()
                .any(|part| entry.key.contains(part))
        };
        long.filter(secret).fold(text.to_owned(), |text, entry| text.replace(&entry.value, "…"))
    }
}

/// What the names of a destination's variables begin with.
fn prefixes(url: &UploadUrl) -> &'static [&'static str] {
    let is = |scheme: &str| url.as_str().starts_with(scheme);
    if is("file:") {
        &[]
    } else if is("gs:") {
        &["GOOGLE_"]
    } else if is("s3")
        || url.as_str().contains("amazonaws.com")
        || url.as_str().contains("r2.cloudflarestorage")
    {
        &["AWS_"]
    } else if is("http:") {
        &[]
    } else {
        &["AZURE_"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_lines_as_of_an_environment() {
        let mut found = Credentials::default();
        let text = "# a\n\nAWS_REGION = x\nAWS_SECRET_ACCESS_KEY='hunter22=='\n";
        found.parse(text, "f").unwrap();
        let any = |key: &str| Some(key.to_owned());
        let seen = found.apply(Vec::new(), any, |mut seen, key, value| {
            seen.push(format!("{key}:{value}"));
            seen
        });
        assert_eq!(seen.unwrap(), ["aws_region:x", "aws_secret_access_key:hunter22=="]);
        assert_eq!(found.parse("a=b\nhunter2\n", "f").unwrap_err(), "f:2: not NAME=VALUE");
        let refused = found.apply((), |_| None::<()>, |(), (), _| ());
        assert_eq!(refused.unwrap_err(), "f:3: this destination has no setting `aws_region`");
    }

    #[test]
    fn values_are_not_shown() {
        let mut found = Credentials::default();
        found.parse("aws_secret_access_key=hunter22", "f").unwrap();
        assert_eq!(format!("{found:?}"), "{\"aws_secret_access_key\"}");
        assert_eq!(found.redact("sent hunter22 to"), "sent … to");
    }

    #[test]
    fn a_file_that_everybody_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("upload");
        fs::write(&path, "AWS_REGION=x").unwrap();
        let url = UploadUrl::parse("s3://b").unwrap();
        let read = || Credentials::read(Some(path.as_path()), &url);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read().unwrap_err().contains("everybody can read"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        read().unwrap();
    }
}
