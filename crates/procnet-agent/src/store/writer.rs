//! The thread that encodes, writes and syncs.

use std::{
    error::Error as _,
    fs,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Instant, SystemTime},
};

use arrow_array::TimestampNanosecondArray;
use procnet::privileges;
use procnet_arrow::{
    Error, RecordBatch, Snapshot,
    parquet::{Counts, Store},
    schema,
};

use super::{
    Settings, Status,
    queue::{Message, Next, Queue},
};
use crate::{
    log::{self, Level},
    refresh::clock,
};

/// Writes what comes through a queue.
#[derive(Debug)]
pub(super) struct Writer {
    directory: PathBuf,
    host: String,
    settings: Settings,
    status: Arc<Status>,
    /// `None` if the directory could not be opened, or is no longer there.
    open: Option<Open>,
    /// Lost looks that no snapshot reports yet, while there is no store.
    unreported: u64,
    /// The time of the look that is being written; `None` if there is none, or it is lost.
    look: Option<i64>,
    /// When the first look of the open file ended.
    since: Option<Instant>,
}

#[derive(Debug)]
struct Open {
    store: Store,
    /// Its counts that are in the status.
    counted: Counts,
    /// The directory's device and inode: another in its place is not locked.
    identity: (u64, u64),
}

impl Writer {
    pub(super) fn new(
        directory: PathBuf,
        host: String,
        settings: Settings,
        status: Arc<Status>,
    ) -> Writer {
        let (open, look, since) = (None, None, None);
        Writer { directory, host, settings, status, open, unreported: 0, look, since }
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self, queue: &Queue) {
        // The directory belongs to the agent's user.
        privileges::keep_none();
        // What an earlier agent has left is deleted now, and a directory that cannot be written is reported.
        let opened = self.open();
        self.note(opened);
        loop {
            // Never within a look, half of whose sockets would be in the file.
            let since = self.since.filter(|_| self.look.is_none());
            let until = since.map(|since| since + self.settings.file_age);
            match queue.next(until) {
                Next::Write(message) => {
                    let written = self.write(message);
                    self.note(written);
                }
                Next::Change(settings) => {
                    self.settings = *settings;
                    if let Some(open) = &mut self.open {
                        open.store.change(self.settings.store.clone());
                    }
                }
                Next::Nothing => {
                    let flushed = self.flush();
                    self.note(flushed);
                }
                Next::End => {
                    let flushed = self.flush();
                    self.note(flushed);
                    return;
                }
            }
        }
    }

    fn write(&mut self, message: Message) -> Result<(), Error> {
        match message {
            Message::Begin { time, skipped } => self.begin(time, skipped),
            Message::Sockets(batch) => self.sockets(&batch),
            Message::End(snapshot) => self.end(*snapshot),
        }
    }

    fn begin(&mut self, time: i64, skipped: u64) -> Result<(), Error> {
        self.look = None;
        self.unreported += skipped;
        if let Err(error) = self.open() {
            self.unreported += 1;
            self.status.skip();
            return Err(error);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        // These are in the status already.
        let skipped = std::mem::take(&mut self.unreported);
        open.store.skip(skipped);
        open.counted.lost += skipped;
        self.look = Some(open.store.begin(time)?);
        Ok(())
    }

    fn sockets(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let (Some(open), Some(time)) = (&mut self.open, self.look) else { return Ok(()) };
        let written = at(batch, time).and_then(|batch| open.store.write(&batch));
        if written.is_err() {
            // The store has counted it as lost.
            self.look = None;
        }
        written
    }

    fn end(&mut self, mut snapshot: Snapshot) -> Result<(), Error> {
        let (Some(open), Some(time)) = (&mut self.open, self.look.take()) else { return Ok(()) };
        snapshot.time = time;
        open.store.end(&snapshot)?;
        let since = *self.since.get_or_insert_with(Instant::now);
        // A look that comes when the file is too old would not be in it, so there is nothing to wait for.
        match since.elapsed() + self.settings.interval >= self.settings.file_age {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.since = None;
        self.open.as_mut().map_or(Ok(()), |open| open.store.flush())
    }

    /// Opens the store, unless it is open and its directory still there.
    fn open(&mut self) -> Result<(), Error> {
        let identity = |path: &PathBuf| fs::metadata(path).map(|it| (it.dev(), it.ino())).ok();
        if self.open.as_ref().is_some_and(|open| Some(open.identity) == identity(&self.directory)) {
            return Ok(());
        }
        if self.open.is_some() {
            // Its file cannot be put into place; that is counted as lost.
            let _ = self.flush();
            self.count();
        }
        if let Some(open) = self.open.take() {
            self.unreported += open.store.unreported();
        }
        let store = Store::open(&self.directory, &self.host, self.settings.store.clone())?;
        let identity = identity(&self.directory).unwrap_or_default();
        self.open = Some(Open { store, counted: Counts::default(), identity });
        Ok(())
    }

    /// Brings the status up to date.
    fn count(&mut self) {
        let Some(open) = &mut self.open else { return };
        let counts = open.store.counts();
        self.status.add(&open.counted, &counts);
        if counts.files > open.counted.files {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            self.status.written.store(now.as_secs(), Relaxed);
            if self.status.failing.swap(false, Relaxed) {
                let lost = self.status.lost.load(Relaxed);
                log::write(Level::Info, "Parquet is written again", &[("lost", &lost)]);
            }
        }
        open.counted = counts;
        self.status.directory_bytes.store(open.store.bytes(), Relaxed);
    }

    /// Notes how a step went. Only the first of several failures is logged.
    fn note(&mut self, result: Result<(), Error>) {
        self.count();
        if let Err(error) = result {
            self.status.errors.fetch_add(1, Relaxed);
            if !self.status.failing.swap(true, Relaxed) {
                log::write(
                    Level::Error,
                    "Parquet is not written",
                    &[("directory", &self.directory.display()), ("reason", &described(&error))],
                );
            }
        }
        self.status.note_cpu(clock::thread());
    }
}

/// The batch with this time, which is another one if a look has that of its own already.
fn at(batch: &RecordBatch, time: i64) -> Result<RecordBatch, Error> {
    let mut columns = batch.columns().to_vec();
    let times = TimestampNanosecondArray::from(vec![time; batch.num_rows()]).with_timezone("UTC");
    let place = schema::sockets().index_of("time")?;
    columns[place] = Arc::new(times);
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

/// An error with its causes, on one line.
fn described(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
