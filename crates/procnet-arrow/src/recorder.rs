//! Sockets of a visit, batch by batch.

use std::ops::ControlFlow;

use procnet::{ProcRoot, Query, Scanner, process::ProcessCache};

use crate::{
    Host, RecordBatch, Snapshot,
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
}

impl Recorder {
    /// Of the host that this root is of.
    ///
    /// # Errors
    ///
    /// If no further file descriptor can be opened.
    pub fn new(host: Host, root: &ProcRoot) -> Result<Recorder, Error> {
        let processes = ProcessCache::new(root)?;
        Ok(Recorder { host, columns: SocketColumns::new(), processes, reads_programs: true })
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

    /// Visits the sockets, passes them to `sink` as batches, and returns what was seen. What could not be
    /// read of the owners' programs is a gap, too.
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
        let Recorder { columns, processes, reads_programs, .. } = self;
        let denied = processes.denied();
        columns.begin(&snapshot.host, time);
        let (coverage, stopped) = scanner.visit(query, |socket| {
            columns.push(&Row::from(socket), socket.owners, |owner| match reads_programs {
                true => Program::from(&*processes.details(owner.process)),
                false => Program::default(),
            });
            snapshot.sockets += 1;
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
