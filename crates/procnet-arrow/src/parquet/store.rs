//! A directory of Parquet files by date and hour.
//!
//! `sockets/date=2026-11-30/hour=21/HOST-20261130T211500Z-000000.parquet`, and below `snapshots/` a file of
//! the same name. Both are written beside their place, synced and renamed, the snapshots last. So a
//! snapshot that is there has all its sockets, however the writer ended. The same is true of the other
//! tables: `aggregates` are covered by `snapshots`, too, and `events` by `event_spans`.

use std::path::{Path, PathBuf};

use procnet::{Query, Scanner};

use super::{
    directory::Directory,
    group::{EVENTS, LOOKS},
    options::{Counts, StoreOptions},
    stream::{Covers, Stream},
};
use crate::{
    EventRecorder, EventSpan, EventSpanColumns, RecordBatch, Recorder, Snapshot, SnapshotColumns,
    Table,
    error::Error,
    host::{now, uptime},
};

/// Writes snapshots and events to a directory.
///
/// ```
/// use procnet::{Kinds, Query, Scanner};
/// use procnet_arrow::{Host, Recorder, parquet::{Store, StoreOptions}};
///
/// # let directory = tempfile::tempdir()?;
/// let mut scanner = Scanner::new()?;
/// let mut recorder = Recorder::new(Host::read(scanner.root()), scanner.root())?;
/// let mut store = Store::open(directory.path(), "web-7", StoreOptions::default())?;
/// let query = Query::new().kinds(Kinds::TCP);
/// let snapshot = store.record(&mut recorder, &mut scanner, &query)?;
/// let counts = store.close()?;
/// assert_eq!((counts.snapshots, counts.sockets), (1, snapshot.sockets));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Store {
    directory: Directory,
    looks: Stream<SnapshotColumns>,
    events: Stream<EventSpanColumns>,
}

impl Store {
    /// Opens a directory, or creates it; deletes what an earlier writer of this name has not finished. The
    /// name is that of the host, or of whoever collects from several.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read or written, or another process writes there under this name.
    pub fn open(root: &Path, name: &str, options: StoreOptions) -> Result<Store, Error> {
        let directory = Directory::open(root, name, options)?;
        let writer = now();
        let (looks, events) = (Stream::new(&LOOKS, writer), Stream::new(&EVENTS, writer));
        Ok(Store { directory, looks, events })
    }

    /// Looks at a host and writes what is there, to the tables that the recorder has rows for. If the look
    /// fails, that is written as a gap, and returned.
    ///
    /// # Errors
    ///
    /// As for [`Scanner::visit`] and [`write`](Store::write).
    pub fn record(
        &mut self,
        recorder: &mut Recorder,
        scanner: &mut Scanner,
        query: &Query,
    ) -> Result<Snapshot, Error> {
        let time = self.begin(now())?;
        let mut written = Ok(());
        let recorded = recorder.record_at(time, scanner, query, &mut |batch| {
            written = self.write(&batch);
            match written {
                Ok(()) => Ok(()),
                Err(_) => Err(Error::InUse(PathBuf::new())),
            }
        });
        written?;
        let aggregates = recorder.take_aggregates()?;
        if let Some(aggregates) = &aggregates {
            self.write_aggregates(aggregates)?;
        }
        match recorded {
            Ok((snapshot, _)) => self.end(&snapshot).map(|()| snapshot),
            Err(error) => {
                let mut snapshot = Snapshot::new(recorder.host(), time);
                snapshot.uptime = uptime();
                snapshot.rows = recorder.look_rows();
                snapshot.aggregates = aggregates.map_or(0, |batch| batch.num_rows() as u64);
                snapshot.sockets = self.looks.rows_of_part() - snapshot.aggregates;
                snapshot.gaps.push(format!("the look ended early: {error}"));
                self.end(&snapshot)?;
                Err(error)
            }
        }
    }

    /// Begins a snapshot, and returns the time for its rows: the one given, or if a snapshot has that already,
    /// as after a clock was set back, the next nanosecond that none has.
    ///
    /// A snapshot that has begun and is not ended is lost, with those whose files have its rows.
    ///
    /// # Errors
    ///
    /// If the file of the previous snapshots could not be finished. This snapshot is then counted as lost,
    /// and so are those of that file.
    pub fn begin(&mut self, time: i64) -> Result<i64, Error> {
        self.looks.begin(&mut self.directory, time)
    }

