//! Metrics and events for an OpenTelemetry collector: OTLP over HTTP, as JSON.
//!
//! The thread that reads encodes metrics after a refresh, and leaves them to a thread without capabilities, which
//! sends them. If the collector does not answer, only the latest request waits. Events become log records, by
//! another thread: see [`EventLogs`].
//!
//! The form is that of opentelemetry-proto, `ExportMetricsServiceRequest` and `ExportLogsServiceRequest`, in the JSON
//! mapping of the specification: 64-bit integers are strings.

mod client;
mod encode;
mod headers;
mod logs;
mod resource;
mod send;
mod states;
#[cfg(feature = "tls")]
mod tls;

pub use self::{
    client::Via,
    encode::{Moment, encode},
    headers::Headers,
    logs::{EventLogs, ExportedLogs, LogsOf},
    send::{Exported, Sender},
    states::{STATES, connection_state},
};

use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// Nanoseconds since 1970, as OTLP has times.
fn nanos(time: SystemTime) -> u128 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_nanos()
}

/// Where to send: `http://HOST[:PORT][/PATH]`, or `https`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    scheme: &'static str,
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
        let schemes = ["http", "https"].into_iter();
        let mut parts = schemes.map(|scheme| (scheme, text.strip_prefix(scheme)));
        let (scheme, rest) = parts
            .find_map(|(scheme, rest)| Some((scheme, rest?.strip_prefix("://")?)))
            .ok_or_else(fault)?;
        if scheme == "https" && !cfg!(feature = "tls") {
            return Err(format!("`{text}`: this agent was built without the feature `tls`"));
        }
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
        Ok(Endpoint { scheme, authority, path: path.to_owned() })
    }

    /// Where the same collector takes logs; `None` if the path does not end in `/v1/metrics`.
    #[must_use]
    pub fn for_logs(&self) -> Option<Endpoint> {
        let base = self.path.strip_suffix("/v1/metrics")?;
        Some(Endpoint { path: format!("{base}/v1/logs"), ..self.clone() })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
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
            #[cfg(feature = "tls")]
            ("https://collector:443", "https://collector:443/v1/metrics"),
        ];
        for (text, whole) in cases {
            assert_eq!(Endpoint::parse(text).unwrap().to_string(), whole);
        }
        for wrong in [
            "ftp://a",
            "httpx://a",
            "127.0.0.1:4318",
            "http://",
            "http://a b",
            "http://a\r\nX: y",
            "http://u@a",
        ] {
            assert!(Endpoint::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn logs_go_beside_the_metrics() {
        let logs = |text: &str| Endpoint::parse(text).unwrap().for_logs();
        let shown = logs("http://a:1/x/v1/metrics").unwrap().to_string();
        assert_eq!(shown, "http://a:1/x/v1/logs");
        assert_eq!(logs("http://a").unwrap().to_string(), "http://a:4318/v1/logs");
        assert_eq!(logs("http://a/metrics"), None);
    }
}
