//! Sockets of a visit, batch by batch.

use std::ops::ControlFlow;

use procnet::{Owner, ProcRoot, Query, Scanner, process::ProcessCache};

use crate::{
    Aggregator, Host, LookRows, RecordBatch, Snapshot,
    builder::SocketColumns,
    error::Error,
    host::{now, uptime},
    row::{Program, Row},
};

/// Looks at a host, and hands out what it sees as batches.
#[derive(Debug)]
pub struct Recorder {
    host: Host,
    columns: SocketColumns,
    processes: ProcessCache,
    reads_programs: bool,
    rows: LookRows,
    aggregator: Aggregator,
}

impl Recorder {
    /// Of the host that this root is of.
    ///
    /// # Errors
    ///
    /// If no further file descriptor can be opened.
    pub fn new(host: Host, root: &ProcRoot) -> Result<Recorder, Error> {
        Ok(Recorder {
            host,
            columns: SocketColumns::new(),
            processes: ProcessCache::new(root)?,
            reads_programs: true,
            rows: LookRows::Sockets,
            aggregator: Aggregator::of(root),
        })
    }

    /// Which rows looks have from now on: by default one for each socket.
    pub fn set_rows(&mut self, rows: LookRows) {
        self.rows = rows;
    }

    /// The same with another aggregator than that of [`Aggregator::of`].
    #[must_use]
    pub fn aggregator(mut self, aggregator: Aggregator) -> Recorder {
        self.aggregator = aggregator;
        self
    }

    /// Whether rows of sockets have the [Community ID](procnet::community_id) of their connection, with this
    /// seed. By default they do not.
    #[must_use]
    pub fn community_ids(mut self, seed: Option<u16>) -> Recorder {
        self.columns = self.columns.community_ids(seed);
        self
    }

    /// Whether to read the executable, unit, container and pod of each owner: four files of /proc once per
    /// process. By default it does.
    #[must_use]
    pub fn programs(mut self, wanted: bool) -> Recorder {
        self.reads_programs = wanted;
        self
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The number of processes whose executable, unit and the like could not all be read for lack of
    /// privilege.
    #[must_use]
    pub fn denied(&self) -> u64 {
        self.processes.denied()
    }

    /// Which rows looks have.
    #[must_use]
    pub fn look_rows(&self) -> LookRows {
        self.rows
    }

    /// Takes the aggregates of the last look, if looks have them.
    ///
    /// # Errors
    ///
    /// As for [`Aggregator::take`].
    pub fn take_aggregates(&mut self) -> Result<Option<RecordBatch>, Error> {
        self.rows.has_aggregates().then(|| self.aggregator.take()).transpose()
    }

    /// Visits the sockets, passes them to `sink` as batches, and returns what was seen. What could not be
    /// read of the owners' programs is a gap, too. Without rows for each socket, nothing is passed.
    ///
    /// # Errors
    ///
    /// As for [`Scanner::visit`], and those of `sink`, which stop the visit.
    pub fn record(
        &mut self,
        scanner: &mut Scanner,
        query: &Query,
        sink: &mut dyn FnMut(RecordBatch) -> Result<(), Error>,
    ) -> Result<Snapshot, Error> {
        self.record_at(now(), scanner, query, sink).map(|(snapshot, _)| snapshot)
    }

    /// The same with the time that rows have, in nanoseconds since 1970, UTC, and with the coverage.
    ///
    /// # Errors
    ///
    /// As for [`record`](Recorder::record).
    pub fn record_at(
        &mut self,
        time: i64,
        scanner: &mut Scanner,
        query: &Query,
        sink: &mut dyn FnMut(RecordBatch) -> Result<(), Error>,
    ) -> Result<(Snapshot, procnet::Coverage), Error> {
        let mut snapshot = Snapshot::new(&self.host, time);
        snapshot.uptime = uptime();
        snapshot.rows = self.rows;
        let Recorder { columns, processes, reads_programs, rows, aggregator, .. } = self;
        let denied = processes.denied();
        if columns.rows() > 0 {
            // Of a look that was stopped.
            columns.take()?;
        }
        columns.begin(&snapshot.host, time);
        aggregator.begin(&snapshot.host, time);
        let mut program = |owner: &Owner<'_>| match reads_programs {
            true => Program::from(&*processes.details(owner.process)),
            false => Program::default(),
        };
        let (coverage, stopped) = scanner.visit(query, |socket| {
            let row = Row::from(socket);
            snapshot.sockets += 1;
            if rows.has_aggregates() {
                aggregator.push(&row, socket.owners, &mut program);
            }
            if !rows.has_sockets() {
                return ControlFlow::Continue(());
            }
            columns.push(&row, socket.owners, &mut program);
            match columns.is_full().then(|| columns.take().and_then(&mut *sink)) {
                Some(Err(error)) => ControlFlow::Break(error),
                _ => ControlFlow::Continue(()),
            }
        })?;
        if let Some(error) = stopped {
            return Err(error);
        }
        if columns.rows() > 0 {
            columns.take().and_then(&mut *sink)?;
        }
        if rows.has_aggregates() {
            snapshot.aggregates = aggregator.rows() as u64;
            snapshot.aggregates_other = aggregator.other();
        }
        snapshot.cover(&coverage);
        match processes.denied() - denied {
            0 => {}
            count => {
                snapshot.complete = false;
                snapshot.gaps.push(format!("{count} processes: cannot read details"));
            }
        }
        Ok((snapshot, coverage))
    }
}
