//! Counters of connection tracking.

use procnet_core::counter::{
    conntrack::{ENTRIES, Rows},
    meaning::File,
};

use super::BadLine;
use crate::{
    Error, ErrorKind, Scanner,
    rates::{Column, Group, GroupRates, Interval},
};

const COUNT: &str = "sys/net/netfilter/nf_conntrack_count";
const MAX: &str = "sys/net/netfilter/nf_conntrack_max";

/// The number of tracked connections, and its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConntrackCounts {
    /// The connections tracked in the network namespace.
    pub count: u64,
    /// The most that may be tracked, in all namespaces together.
    pub max: u64,
}

/// What connection tracking did on each CPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConntrackStats {
    /// The names of the columns, which differ between kernel versions.
    pub names: Vec<String>,
    /// The values of each CPU, in the order of `names`. They are 32-bit counters, which wrap,
    /// except `entries`: the number of tracked connections, the same on every CPU.
    pub cpus: Vec<Vec<u64>>,
}

impl ConntrackStats {
    /// Each column, summed over the CPUs; `entries` is taken once.
    pub fn summary(&self) -> impl Iterator<Item = (&str, u64)> {
        self.names.iter().enumerate().map(|(at, name)| {
            let mut column = self.cpus.iter().filter_map(|cpu| cpu.get(at).copied());
            let value =
                if name.as_bytes() == ENTRIES { column.next().unwrap_or(0) } else { column.sum() };
            (name.as_str(), value)
        })
    }

    fn decode(bytes: &[u8]) -> Result<ConntrackStats, BadLine> {
        let mut stats = ConntrackStats::default();
        let mut rows = Rows::new(bytes);
        let name = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        stats.names = rows.column_names().map(name).collect();
        while let Some(row) = rows.next() {
            let values = row.columns().map(|column| column.map(|column| column.value.into()));
            let values = values.collect::<Result<Vec<u64>, _>>();
            stats.cpus.push(values.map_err(|error| (rows.line(), error))?);
        }
        Ok(stats)
    }

    /// How fast the counters, summed over all CPUs, have grown since an older reading.
    pub fn rates<'a>(
        &'a self,
        before: &'a ConntrackStats,
        over: impl Into<Interval>,
    ) -> GroupRates<'a> {
        GroupRates::new(Some(before), Some(self), over.into())
    }
}

impl Group for ConntrackStats {
    fn name(&self) -> &[u8] {
        b""
    }

    fn columns(&self) -> usize {
        self.names.len()
    }

    fn column(&self, at: usize) -> Option<Column<'_>> {
        let name = self.names.get(at)?;
        let meaning = File::Conntrack.meaning(b"", name.as_bytes());
        Some(Column { name, meaning, may_be_narrow: false, is_sparse: false })
    }

    fn rows(&self) -> usize {
        self.cpus.len()
    }

    fn value(&self, row: usize, column: usize) -> Option<i128> {
        self.cpus.get(row)?.get(column).map(|value| i128::from(*value))
    }
}

impl Scanner {
    pub(super) fn read_conntrack_counts(&mut self) -> Result<ConntrackCounts, Error> {
        let max = self.conntrack_number(MAX)?;
        let count = if self.root().is_own() || !self.root().is_live() {
            self.conntrack_number(COUNT)?
        } else {
            let stats = self.conntrack_stats()?;
            stats.summary().find(|(name, _)| name.as_bytes() == ENTRIES).map_or(0, |(_, n)| n)
        };
        Ok(ConntrackCounts { count, max })
    }

    pub(super) fn read_conntrack_stats(&mut self) -> Result<ConntrackStats, Error> {
        self.read_strict("stat/nf_conntrack", ConntrackStats::decode).map_err(not_loaded)
    }

    fn conntrack_number(&mut self, path: &str) -> Result<u64, Error> {
        let bytes = self.read(path.as_bytes()).map_err(not_loaded)?;
        let text = std::str::from_utf8(bytes).ok().map(str::trim_ascii);
        match text.and_then(|text| text.parse().ok()) {
            Some(number) => Ok(number),
            None => Err(Error::new(ErrorKind::Malformed, self.root().path_of(path.as_bytes()))),
        }
    }
}

fn not_loaded(error: Error) -> Error {
    if error.is_not_found() { error.with_kind(ErrorKind::ConntrackNotLoaded) } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_not_summed() {
        let file =
            b"entries  found new\n00000007  0000000a 00000001\n00000007  00000002 00000000\n";
        let stats = ConntrackStats::decode(file).unwrap();
        let summary: Vec<_> = stats.summary().collect();
        assert_eq!(summary, [("entries", 7), ("found", 12), ("new", 1)]);
    }
}