    /// Writes sockets of the snapshot that was begun.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, as on a full disk. It is deleted, and its snapshots, this one
    /// included, are counted as lost. [`Error::NotBegun`] if none was begun, or it was lost before.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.looks.write(&mut self.directory, Table::Sockets, batch)
    }

    /// Writes aggregates of the snapshot that was begun.
    ///
    /// # Errors
    ///
    /// As for [`write`](Store::write).
    pub fn write_aggregates(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.looks.write(&mut self.directory, Table::Aggregates, batch)
    }

    /// Ends the snapshot that was begun. It is on disk when its file is: once that has its age or its rows,
    /// or after [`flush`](Store::flush).
    ///
    /// # Errors
    ///
    /// If the file cannot be finished; its snapshots are then counted as lost. [`Error::NotBegun`] if none was
    /// begun, or it was lost before.
    pub fn end(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        let moment = (&snapshot.host, snapshot.time, snapshot.uptime);
        let tables = snapshot.rows.tables();
        self.looks.end(&mut self.directory, tables, moment, |snapshots, written| {
            snapshots.push(snapshot, written);
        })
    }

    /// Begins an event span, and returns its time: the one given, or if a span has that already, the next
    /// nanosecond that none has.
    ///
    /// # Errors
    ///
    /// As for [`begin`](Store::begin).
    pub fn begin_events(&mut self, time: i64) -> Result<i64, Error> {
        self.events.begin(&mut self.directory, time)
    }

    /// Writes events of the span that was begun.
    ///
    /// # Errors
    ///
    /// As for [`write`](Store::write): the spans of the file are lost, this one included.
    pub fn write_events(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.events.write(&mut self.directory, Table::Events, batch)
    }

    /// Ends the event span that was begun.
    ///
    /// # Errors
    ///
    /// As for [`end`](Store::end).
    pub fn end_events(&mut self, span: &EventSpan) -> Result<(), Error> {
        let moment = (&span.host, span.time, span.uptime);
        self.events.end(&mut self.directory, &[Table::Events], moment, |spans, written| {
            spans.push(span, written);
        })
    }

    /// Writes the events that a recorder has: to be called after each read of a subscription.
    ///
    /// # Errors
    ///
    /// As for [`begin_events`](Store::begin_events) and [`write_events`](Store::write_events).
    pub fn append_events(&mut self, recorder: &mut EventRecorder) -> Result<(), Error> {
        if let Some(time) = recorder.begins() {
            let time = self.begin_events(time)?;
            recorder.begun(time);
        }
        match recorder.take()? {
            Some(batch) => self.write_events(&batch),
            None => Ok(()),
        }
    }

    /// Writes the events that a recorder has, and ends its span; the next begins at this moment. To be called
    /// each few seconds: a span that is not ended is lost when the writer is killed.
    ///
    /// # Errors
    ///
    /// As for [`append_events`](Store::append_events) and [`end_events`](Store::end_events).
    pub fn record_events(&mut self, recorder: &mut EventRecorder) -> Result<EventSpan, Error> {
        let appended = self.append_events(recorder);
        let span = recorder.end_span();
        appended?;
        self.end_events(&span).map(|()| span)
    }

    /// Finishes the files that are being written, so that everything so far is on disk; but a snapshot or event
    /// span that has begun and has rows already, when it ends.
    ///
    /// # Errors
    ///
    /// If a file cannot be finished; its snapshots or event spans are then counted as lost.
    pub fn flush(&mut self) -> Result<(), Error> {
        let Store { directory, looks, events } = self;
        let (looks, events) = (looks.flush(directory), events.flush(directory));
        looks.and(events)
    }

    /// Finishes the files, and returns what was done.
    ///
    /// # Errors
    ///
    /// As for [`flush`](Store::flush).
    pub fn close(mut self) -> Result<Counts, Error> {
        self.finish()?;
        Ok(self.directory.counts)
    }

    /// What was done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.directory.counts
    }

    /// The bytes of all its files, as it knows them: others may have deleted some since it
    /// [looked](Store::count_files).
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.directory.bytes()
    }

    /// Counts the bytes of all its files again, and returns them. It does so itself before it deletes any, or refuses
    /// to write.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub fn count_files(&mut self) -> Result<u64, Error> {
        self.directory.look_again().map(|()| self.directory.bytes())
    }

    /// Counts snapshots that never came to be begun, as if each had been begun and lost: their numbers are
    /// missing, and the next one that can be written reports them.
    pub fn skip(&mut self, snapshots: u64) {
        self.looks.skip(&mut self.directory, snapshots);
    }

    /// The same of event spans.
    pub fn skip_events(&mut self, spans: u64) {
        self.events.skip(&mut self.directory, spans);
    }

    /// Lost snapshots that none which was written reports. Another store of the directory may
    /// [skip](Store::skip) them.
    #[must_use]
    pub fn unreported(&self) -> u64 {
        self.looks.unreported()
    }

    /// The same of event spans.
    #[must_use]
    pub fn unreported_events(&self) -> u64 {
        self.events.unreported()
    }

    /// Changes what it does, from the next file on.
    pub fn change(&mut self, options: StoreOptions) {
        self.directory.options = options;
    }

    fn finish(&mut self) -> Result<(), Error> {
        let Store { directory, looks, events } = self;
        let (looks, events) = (looks.close(directory), events.close(directory));
        looks.and(events)
    }
}

impl Drop for Store {
    /// Finishes the files; [`close`](Store::close) returns whether that worked. A snapshot or event span that
    /// has not ended is lost, with those whose files have its rows.
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

impl Covers for SnapshotColumns {
    fn rows(&self) -> usize {
        SnapshotColumns::rows(self)
    }

    fn take(&mut self) -> Result<RecordBatch, Error> {
        SnapshotColumns::take(self)
    }
}

impl Covers for EventSpanColumns {
    fn rows(&self) -> usize {
        EventSpanColumns::rows(self)
    }

    fn take(&mut self) -> Result<RecordBatch, Error> {
        EventSpanColumns::take(self)
    }
}
