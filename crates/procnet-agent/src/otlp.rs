//! Metrics for an OpenTelemetry collector: OTLP over HTTP, as JSON.
//!
//! The thread that reads encodes a request after a refresh, and leaves it to a thread without capabilities, which
//! sends it. If the collector does not answer, only the latest request waits. There is no TLS: it is meant for a
//! collector on the same host, or in a network that is protected otherwise.
//!
//! The form is that of opentelemetry-proto, `ExportMetricsServiceRequest`, in the JSON mapping of the specification:
//! 64-bit integers are strings.

mod encode;
mod send;
mod states;

pub use self::{
    encode::{Moment, encode},
    send::{Exported, Sender},
    states::{STATES, connection_state},
};

use std::fmt;

/// Where to send: `http://HOST[:PORT][/PATH]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host and port.
    authority: String,
    path: String,
}

impl Endpoint {
    /// Parses a URL. Without a port it is 4318, and without a path `/v1/metrics`.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Endpoint, String> {
        let fault = || format!("`{text}` is not an address as http://127.0.0.1:4318");
        let rest = text.strip_prefix("http://").ok_or_else(fault)?;
        let at = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let is_plain = |c: char| c.is_ascii_graphic() && !"@?#\\".contains(c);
        if authority.is_empty() || !rest.chars().all(is_plain) {
            return Err(fault());
        }
        let has_port =
            authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if has_port { authority.to_owned() } else { format!("{authority}:4318") };
        let path = if path.trim_end_matches('/').is_empty() { "/v1/metrics" } else { path };
        Ok(Endpoint { authority, path: path.to_owned() })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_the_ports_and_paths_of_the_specification_unless_it_names_others() {
        let cases = [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics"),
            ("http://collector", "http://collector:4318/v1/metrics"),
            ("http://[::1]", "http://[::1]:4318/v1/metrics"),
            ("http://[::1]:80/x/v1/metrics", "http://[::1]:80/x/v1/metrics"),
        ];
        for (text, whole) in cases {
            assert_eq!(Endpoint::parse(text).unwrap().to_string(), whole);
        }
        for wrong in [
            "https://a",
            "127.0.0.1:4318",
            "http://",
            "http://a b",
            "http://a\r\nX: y",
            "http://u@a",
        ] {
            assert!(Endpoint::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
