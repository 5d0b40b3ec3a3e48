//! Counters of connection tracking.

mod cpu_table;

use std::ops::ControlFlow;

use procnet_core::{
    capture::Remarks,
    counter::{
        conntrack::{ENTRIES, Rows},
        meaning::File,
    },
    netlink::ctnetlink::{Request, Statistics, Totals},
};
use rustix::io::Errno;

use self::cpu_table::CpuTable;
use super::BadLine;
use crate::{
    Error, ErrorKind, Scanner,
    conntrack::ConntrackQuery,
    coverage::Fallback,
    netns::NetnsHandle,
    rates::{Column, Group, GroupRates, Interval},
};

const COUNT: &str = "sys/net/netfilter/nf_conntrack_count";
const MAX: &str = "sys/net/netfilter/nf_conntrack_max";

/// The table of statistics under /proc/net.
const STATS: &str = "stat/nf_conntrack";

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
    /// The names of the columns, which differ between kernel versions. ctnetlink sends those that the
    /// kernel counts; the file also has some that are always 0.
    pub names: Vec<String>,
    /// The values of each CPU, in the order of `names`. They are 32-bit counters, which wrap,
    /// except `entries`: the number of tracked connections, the same on every CPU.
    pub cpus: Vec<Vec<u64>>,
    /// What is remarkable about the text it was decoded from: in a [capture](crate::capture), what
    /// was forgiven, and what is doubtful.
    pub remarks: Remarks,
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
        self.conntrack_counts_of(&ConntrackQuery::new())
    }

    pub(super) fn read_conntrack_stats(&mut self) -> Result<ConntrackStats, Error> {
        self.conntrack_stats_of(&ConntrackQuery::new())
    }

    /// Like [`conntrack_counts`](Scanner::conntrack_counts), in another network namespace, or from
    /// one source.
    ///
    /// # Errors
    ///
    /// As for [`tracked_of`](Scanner::tracked_of).
    pub fn conntrack_counts_of(
        &mut self,
        query: &ConntrackQuery,
    ) -> Result<ConntrackCounts, Error> {
        self.first_source(
            query,
            &mut (),
            |scanner, netns, ()| scanner.counts_by_netlink(netns),
            |scanner, netns, _, ()| scanner.counts_by_procfs(netns, query.is_own()),
        )
    }

    /// Like [`conntrack_stats`](Scanner::conntrack_stats), in another network namespace, or from one
    /// source.
    ///
    /// # Errors
    ///
    /// As for [`tracked_of`](Scanner::tracked_of), or if the file is malformed: [`Error::line`] is the
    /// line.
    pub fn conntrack_stats_of(&mut self, query: &ConntrackQuery) -> Result<ConntrackStats, Error> {
        self.first_source(
            query,
            &mut (),
            |scanner, netns, ()| scanner.stats_by_netlink(netns),
            |scanner, netns, _, ()| scanner.stats_by_procfs(netns),
        )
    }

    fn counts_by_procfs(
        &mut self,
        netns: &NetnsHandle,
        is_own: bool,
    ) -> Result<ConntrackCounts, Error> {
        let max = self.conntrack_number(MAX)?;
        // The sysctl is that of the reader's namespace.
        let is_readers = is_own && (self.root().is_own() || !self.root().is_live());
        let count = if is_readers {
            self.conntrack_number(COUNT)?
        } else {
            let stats = self.stats_by_procfs(netns)?;
            stats.summary().find(|(name, _)| name.as_bytes() == ENTRIES).map_or(0, |(_, n)| n)
        };
        Ok(ConntrackCounts { count, max })
    }

    fn counts_by_netlink(&mut self, netns: &NetnsHandle) -> Result<ConntrackCounts, Fallback> {
        let Totals { entries, max_entries } = self.totals(netns)?;
        let max = match max_entries {
            Some(max) => max.into(),
            // Linux 4.17 and older do not send it. It is the same in all namespaces.
            None => self.conntrack_number(MAX).map_err(|_| Fallback::NoHandler)?,
        };
        Ok(ConntrackCounts { count: entries.into(), max })
    }

    fn totals(&mut self, netns: &NetnsHandle) -> Result<Totals, Fallback> {
        let Scanner { root, conntrack, .. } = self;
        let mut totals = None;
        conntrack.ask(root, netns, Request::Totals, |payload| {
            totals = Totals::decode(payload).ok();
            ControlFlow::Continue(())
        })?;
        totals.ok_or(Fallback::of(Errno::BADMSG))
    }

    fn stats_by_netlink(&mut self, netns: &NetnsHandle) -> Result<ConntrackStats, Fallback> {
        let entries = u64::from(self.totals(netns)?.entries);
        let Scanner { root, conntrack, .. } = self;
        let mut table = CpuTable::default();
        for (request, statistics) in [
            (Request::Statistics, Statistics::Connections),
            (Request::ExpectationStatistics, Statistics::Expectations),
        ] {
            let mut is_malformed = false;
            let rest = conntrack.ask(root, netns, request, |payload| {
                is_malformed |= table.add(payload, statistics).is_err();
                ControlFlow::Continue(())
            })?;
            if is_malformed {
                return Err(Fallback::of(Errno::BADMSG));
            }
            rest.failure.map_or(Ok(()), |failure| Err(Fallback::Refused(failure)))?;
        }
        Ok(table.finish(entries))
    }

    fn stats_by_procfs(&mut self, netns: &NetnsHandle) -> Result<ConntrackStats, Error> {
        let (bytes, remarks) = self.read_table_in(netns, STATS)?;
        match ConntrackStats::decode(bytes) {
            Ok(stats) => Ok(ConntrackStats { remarks, ..stats }),
            Err((line, error)) => {
                Err(Error::decode(netns.path_of(self.root(), STATS), line, error))
            }
        }
    }

    fn conntrack_number(&mut self, path: &str) -> Result<u64, Error> {
        let bytes = self.read(path.as_bytes())?;
        let text = std::str::from_utf8(bytes).ok().map(str::trim_ascii);
        match text.and_then(|text| text.parse().ok()) {
            Some(number) => Ok(number),
            None => Err(Error::new(ErrorKind::Malformed, self.root().path_of(path.as_bytes()))),
        }
    }
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
