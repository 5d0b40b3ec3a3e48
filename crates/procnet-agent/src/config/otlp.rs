//! The options of what is sent to a collector.

use super::{
    Options,
    parse::{shown_word, word},
};
use crate::otlp::{Endpoint, LogsOf};

/// Whether they agree with each other.
pub(super) fn agree(options: &Options) -> Result<(), String> {
    if options.otlp_logs == LogsOf::None {
        return Ok(());
    }
    match &options.otlp_endpoint {
        None => Err("otlp_logs: there is no otlp_endpoint to send them to".to_owned()),
        Some(endpoint) if endpoint.for_logs().is_none() => Err(format!(
            "otlp_logs: the path of `{endpoint}` does not end in /v1/metrics, so that of logs is unknown"
        )),
        Some(_) => Ok(()),
    }
}

pub(super) fn endpoint(text: &str) -> Result<Option<Endpoint>, String> {
    if text.is_empty() { Ok(None) } else { Endpoint::parse(text).map(Some) }
}

pub(super) fn shown_endpoint(endpoint: &Option<Endpoint>) -> String {
    endpoint.as_ref().map(Endpoint::to_string).unwrap_or_default()
}

const LOGS: &[(&str, LogsOf)] =
    &[("none", LogsOf::None), ("ends", LogsOf::Ends), ("all", LogsOf::All)];

pub(super) fn logs(text: &str) -> Result<LogsOf, String> {
    word(text, LOGS)
}

pub(super) fn shown_logs(value: &LogsOf) -> String {
    shown_word(value, LOGS)
}
