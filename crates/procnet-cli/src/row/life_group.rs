//! A group of connections that ended.

use std::time::Duration;

use serde::{Serializer as _, ser::SerializeMap as _};

use super::{
    LifeRow,
    group::{column, name, named_parts},
    life::{Lasted, shown, to_seconds},
};
use crate::{
    field::{Field, Value},
    host_names::HostNames,
    output::{Cells, Column, Header, Keep, Row, Shape, zeros},
};

/// The totals of a group. A sum is `None` as long as nothing of what it counts is known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LifeTotals {
    pub(crate) connections: u64,
    bytes_sent: Option<u64>,
    bytes_received: Option<u64>,
    retransmissions: Option<u64>,
    /// How many have a duration that is exactly known: the next ones are theirs.
    timed: u64,
    least: Option<Duration>,
    most: Option<Duration>,
    sum: Duration,
}

impl LifeTotals {
    pub(crate) fn add(&mut self, row: &LifeRow) {
        let add = |sum: &mut Option<u64>, value: Option<u64>| {
            if let Some(value) = value {
                *sum = Some(sum.unwrap_or(0).saturating_add(value));
            }
        };
        self.connections += 1;
        add(&mut self.bytes_sent, row.ended.bytes_sent);
        add(&mut self.bytes_received, row.ended.bytes_received);
        add(&mut self.retransmissions, row.ended.total_retrans.map(u64::from));
        if let Lasted::Exactly(duration) = row.duration {
            self.timed += 1;
            self.least = Some(self.least.map_or(duration, |least| least.min(duration)));
            self.most = Some(self.most.map_or(duration, |most| most.max(duration)));
            self.sum = self.sum.saturating_add(duration);
        }
    }

    fn mean(&self) -> Option<Duration> {
        (self.timed > 0)
            .then(|| Duration::from_secs_f64(self.sum.as_secs_f64() / self.timed as f64))
    }

    fn durations(&self) -> [Option<Duration>; 3] {
        [self.least, self.mean(), self.most]
    }
}

/// A group: a value for each field.
pub(crate) struct LifeGroupRow<'a> {
    pub(crate) fields: &'a [Field],
    pub(crate) values: &'a [Value],
    pub(crate) totals: &'a LifeTotals,
    /// Names of addresses, if they are printed.
    pub(crate) names: Option<&'a HostNames>,
}

const SUMS: [&str; 3] = ["bytes_sent", "bytes_received", "total_retrans"];
const DURATIONS: [&str; 3] = ["duration_min", "duration_mean", "duration_max"];

impl LifeGroupRow<'_> {
    /// With names of addresses, if they are `resolved`.
    pub(crate) fn header(fields: &[Field], resolved: bool) -> Header {
        let mut keys = vec!["connections"];
        let number = |title| Column::new(title, Shape::Number, Keep::Always);
        let mut columns = vec![number("Connections")];
        for field in fields {
            keys.extend(field.keys());
            keys.extend(field.name_key().filter(|_| resolved));
            columns.push(column(*field));
        }
        keys.extend(SUMS);
        keys.push("timed");
        keys.extend(DURATIONS);
        columns.extend([number("Sent").styled(zeros), number("Received").styled(zeros)]);
        let retransmissions = Column::new("Retrans", Shape::Number, Keep::UnlessZero);
        columns.push(retransmissions.styled(zeros));
        columns.extend(["Min s", "Mean s", "Max s"].map(number));
        let keys = keys.into_iter().map(str::to_owned).collect();
        Header { keys, columns, vertical: false }
    }

    fn sums(&self) -> [Option<u64>; 3] {
        let LifeTotals { bytes_sent, bytes_received, retransmissions, .. } = *self.totals;
        [bytes_sent, bytes_received, retransmissions]
    }
}

impl Row for LifeGroupRow<'_> {
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let mut serializer = serde_json::Serializer::new(out);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("connections", &self.totals.connections)?;
        for (key, value) in named_parts(self.fields, self.values, self.names) {
            map.serialize_entry(key, &value)?;
        }
        for (key, sum) in SUMS.iter().zip(self.sums()) {
            map.serialize_entry(key, &sum)?;
        }
        map.serialize_entry("timed", &self.totals.timed)?;
        for (key, duration) in DURATIONS.iter().zip(self.totals.durations()) {
            map.serialize_entry(key, &duration.map(to_seconds))?;
        }
        map.end()
    }

    fn values(&self, cells: &mut Cells) {
        cells.push(self.totals.connections);
        for (_, value) in named_parts(self.fields, self.values, self.names) {
            cells.push_option((value != Value::None).then_some(value));
        }
        self.sums().into_iter().for_each(|sum| cells.integer(sum));
        cells.push(self.totals.timed);
        let durations = self.totals.durations().into_iter();
        durations.for_each(|duration| cells.push_option(duration.map(to_seconds)));
    }

    fn cells(&self, cells: &mut Cells) {
        cells.push(self.totals.connections);
        for value in self.values {
            match name(self.names, value) {
                Some(name) => cells.push(name),
                None => cells.push(value),
            }
        }
        self.sums().into_iter().for_each(|sum| cells.integer(sum));
        let durations = self.totals.durations().into_iter();
        durations.for_each(|duration| cells.push_option(duration.map(shown)));
    }
}
