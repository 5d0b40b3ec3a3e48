//! The thread that encodes, writes and syncs.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant, SystemTime},
};

use arrow_array::TimestampNanosecondArray;
use procnet::privileges;
use procnet_arrow::{
    Error, EventSpan, RecordBatch, Snapshot, Table,
    parquet::{Counts, Store},
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
    /// Lost looks and event spans that none reports yet, while there is no store.
    unreported: (u64, u64),
    /// The time of the look that is being written; `None` if there is none, or it is lost.
    look: Option<i64>,
    span: Span,
    /// When the first look or event span of the open files ended.
    since: Option<Instant>,
    /// When the files were counted last.
    files_counted: Option<Instant>,
}

/// The event span that is being written.
#[derive(Clone, Copy, Debug)]
enum Span {
    None,
    /// It has this time.
    Begun(i64),
    /// It is lost, and what follows of it is not written.
    Lost,
}

/// So often files are counted, as others may delete some: that takes a look at each.
const COUNT_FILES: Duration = Duration::from_secs(60);

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
        Writer {
            directory,
            host,
            settings,
            status,
            open: None,
            unreported: (0, 0),
            look: None,
            span: Span::None,
            since: None,
            files_counted: None,
        }
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self, queue: &Queue) {
        // The directory belongs to the agent's user.
        privileges::keep_none();
        // What an earlier agent has left is deleted now, and a directory that cannot be written is reported.
        let opened = self.open();
        self.note(opened);
        loop {
            // Not within a look: the store would wait for its end.
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
            Message::Rows(table, batch) => self.rows(table, &batch),
            Message::End(snapshot) => self.end(*snapshot),
            Message::Events(time, batch) => self.events(time, &batch),
            Message::EndEvents(span) => self.end_events(*span),
        }
    }

    fn begin(&mut self, time: i64, skipped: u64) -> Result<(), Error> {
        self.look = None;
        self.unreported.0 += skipped;
        if let Err(error) = self.open() {
            self.unreported.0 += 1;
            self.status.skip();
            return Err(error);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        // These are in the status already.
        let skipped = std::mem::take(&mut self.unreported.0);
        open.store.skip(skipped);
        open.counted.lost += skipped;
        self.look = Some(open.store.begin(time)?);
        Ok(())
    }

    fn rows(&mut self, table: Table, batch: &RecordBatch) -> Result<(), Error> {
        let (Some(open), Some(time)) = (&mut self.open, self.look) else { return Ok(()) };
        let written = at(batch, time).and_then(|batch| match table {
            Table::Aggregates => open.store.write_aggregates(&batch),
            _ => open.store.write(&batch),
        });
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
        self.ended(self.settings.interval)
    }

    fn begin_events(&mut self, time: i64) -> Result<(), Error> {
        self.span = Span::Lost;
        if let Err(error) = self.open() {
            self.unreported.1 += 1;
            self.status.skip_span();
            return Err(error);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let skipped = std::mem::take(&mut self.unreported.1);
        open.store.skip_events(skipped);
        open.counted.lost_event_spans += skipped;
        self.span = Span::Begun(open.store.begin_events(time)?);
        Ok(())
    }

    fn events(&mut self, time: i64, batch: &RecordBatch) -> Result<(), Error> {
        if matches!(self.span, Span::None) {
            self.begin_events(time)?;
        }
        let (Some(open), Span::Begun(_)) = (&mut self.open, self.span) else { return Ok(()) };
        let written = open.store.write_events(batch);
        if written.is_err() {
            self.span = Span::Lost;
        }
        written
    }

    fn end_events(&mut self, mut span: EventSpan) -> Result<(), Error> {
        let begun = match self.span {
            Span::None => self.begin_events(span.time),
            _ => Ok(()),
        };
        let state = std::mem::replace(&mut self.span, Span::None);
        begun?;
        let (Some(open), Span::Begun(time)) = (&mut self.open, state) else { return Ok(()) };
        span.time = time;
        open.store.end_events(&span)?;
        self.ended(super::events::SPAN)
    }

    /// Notes the end of a look or an event span; `next` after that another one ends. One that ends when the file
    /// is too old would not be in it, so then there is nothing to wait for.
    fn ended(&mut self, next: Duration) -> Result<(), Error> {
        let since = *self.since.get_or_insert_with(Instant::now);
        match since.elapsed() + next >= self.settings.file_age {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.since = None;
        self.open.as_mut().map_or(Ok(()), |open| open.store.flush())
    }

    /// Opens the store, unless it is open and its directory still there. With a look or event span that has begun,
    /// it stays what it is: that would be lost.
    fn open(&mut self) -> Result<(), Error> {
        let has_begun = self.look.is_some() || matches!(self.span, Span::Begun(_));
        if self.open.is_some() && has_begun {
            return Ok(());
        }
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
            self.unreported.0 += open.store.unreported();
            self.unreported.1 += open.store.unreported_events();
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
            if self.files_counted.is_none_or(|counted| counted.elapsed() >= COUNT_FILES) {
                self.files_counted = Some(Instant::now());
                // It does so itself before it would be wrong to rely on it.
                let _ = open.store.count_files();
            }
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
                    &[
                        ("directory", &self.directory.display()),
                        ("reason", &log::described(&error)),
                    ],
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
    let place = batch.schema().index_of("time")?;
    columns[place] = Arc::new(times);
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}
