//! One look at a host: when, and what it could not see.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{BooleanBuilder, Int64Builder, ListBuilder, StringBuilder, UInt64Builder},
};
use procnet::Coverage;

use crate::{Host, Table, error::Error, moments::moments, schema};

/// One look at a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Which host.
    pub host: Host,
    /// When, in nanoseconds since 1970, UTC, by the host's clock.
    pub time: i64,
    /// The time since boot, in nanoseconds.
    pub uptime: u64,
    /// The number of sockets: as many rows of `sockets`, if it has such rows.
    pub sockets: u64,
    /// Whether everything was seen that was asked for.
    pub complete: bool,
    /// What could not be seen, a line each, as [`Coverage`] prints them. Empty if it is complete.
    pub gaps: Vec<String>,
    /// The kinds of sockets whose tables were read: of others nothing is known.
    pub kinds: Vec<String>,
    /// What was asked for, if it was not all sockets of these kinds: a filter in the language of `ss`.
    pub scope: Option<String>,
    /// Which rows it has.
    pub rows: LookRows,
    /// The number of its rows in `aggregates`.
    pub aggregates: u64,
    /// The number of its sockets that are in rows of `aggregates` with `other`, as there were too many
    /// groups.
    pub aggregates_other: u64,
}

/// Which rows a look at a host has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LookRows {
    /// One for each socket.
    #[default]
    Sockets,
    /// One for each group of sockets: see [`Aggregator`](crate::Aggregator).
    Aggregates,
    /// Both.
    Both,
}

impl LookRows {
    /// The tables that they are in.
    #[must_use]
    pub fn tables(self) -> &'static [Table] {
        match self {
            LookRows::Sockets => &[Table::Sockets],
            LookRows::Aggregates => &[Table::Aggregates],
            LookRows::Both => &[Table::Sockets, Table::Aggregates],
        }
    }

    /// Whether sockets have rows of their own.
    #[must_use]
    pub fn has_sockets(self) -> bool {
        self != LookRows::Aggregates
    }

    /// Whether groups of sockets have rows.
    #[must_use]
    pub fn has_aggregates(self) -> bool {
        self != LookRows::Sockets
    }
}

impl Snapshot {
    /// A look that is about to begin.
    #[must_use]
    pub fn new(host: &Host, time: i64) -> Snapshot {
        Snapshot { host: host.clone(), time, ..Snapshot::default() }
    }

    /// Notes what was covered. A limit that was reached is a gap, too: there may be more sockets.
    pub fn cover(&mut self, coverage: &Coverage) {
        self.gaps.extend(coverage.to_string().lines().map(str::to_owned));
        if coverage.truncated {
            self.gaps.push(format!("limited to {} sockets", coverage.sockets));
        }
        self.complete = self.gaps.is_empty();
        let read = coverage.sources.iter().flat_map(|(_, kinds)| kinds.iter());
        let mut kinds: Vec<_> = read.collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.kinds = kinds.into_iter().map(|kind| kind.name().to_owned()).collect();
    }
}

/// Snapshots as columns.
#[derive(Debug)]
pub struct SnapshotColumns {
    host: StringBuilder,
    boot_id: StringBuilder,
    time: Vec<i64>,
    writer: Vec<i64>,
    sequence: UInt64Builder,
    uptime: UInt64Builder,
    clock_step: Int64Builder,
    sockets: UInt64Builder,
    complete: BooleanBuilder,
    gaps: ListBuilder<StringBuilder>,
    kinds: ListBuilder<StringBuilder>,
    scope: StringBuilder,
    lost: UInt64Builder,
    tables: ListBuilder<StringBuilder>,
    aggregates: UInt64Builder,
    aggregates_other: UInt64Builder,
}

/// What a writer adds to a snapshot or an event span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// When the writer started, in nanoseconds since 1970, UTC.
    pub writer: i64,
    /// The number of snapshots, or of event spans, that it began before this one.
    pub sequence: u64,
    /// The nanoseconds by which the clock was set since the last one of this host, if it was.
    pub clock_step: Option<i64>,
    /// The number of those before this one that it could not write or had to leave out.
    pub lost: u64,
}

impl Default for SnapshotColumns {
    fn default() -> SnapshotColumns {
        SnapshotColumns::new()
    }
}

impl SnapshotColumns {
    /// No rows.
    #[must_use]
    pub fn new() -> SnapshotColumns {
        let texts = || ListBuilder::new(StringBuilder::new()).with_field(schema::text_item());
        SnapshotColumns {
            host: StringBuilder::new(),
            boot_id: StringBuilder::new(),
            time: Vec::new(),
            writer: Vec::new(),
            sequence: UInt64Builder::new(),
            uptime: UInt64Builder::new(),
            clock_step: Int64Builder::new(),
            sockets: UInt64Builder::new(),
            complete: BooleanBuilder::new(),
            gaps: texts(),
            kinds: texts(),
            scope: StringBuilder::new(),
            lost: UInt64Builder::new(),
            tables: texts(),
            aggregates: UInt64Builder::new(),
            aggregates_other: UInt64Builder::new(),
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.time.len()
    }

    /// Adds a snapshot.
    pub fn push(&mut self, snapshot: &Snapshot, written: &Written) {
        self.host.append_value(&snapshot.host.name);
        self.boot_id.append_option(snapshot.host.boot_id.as_deref());
        self.time.push(snapshot.time);
        self.writer.push(written.writer);
        self.sequence.append_value(written.sequence);
        self.uptime.append_value(snapshot.uptime);
        self.clock_step.append_option(written.clock_step);
        self.sockets.append_value(snapshot.sockets);
        self.complete.append_value(snapshot.complete);
        self.gaps.append_value(snapshot.gaps.iter().map(Some));
        self.kinds.append_value(snapshot.kinds.iter().map(Some));
        self.scope.append_option(snapshot.scope.as_deref());
        self.lost.append_value(written.lost);
        let rows = snapshot.rows;
        self.tables.append_value(rows.tables().iter().map(|table| Some(table.name())));
        let aggregated = |count: u64| rows.has_aggregates().then_some(count);
        self.aggregates.append_option(aggregated(snapshot.aggregates));
        self.aggregates_other.append_option(aggregated(snapshot.aggregates_other));
    }

    /// Takes the rows.
    ///
    /// # Errors
    ///
    /// If there is more text than Arrow's offsets of 32 bits can count.
    pub fn take(&mut self) -> Result<RecordBatch, Error> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.host.finish()),
            Arc::new(self.boot_id.finish()),
            moments(std::mem::take(&mut self.time)),
            moments(std::mem::take(&mut self.writer)),
            Arc::new(self.sequence.finish()),
            Arc::new(self.uptime.finish()),
            Arc::new(self.clock_step.finish()),
            Arc::new(self.sockets.finish()),
            Arc::new(self.complete.finish()),
            Arc::new(self.gaps.finish()),
            Arc::new(self.kinds.finish()),
            Arc::new(self.scope.finish()),
            Arc::new(self.lost.finish()),
            Arc::new(self.tables.finish()),
            Arc::new(self.aggregates.finish()),
            Arc::new(self.aggregates_other.finish()),
        ];
        Ok(RecordBatch::try_new(schema::snapshots(), columns)?)
    }
}
