//! Parquet files, which engines of SQL read: looks at the host, and events.
//!
//! [`Recording`] belongs to the thread that refreshes. When a look is due, each socket that a refresh visits is
//! also a row of columns, or is added to that of its group; nothing is read for it that the counts would not read.
//! [`EventRows`] are those of events. Full batches go through a bounded queue to the writer, a thread
//! without capabilities that encodes and syncs; so the disk may be as slow as it likes. What does not fit into the
//! queue is lost, and counted in [`Status`].

mod due;
mod events;
mod queue;
mod status;
mod writer;

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use procnet::{Coverage, Error, Owner, ProcRoot, Socket};
use procnet_arrow::{
    Aggregator, Host, Row, Snapshot, SocketColumns, Subscription, Table, parquet::StoreOptions,
};

use self::{due::Due, queue::Queue};
pub use self::{
    events::EventRows,
    queue::{MOST_BATCHES, MOST_EVENT_BATCHES},
    status::Status,
};
use crate::{aggregates::Aggregates, config::Options};

/// Nanoseconds since 1970, UTC, and since boot.
pub type Clock = fn() -> (i64, u64);

/// Looks at the host that become rows.
#[derive(Debug)]
pub struct Recording {
    host: Host,
    clock: Clock,
    columns: SocketColumns,
    aggregator: Aggregator,
    queue: Arc<Queue>,
    status: Arc<Status>,
    writer: Option<JoinHandle<()>>,
    due: Due,
    look: Option<Look>,
    /// The CPU time of the writer that [`cpu`](Recording::cpu) has returned.
    noted: Duration,
}

/// A look that has begun.
#[derive(Debug)]
struct Look {
    snapshot: Snapshot,
    /// How long the queue may still be waited for.
    wait: Duration,
    /// Sockets for which it had no room.
    left_out: u64,
    /// Processes of which something was refused.
    denied: u64,
}

/// How long a look waits for the writer in total. Encoding is about as fast as reading, so this is what a
/// busy processor takes, not a disk.
const WAIT: Duration = Duration::from_millis(250);

/// What the writer is to do.
#[derive(Clone, Debug)]
struct Settings {
    store: StoreOptions,
    /// The time whose looks a file has.
    file_age: Duration,
    /// From one look to the next, of whichever rows.
    interval: Duration,
}

impl Settings {
    fn of(options: &Options) -> Settings {
        let mut store = StoreOptions::default();
        store.max_bytes = options.store_max_bytes;
        store.when_full = options.store_when_full;
        // The writer ends files: it knows when the next look is due, and also does so if there is none.
        store.max_age = Duration::MAX;
        Settings { store, file_age: options.store_file_age, interval: due::interval(options) }
    }
}

impl Recording {
    /// Starts the writer, if there is a directory to write to. That it cannot be written is logged, and is in
    /// the status: the agent then tries again at each look.
    ///
    /// # Errors
    ///
    /// If there can be no other thread.
    pub fn start(
        options: &Options,
        root: &ProcRoot,
        clock: Clock,
    ) -> io::Result<Option<Recording>> {
        let Some(directory) = options.store_directory.clone() else { return Ok(None) };
        let read = Host::read(root);
        let host = match &options.store_host {
            Some(name) => Host::new(name, read.boot_id.as_deref()),
            None => read,
        };
        let (queue, status) = (Arc::new(Queue::default()), Arc::new(Status::default()));
        let writer = writer::Writer::new(
            directory,
            host.name.clone(),
            Settings::of(options),
            Arc::clone(&status),
        );
        let taken = Arc::clone(&queue);
        let thread = thread::Builder::new().name("procnet-store".to_owned());
        let thread = thread.spawn(move || writer.run(&taken))?;
        Ok(Some(Recording {
            host,
            clock,
            columns: SocketColumns::new().community_ids(options.community_id),
            aggregator: Aggregator::of(root),
            queue,
            status,
            writer: Some(thread),
            due: Due::default(),
            look: None,
            noted: Duration::ZERO,
        }))
    }

