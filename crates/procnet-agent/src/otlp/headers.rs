//! Header fields that are sent with each request, such as a key. Their values are secret: they are in no option, no
//! message and no `Debug` output.

use std::{env, fmt, fs, path::Path};

use percent_encoding::percent_decode_str;
use ureq::http::{HeaderName, HeaderValue};

/// The variable of the specification: `NAME=VALUE,…`, with `%` escapes in values.
const VARIABLE: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// The largest file, in bytes.
const MAX_FILE: u64 = 64 << 10;

/// Those that the agent sets itself, or HTTP depends on.
const OWN: [&str; 7] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "transfer-encoding",
];

/// Header fields whose values are secret.
#[derive(Clone, Default)]
pub struct Headers(Vec<(HeaderName, HeaderValue)>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Headers {
    /// Those of the environment, and then those of a file, if one is named: a line `NAME: VALUE` for each.
    ///
    /// # Errors
    ///
    /// Where something is wrong, and what; never a value.
    pub fn read(file: Option<&Path>) -> Result<Headers, String> {
        let mut headers = Headers::default();
        if let Some(text) = env::var_os(VARIABLE) {
            let text = text.to_str().ok_or_else(|| format!("{VARIABLE} is not UTF-8"))?;
            headers.of_variable(text)?;
        }
        if let Some(path) = file {
            let of_file = |why: String| format!("{}: {why}", path.display());
            let size = fs::metadata(path).map_err(|error| of_file(error.to_string()))?.len();
            if size > MAX_FILE {
                return Err(of_file(format!("it has {size} bytes; the maximum is {MAX_FILE}")));
            }
            let text = fs::read_to_string(path).map_err(|error| of_file(error.to_string()))?;
            headers
                .of_file(&text)
                .map_err(|(line, why)| format!("{}:{line}: {why}", path.display()))?;
        }
        Ok(headers)
    }

    /// Each name and its value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    fn of_variable(&mut self, text: &str) -> Result<(), String> {
        for (at, pair) in text.split(',').enumerate().filter(|(_, pair)| !pair.trim().is_empty()) {
            let fault = |why: &str| format!("{VARIABLE}: number {}: {why}", at + 1);
            let (name, value) =
                pair.split_once('=').ok_or_else(|| fault("it is not NAME=VALUE"))?;
            let value: Vec<u8> = percent_decode_str(value.trim()).collect();
            self.add(name.trim(), &value).map_err(fault)?;
        }
        Ok(())
    }

    fn of_file(&mut self, text: &str) -> Result<(), (usize, &'static str)> {
        let lines = text.lines().map(str::trim).enumerate();
        for (at, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let fault = |why| (at + 1, why);
            let (name, value) =
                line.split_once(':').ok_or_else(|| fault("it is not NAME: VALUE"))?;
            self.add(name.trim(), value.trim().as_bytes()).map_err(fault)?;
        }
        Ok(())
    }

    fn add(&mut self, name: &str, value: &[u8]) -> Result<(), &'static str> {
        let name = HeaderName::try_from(name).map_err(|_| "the name is not that of a header")?;
        if OWN.contains(&name.as_str()) {
            return Err("the agent sets this header itself");
        }
        let mut value =
            HeaderValue::from_bytes(value).map_err(|_| "the value has control characters")?;
        value.set_sensitive(true);
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, value));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(headers: &Headers) -> Vec<(&str, &[u8])> {
        headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    #[test]
    fn headers_are_pairs_in_the_environment_and_lines_in_a_file_which_take_precedence() {
        let mut headers = Headers::default();
        headers.of_variable("api-key=a%20b%2C, x-a = 1,").unwrap();
        assert_eq!(shown(&headers), [("api-key", &b"a b,"[..]), ("x-a", b"1")]);
        headers.of_file("# key\n\nAPI-Key:  c:d \n").unwrap();
        assert_eq!(shown(&headers), [("x-a", &b"1"[..]), ("api-key", b"c:d")]);
    }

    #[test]
    fn no_value_is_shown_whatever_is_wrong() {
        let mut headers = Headers::default();
        headers.of_file("api-key: SECRET").unwrap();
        assert_eq!(format!("{headers:?}"), "[\"api-key\"]");
        let cases = [
            ("a: b\nSECRET", (2, "it is not NAME: VALUE")),
            ("ä: SECRET", (1, "the name is not that of a header")),
            ("a: SECRET\u{7}", (1, "the value has control characters")),
            ("\nhost: SECRET", (2, "the agent sets this header itself")),
        ];
        for (text, expected) in cases {
            assert_eq!(headers.of_file(text), Err(expected), "{text}");
        }
        for text in ["SECRET", "a=%0d%0aSECRET", "a b=SECRET"] {
            let error = headers.of_variable(text).unwrap_err();
            assert!(error.starts_with(VARIABLE) && !error.contains("SECRET"), "{error}");
        }
    }
}
