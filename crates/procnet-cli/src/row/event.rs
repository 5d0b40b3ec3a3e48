//! A change since the last refresh.

use std::time::SystemTime;

use procnet::{Socket, snapshot::Change};
use serde::Serialize;

use super::{SocketRow, extra::append};
use crate::output::Row as _;

/// A change of a socket, and when it was observed.
pub(crate) struct Event<'s> {
    pub(crate) time: SystemTime,
    pub(crate) change: Change<'s>,
}

/// The members before the sockets.
#[derive(Serialize)]
struct Form {
    event: &'static str,
    /// Seconds since 1970.
    time: f64,
}

/// What changed about a socket.
#[derive(Serialize)]
struct What {
    what: Vec<&'static str>,
}

impl Event<'_> {
    /// Appends its object, as a line; `row` formats a socket.
    pub(crate) fn write<'r>(
        &'r self,
        lines: &mut Vec<u8>,
        row: impl Fn(&'r Socket<'r>) -> SocketRow<'r>,
    ) -> serde_json::Result<()> {
        let event = match self.change {
            Change::Appeared(_) => "appeared",
            Change::Vanished(_) => "vanished",
            _ => "changed",
        };
        serde_json::to_writer(&mut *lines, &Form { event, time: self.seconds() })?;
        if let Change::Changed { before, what, .. } = &self.change {
            append(lines, &What { what: what.names().collect() })?;
            member(lines, "before", &row(before))?;
        }
        member(lines, "socket", &row(self.change.socket()))?;
        lines.push(b'\n');
        Ok(())
    }

    /// Seconds since 1970, to the millisecond.
    fn seconds(&self) -> f64 {
        let since = self.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // A double represents this exactly until long after the year 9999.
        (since.as_secs_f64() * 1000.0).round() / 1000.0
    }
}

/// Appends a socket to an object.
fn member(lines: &mut Vec<u8>, key: &str, row: &SocketRow<'_>) -> serde_json::Result<()> {
    lines.pop();
    lines.extend_from_slice(format!(",\"{key}\":").as_bytes());
    row.object(lines)?;
    lines.push(b'}');
    Ok(())
}