    /// What became of the looks.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status)
    }

    /// What makes rows of events, which are written from now on.
    ///
    /// # Errors
    ///
    /// If there is no /proc.
    pub fn events(
        &self,
        root: &ProcRoot,
        subscription: &Subscription,
        options: &Options,
    ) -> Result<EventRows, procnet_arrow::Error> {
        let (queue, status) = (Arc::clone(&self.queue), Arc::clone(&self.status));
        EventRows::new(&self.host, root, subscription, options.community_id, queue, status)
    }

    /// Begins a look, if one is due in the refresh that has `begun`: the refresh that is closest to when it is.
    /// A look that was not ended continues.
    pub fn begin(&mut self, begun: Instant, options: &Options) {
        if self.look.is_some() {
            return;
        }
        let Recording { due, clock, .. } = self;
        let Some(rows) = due.next(begun, || clock().0, options) else { return };
        let (time, uptime) = clock();
        let is_running = self.writer.as_ref().is_some_and(|writer| !writer.is_finished());
        if !is_running || !self.queue.begin(time) {
            self.status.skip();
            return;
        }
        let mut snapshot = Snapshot::new(&self.host, time);
        (snapshot.uptime, snapshot.rows) = (uptime, rows);
        self.columns.begin(&self.host, time);
        self.aggregator.begin(&self.host, time);
        self.look = Some(Look { snapshot, wait: WAIT, left_out: 0, denied: 0 });
    }

    /// Adds a socket to the look, if there is one. What is known of its owners is what the counts have read.
    #[inline]
    pub fn push(&mut self, socket: &Socket<'_>, aggregates: &mut Aggregates, root: &ProcRoot) {
        let Some(look) = &mut self.look else { return };
        let (row, rows) = (Row::from(socket), look.snapshot.rows);
        // With rows of both, each process is asked for twice, and counted once.
        let mut program = |owner: &Owner<'_>, is_counted: bool| {
            let details = aggregates.details(owner.process, root);
            look.denied += u64::from(details.denied && is_counted);
            details.program
        };
        if rows.has_aggregates() {
            let is_counted = !rows.has_sockets();
            self.aggregator.push(&row, socket.owners, |owner| program(owner, is_counted));
        }
        if rows.has_sockets() {
            self.columns.push(&row, socket.owners, |owner| program(owner, true));
        }
        if self.columns.is_full() {
            self.hand_over();
        }
    }

    /// Hands the rows so far to the writer.
    fn hand_over(&mut self) {
        let Some(look) = &mut self.look else { return };
        let rows = self.columns.rows() as u64;
        let handed = match self.columns.take() {
            _ if rows == 0 => return,
            Ok(batch) => self.queue.push(Table::Sockets, batch, &mut look.wait),
            // A batch with more text than Arrow counts.
            Err(_) => false,
        };
        match handed {
            true => look.snapshot.sockets += rows,
            false => look.left_out += rows,
        }
    }

    /// Hands the aggregates to the writer, if the look has any.
    fn hand_over_aggregates(&mut self) {
        let Recording { look: Some(look), aggregator, queue, .. } = self else { return };
        let snapshot = &mut look.snapshot;
        if !snapshot.rows.has_aggregates() {
            return;
        }
        let (rows, other) = (aggregator.rows() as u64, aggregator.other());
        if !snapshot.rows.has_sockets() {
            snapshot.sockets = aggregator.sockets();
        }
        let batch = aggregator.take();
        let is_handed =
            batch.is_ok_and(|batch| queue.push(Table::Aggregates, batch, &mut look.wait));
        if is_handed {
            (snapshot.aggregates, snapshot.aggregates_other) = (rows, other);
        } else {
            snapshot.gaps.push(format!("{rows} aggregates: the writer was too slow for them"));
        }
    }

    /// Ends the look, if there is one, and notes what it did not see: `late` if it passed its deadline.
    pub fn end<T>(&mut self, visited: &Result<(Coverage, T), Error>, late: Option<Duration>) {
        self.hand_over();
        self.hand_over_aggregates();
        let Some(Look { mut snapshot, left_out, denied, .. }) = self.look.take() else { return };
        match visited {
            Ok((coverage, _)) => snapshot.cover(coverage),
            Err(error) => snapshot.gaps.push(format!("the look ended early: {error}")),
        }
        if let Some(deadline) = late {
            snapshot
                .gaps
                .push(format!("the look ended early: it passed its deadline of {deadline:?}"));
        }
        if denied > 0 {
            snapshot.gaps.push(format!("{denied} processes: cannot read details"));
        }
        if left_out > 0 {
            snapshot.gaps.push(format!("{left_out} sockets: the writer was too slow for them"));
            self.status.leave_out(left_out);
        }
        snapshot.complete = snapshot.gaps.is_empty();
        self.queue.end(snapshot);
    }

    /// When the refresh is to begin that could begin after this pause: looks that are aligned begin when they
    /// are due.
    #[must_use]
    pub fn begin_of_refresh(&self, now: Instant, pause: Duration, options: &Options) -> Instant {
        self.due.begin_of_refresh(now, pause, options)
    }

    /// Takes over other options: from now on, and in files from the next one on.
    pub fn change(&mut self, options: &Options) {
        self.due.change(Instant::now(), options);
        self.queue.change(Settings::of(options));
    }

    /// The CPU time that the writer has used since the last call.
    pub fn cpu(&mut self) -> Duration {
        let total = self.status.cpu();
        total.saturating_sub(std::mem::replace(&mut self.noted, total))
    }
}

impl Drop for Recording {
    /// Waits until what was handed over is written.
    fn drop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}
