//! What goes elsewhere: the threads that send or write it, as they are configured.

use std::sync::Arc;

use procnet::ProcRoot;

use crate::{
    config::Options,
    events::{Consumer, EventSource},
    log::{self, Level},
    otlp::{EventLogs, ExportedLogs, Headers, LogsOf, Sender, Via},
    store::Recording,
};

/// The ends of the threads that send.
#[derive(Default)]
pub(super) struct Exports {
    pub(super) collector: Option<Sender>,
    pub(super) consumers: Vec<Box<dyn Consumer>>,
    pub(super) logs: Option<Arc<ExportedLogs>>,
}

/// Starts them. What cannot be had is logged.
pub(super) fn start(options: &Options) -> Exports {
    let mut exports = Exports::default();
    let Some(endpoint) = &options.otlp_endpoint else { return exports };
    let headers = match Headers::read(options.otlp_headers_file.as_deref()) {
        Ok(headers) => headers,
        Err(reason) => {
            // Without its key, a collector would reject everything.
            log::write(Level::Error, "nothing is sent to the collector", &[("reason", &reason)]);
            return exports;
        }
    };
    let via = Via { headers, gzip: options.otlp_gzip };
    match Sender::start(endpoint.clone(), via.clone()) {
        Ok(sender) => exports.collector = Some(sender),
        Err(error) => log::write(Level::Error, "no metrics are sent", &[("reason", &error)]),
    }
    let to_logs = endpoint.for_logs().filter(|_| options.otlp_logs != LogsOf::None);
    let Some(to_logs) = to_logs else { return exports };
    match EventLogs::start(to_logs, via, options) {
        Ok((logs, exported)) => {
            exports.consumers.push(Box::new(logs));
            exports.logs = Some(exported);
        }
        Err(error) => log::write(Level::Error, "no events are sent", &[("reason", &error)]),
    }
    exports
}

/// What makes rows of events, if they are to be written.
pub(super) fn to_store(
    store: Option<&Recording>,
    events: &EventSource,
    root: &ProcRoot,
    options: &Options,
) -> Option<Box<dyn Consumer>> {
    let store = store.filter(|_| options.store_tables.events)?;
    // That there is no source is logged where it was refused.
    let subscription = events.subscription(options)?;
    match store.events(root, &subscription, options) {
        Ok(rows) => Some(Box::new(rows)),
        Err(error) => {
            log::write(Level::Error, "no events are written", &[("reason", &error)]);
            None
        }
    }
}
