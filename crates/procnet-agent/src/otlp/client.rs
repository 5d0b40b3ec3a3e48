//! One request over HTTP, and what its answer means.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use ureq::{Agent, http::HeaderMap};

use super::{Endpoint, Headers};
use crate::log::{self, Level};

/// How long connecting, and a whole request with its answer, may take.
const TIMEOUTS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(10));

/// The largest answer that is read, in bytes; and its head.
const LARGEST: (u64, usize) = (64 << 10, 16 << 10);

/// The most of a collector's message that is logged, in bytes.
const LONGEST: usize = 200;

/// The pauses after a failure: they double up to the last.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// How requests are sent.
#[derive(Clone, Debug, Default)]
pub struct Via {
    /// What is sent with each request, such as a key.
    pub headers: Headers,
    /// Whether bodies are compressed.
    pub gzip: bool,
}

/// Sends requests of one kind, one at a time.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    endpoint: Endpoint,
    via: Via,
    /// What is sent, in a word for the log.
    what: &'static str,
    /// What has gone wrong since the last request that went well, and was logged.
    logged: [bool; 3],
    pause: Duration,
}

/// What the collector made of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is accepted, but for this many of what it had.
    Accepted(u64),
    /// It is not to be sent again.
    Rejected,
    /// It may be sent again after this time.
    Later(Duration),
}

impl Client {
    pub(super) fn new(endpoint: Endpoint, via: Via, what: &'static str) -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // Not even that of the environment.
            .proxy(None)
            .user_agent(concat!("procnet-agent/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(TIMEOUTS.0))
            .timeout_global(Some(TIMEOUTS.1))
            .max_response_header_size(LARGEST.1)
            .max_idle_connections(1)
            .max_idle_connections_per_host(1);
        #[cfg(feature = "tls")]
        let config = config.tls_config(super::tls::config());
        let agent = config.build().new_agent();
        Client { agent, endpoint, via, what, logged: [false; 3], pause: PAUSES.0 }
    }

    /// Sends a request once. What goes wrong is logged when it begins to.
    pub(super) fn attempt(&mut self, body: &[u8]) -> Verdict {
        let (verdict, reason) = match self.post(body) {
            Ok((200..=299, _, answer)) => {
                self.pause = PAUSES.0;
                let (rejected, message) = partial(&answer).unwrap_or_default();
                if rejected == 0 {
                    self.logged = [false; 3];
                    return Verdict::Accepted(0);
                }
                (Verdict::Accepted(rejected), format!("it takes them in part: {message}"))
            }
            Ok((status @ (429 | 502 | 503 | 504), headers, _)) => {
                let wait = self.later(retry_after(&headers));
                (Verdict::Later(wait), format!("it asks for a later attempt: status {status}"))
            }
            Ok((status, ..)) => (Verdict::Rejected, format!("it rejects them: status {status}")),
            Err(error) => (Verdict::Later(self.later(None)), error.to_string()),
        };
        let trouble = match verdict {
            Verdict::Accepted(_) => 0,
            Verdict::Rejected => 1,
            Verdict::Later(_) => 2,
        };
        if !std::mem::replace(&mut self.logged[trouble], true) {
            let message = format!("{} are not sent", self.what);
            log::write(Level::Warn, &message, &[("endpoint", &self.endpoint), ("reason", &reason)]);
        }
        verdict
    }

    /// The next pause: as long as the collector asks for, if it is not too long.
    fn later(&mut self, asked: Option<Duration>) -> Duration {
        let wait = asked.unwrap_or(self.pause).min(PAUSES.1);
        self.pause = (self.pause * 2).min(PAUSES.1);
        wait
    }

    /// Sends a request, and returns the status, the header fields, and the body of a success.
    fn post(&self, body: &[u8]) -> Result<(u16, HeaderMap, Vec<u8>), ureq::Error> {
        let mut request =
            self.agent.post(self.endpoint.to_string()).content_type("application/json");
        for (name, value) in self.via.headers.iter() {
            request = request.header(name, value);
        }
        let mut answer = if self.via.gzip {
            let mut compressed = GzEncoder::new(Vec::new(), Compression::fast());
            compressed.write_all(body)?;
            request.header("Content-Encoding", "gzip").send(&compressed.finish()?)?
        } else {
            request.send(body)?
        };
        let status = answer.status().as_u16();
        // The status is the answer; that its body cannot be read, or is too long, changes nothing.
        let body = match status {
            200..=299 => answer.body_mut().with_config().limit(LARGEST.0).read_to_vec(),
            _ => Ok(Vec::new()),
        };
        Ok((status, std::mem::take(answer.headers_mut()), body.unwrap_or_default()))
    }
}

/// `Retry-After`, in seconds; dates are not understood.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// What was rejected of a request that was accepted otherwise, and why: `partialSuccess` of the answer.
fn partial(answer: &[u8]) -> Option<(u64, String)> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let partial = answer.get("partialSuccess")?;
    let count = ["rejectedLogRecords", "rejectedDataPoints"]
        .into_iter()
        .find_map(|key| partial.get(key))?;
    // A string, as the mapping of protobuf has it, or a number.
    let count = count.as_u64().or_else(|| count.as_str()?.parse().ok())?;
    let message = partial.get("errorMessage").and_then(Value::as_str).unwrap_or_default();
    let message = message.as_bytes().get(..LONGEST).unwrap_or(message.as_bytes());
    // It is escaped where it is logged.
    Some((count, String::from_utf8_lossy(message).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rejected_in_part_is_a_number_or_a_string() {
        let of = |text: &str| partial(text.as_bytes());
        let text = r#"{"partialSuccess":{"rejectedLogRecords":"7","errorMessage":"too\nold"}}"#;
        assert_eq!(of(text), Some((7, "too\nold".to_owned())));
        let text = r#"{"partialSuccess":{"rejectedDataPoints":7}}"#;
        assert_eq!(of(text), Some((7, String::new())));
        let long = format!(
            r#"{{"partialSuccess":{{"rejectedLogRecords":1,"errorMessage":"{}"}}}}"#,
            "ä".repeat(9000)
        );
        assert!(of(&long).is_some_and(|(_, message)| message.len() <= LONGEST + 2));
        for nothing in [
            "",
            "{}",
            "[]",
            "null",
            "\u{0}",
            r#"{"partialSuccess":{}}"#,
            r#"{"partialSuccess":{"rejectedLogRecords":-1}}"#,
            r#"{"partialSuccess":{"rejectedLogRecords":"many"}}"#,
            &"[".repeat(60_000),
        ] {
            assert_eq!(of(nothing), None, "{nothing:.50}");
        }
    }

    #[test]
    fn pauses_double_and_end_at_a_minute_whatever_is_asked_for() {
        let endpoint = Endpoint::parse("http://127.0.0.1:9").unwrap();
        let mut client = Client::new(endpoint, Via::default(), "metrics");
        let seconds = |asked: Option<u64>| asked.map(Duration::from_secs);
        let asked = [None, None, seconds(Some(7)), seconds(Some(u64::MAX)), None, None, None, None];
        let pauses = asked.map(|asked| client.later(asked).as_secs());
        assert_eq!(pauses, [1, 2, 7, 60, 16, 32, 60, 60]);
    }
}
