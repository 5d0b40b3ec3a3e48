//! What is different from the look before.

use std::{io::Write as _, time::SystemTime};

use procnet::{Change, Socket};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// What became of a socket, and when that was seen.
pub(crate) struct Event<'s> {
    pub(crate) time: SystemTime,
    pub(crate) change: Change<'s>,
}

impl Event<'_> {
    /// Appends its object, as a line.
    pub(crate) fn write(&self, lines: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *lines, self)?;
        // Writing into memory does not fail.
        let _ = lines.write_all(b"\n");
        Ok(())
    }

    /// Seconds since 1970, to the millisecond.
    fn seconds(&self) -> f64 {
        let since = self.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let milliseconds = u32::try_from(since.as_millis() % 1000).unwrap_or_default();
        // A double has room for both until long after the year 9999.
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 seconds")]
        let seconds = since.as_secs() as f64;
        seconds + f64::from(milliseconds) / 1000.0
    }
}

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        let time = self.seconds();
        let event = |name: &'static str| ("event", name);
        let (key, name) = match self.change {
            Change::Appeared(_) => event("appeared"),
            Change::Vanished(_) => event("vanished"),
            _ => event("changed"),
        };
        out.serialize_entry(key, name)?;
        out.serialize_entry("time", &time)?;
        if let Change::Changed { before, what, .. } = &self.change {
            let what: Vec<&str> = what.names().collect();
            out.serialize_entry("what", &what)?;
            out.serialize_entry("before", before)?;
        }
        let socket: &Socket<'_> = self.change.socket();
        out.serialize_entry("socket", socket)?;
        out.end()
    }
}
