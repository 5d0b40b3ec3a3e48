//! A directory of Parquet files by date and hour.
//!
//! `sockets/date=2026-11-30/hour=21/HOST-20261130T211500Z-000000.parquet`, and below `snapshots/` a file of
//! the same name. Both are written beside their place, synced and renamed, the snapshots last. So a
//! snapshot that is there has all its sockets, however the writer ended.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use parquet::arrow::ArrowWriter;
use procnet::{Query, Scanner};
use rustix::fs::{FlockOperation, flock};

use super::{
    file::{Compression, writer},
    partition::{SNAPSHOTS, SOCKETS, UNFINISHED, file_name, partition, safe},
    used::{Used, remove},
};
use crate::{
    Host, RecordBatch, Recorder, Snapshot, SnapshotColumns,
    error::Error,
    host::{now, uptime},
    schema,
    snapshot::Written,
};

/// What a [`Store`] does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreOptions {
    /// The bytes that its files may take, `None` for all there are. It counts the files of its own name only.
    pub max_bytes: Option<u64>,
    /// What to do when they do.
    pub when_full: WhenFull,
    /// A file has the snapshots of this time: they are lost if the writer is killed before, and a file of
    /// one snapshot of few sockets is mostly metadata. With zero, each snapshot has a file.
    pub max_age: Duration,
    /// A file that has so many sockets is not continued. A snapshot is never divided.
    pub max_rows: u64,
    /// How pages are compressed.
    pub compression: Compression,
}

impl Default for StoreOptions {
    /// 1 GiB, then the oldest is deleted; a file has five minutes, or a million sockets.
    fn default() -> StoreOptions {
        StoreOptions {
            max_bytes: Some(1 << 30),
            when_full: WhenFull::DeleteOldest,
            max_age: Duration::from_secs(300),
            max_rows: 1 << 20,
            compression: Compression::default(),
        }
    }
}

/// What to do when the files take all they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Delete the oldest file.
    DeleteOldest,
    /// Keep what there is, and do not write what is new.
    Refuse,
}

/// What a [`Store`] did since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Snapshots that are in whole files.
    pub snapshots: u64,
    /// Their sockets.
    pub sockets: u64,
    /// Files of sockets.
    pub files: u64,
    /// The bytes of all files.
    pub bytes: u64,
    /// Snapshots that could not be written, or were refused.
    pub lost: u64,
    /// Files that were deleted because there was no room.
    pub deleted: u64,
    /// Their bytes.
    pub deleted_bytes: u64,
    /// Files that an earlier writer of this name had not finished.
    pub unfinished: u64,
}

/// Writes snapshots to a directory.
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
    root: PathBuf,
    name: String,
    options: StoreOptions,
    /// Held by this writer only.
    _lock: File,
    started: i64,
    sequence: u64,
    files: u64,
    used: Used,
    counts: Counts,
    /// Lost snapshots that no written one has reported yet.
    unreported: u64,
    open: Option<Open>,
    clocks: HashMap<Host, (i64, u64)>,
    /// Times that were used, the last of them: two snapshots of a host never have the same.
    times: BTreeSet<i64>,
}

/// A file that is being written.
struct Open {
    writer: ArrowWriter<File>,
    unfinished: PathBuf,
    /// Its place below a table.
    below: PathBuf,
    partition: String,
    since: Instant,
    snapshots: SnapshotColumns,
    rows: u64,
    /// Lost snapshots that its snapshots report.
    reported: u64,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("below", &self.below).field("rows", &self.rows).finish()
    }
}

/// So many times are remembered.
const TIMES: usize = 1 << 16;

/// A difference between the clocks that is not a step: they are slewed, and read one after the other.
const SLEW: i64 = 100_000_000;

impl Store {
    /// Opens a directory, or creates it; deletes what an earlier writer of this name has not finished. The
    /// name is that of the host, or of whoever collects from several.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read or written, or another process writes there under this name.
    pub fn open(root: &Path, name: &str, options: StoreOptions) -> Result<Store, Error> {
        let name = safe(name);
        fs::create_dir_all(root).map_err(|cause| Error::io(root, cause))?;
        let path = root.join(format!(".{name}.lock"));
        let lock = File::create(&path).map_err(|cause| Error::io(&path, cause))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| Error::InUse(root.to_owned()))?;
        let (used, left) = Used::find(root, &name)?;
        Ok(Store {
            root: root.to_owned(),
            name,
            options,
            _lock: lock,
            started: now(),
            sequence: 0,
            files: 0,
            used,
            counts: Counts { unfinished: left.files, ..Counts::default() },
            unreported: 0,
            open: None,
            clocks: HashMap::new(),
            times: BTreeSet::new(),
        })
    }

    /// Looks at a host and writes what is there. If the look fails, that is written as a gap, and returned.
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
        match recorded {
            Ok((snapshot, _)) => self.end(&snapshot).map(|()| snapshot),
            Err(error) => {
                let mut snapshot = Snapshot::new(recorder.host(), time);
                snapshot.uptime = uptime();
                snapshot.sockets = self.pending_rows();
                snapshot.gaps.push(format!("the look ended early: {error}"));
                self.end(&snapshot)?;
                Err(error)
            }
        }
    }

    /// Begins a snapshot, and returns the time for its rows: the one given, or if a snapshot has that already,
    /// as after a clock was set back, the next nanosecond that none has.
    ///
    /// # Errors
    ///
    /// If the file of the previous snapshots could not be finished, or no other could be begun. This
    /// snapshot is then counted as lost, and so are those of that file.
    pub fn begin(&mut self, mut time: i64) -> Result<i64, Error> {
        while !self.times.insert(time) {
            time = time.saturating_add(1);
        }
        if self.times.len() > TIMES {
            self.times.pop_first();
        }
        self.sequence += 1;
        let partition = partition(time);
        let begun = match &self.open {
            Some(open) if open.partition == partition => Ok(()),
            Some(_) => self.finish().and_then(|()| self.create(time, partition)),
            None => self.create(time, partition),
        };
        if begun.is_err() {
            self.lose(1);
        }
        begun.map(|()| time)
    }

    /// Writes sockets of the snapshot that was begun.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, as on a full disk. It is deleted, and its snapshots, this one
    /// included, are counted as lost.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let Some(open) = &mut self.open else { return Ok(()) };
        match open.writer.write(batch) {
            Ok(()) => {
                open.rows += batch.num_rows() as u64;
                Ok(())
            }
            Err(error) => {
                self.lose(1);
                self.discard();
                Err(error.into())
            }
        }
    }

    /// Ends the snapshot that was begun. It is on disk when its file is: once that has its age or its rows,
    /// or after [`flush`](Store::flush).
    ///
    /// # Errors
    ///
    /// If the file cannot be finished; its snapshots are then counted as lost.
    pub fn end(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        let clock_step = self.clock_step(snapshot);
        let Some(open) = &mut self.open else { return Ok(()) };
        let written = Written {
            writer: self.started,
            sequence: self.sequence - 1,
            clock_step,
            lost: std::mem::take(&mut self.unreported),
        };
        open.reported += written.lost;
        open.snapshots.push(snapshot, &written);
        let StoreOptions { max_age, max_rows, .. } = self.options;
        if open.rows >= max_rows || open.since.elapsed() >= max_age {
            return self.finish();
        }
        Ok(())
    }

    /// Finishes the file that is being written, so that everything so far is on disk.
    ///
    /// # Errors
    ///
    /// If the file cannot be finished; its snapshots are then counted as lost.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.finish()
    }

    /// Finishes the file, and returns what was done.
    ///
    /// # Errors
    ///
    /// As for [`flush`](Store::flush).
    pub fn close(mut self) -> Result<Counts, Error> {
        self.finish()?;
        Ok(self.counts)
    }

    /// What was done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The bytes of all its files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.used.total()
    }

    /// Counts snapshots that never came to be begun, as if each had been begun and lost: their numbers are
    /// missing, and the next one that can be written reports them.
    pub fn skip(&mut self, snapshots: u64) {
        self.sequence += snapshots;
        self.lose(snapshots);
    }

    /// Lost snapshots that none which was written reports. Another store of the directory may
    /// [skip](Store::skip) them.
    #[must_use]
    pub fn unreported(&self) -> u64 {
        self.unreported
    }

    /// Changes what it does, from the next file on.
    pub fn change(&mut self, options: StoreOptions) {
        self.options = options;
    }

    fn pending_rows(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open.rows)
    }

    /// By how much the clock was set since the last snapshot of this host, in nanoseconds.
    fn clock_step(&mut self, snapshot: &Snapshot) -> Option<i64> {
        let (time, uptime) = (snapshot.time, snapshot.uptime);
        let (before, up) = self.clocks.insert(snapshot.host.clone(), (time, uptime))?;
        let passed = i64::try_from(uptime.checked_sub(up)?).ok()?;
        let step = time.checked_sub(before)?.checked_sub(passed)?;
        (step.saturating_abs() > SLEW).then_some(step)
    }

    fn create(&mut self, time: i64, partition: String) -> Result<(), Error> {
        let below = loop {
            let name = file_name(&self.name, time, self.files);
            self.files += 1;
            let below = Path::new(&partition).join(name);
            if !self.root.join(SOCKETS).join(&below).exists() {
                break below;
            }
        };
        let unfinished = unfinished(&self.root.join(SOCKETS), &below);
        let file = create(&unfinished)?;
        self.open = Some(Open {
            writer: writer(file, schema::sockets(), self.options.compression)?,
            unfinished,
            below,
            partition,
            since: Instant::now(),
            snapshots: SnapshotColumns::new(),
            rows: 0,
            reported: 0,
        });
        Ok(())
    }

    /// Puts the open file in its place, if there is one.
    fn finish(&mut self) -> Result<(), Error> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let (snapshots, sockets) = (open.snapshots.rows() as u64, open.rows);
        let (unfinished, below) = (open.unfinished.clone(), open.below.clone());
        let reported = open.reported;
        let placed = if snapshots == 0 {
            remove(&unfinished).map(|()| 0)
        } else {
            self.place(open.writer, &unfinished, &mut open.snapshots, &below)
        };
        match placed {
            Ok(0) => Ok(()),
            Ok(bytes) => {
                self.used.add(below, bytes);
                let counts = &mut self.counts;
                counts.snapshots += snapshots;
                counts.sockets += sockets;
                counts.files += 1;
                counts.bytes += bytes;
                Ok(())
            }
            Err(error) => {
                // What is left of it is of no use, and another error would say nothing new.
                let _ = remove(&unfinished);
                let _ = remove(&self.root.join(SOCKETS).join(&below));
                self.lose(snapshots);
                self.unreported += reported;
                Err(error)
            }
        }
    }

    /// Finishes both files, and renames them. Returns what they take.
    fn place(
        &mut self,
        sockets: ArrowWriter<File>,
        unfinished_sockets: &Path,
        snapshots: &mut SnapshotColumns,
        below: &Path,
    ) -> Result<u64, Error> {
        let table = self.root.join(SNAPSHOTS);
        let unfinished_snapshots = unfinished(&table, below);
        let placed = (|| {
            let mut bytes = sync(&sockets.into_inner()?, unfinished_sockets)?;
            let file = create(&unfinished_snapshots)?;
            let mut writer = writer(file, schema::snapshots(), self.options.compression)?;
            writer.write(&snapshots.take()?)?;
            bytes += sync(&writer.into_inner()?, &unfinished_snapshots)?;
            self.make_room(bytes)?;
            rename(unfinished_sockets, &self.root.join(SOCKETS).join(below))?;
            rename(&unfinished_snapshots, &table.join(below))?;
            Ok(bytes)
        })();
        if placed.is_err() {
            let _ = remove(&unfinished_snapshots);
        }
        placed
    }

    fn make_room(&mut self, bytes: u64) -> Result<(), Error> {
        let Some(limit) = self.options.max_bytes else { return Ok(()) };
        let full = || Error::Full { path: self.root.clone(), limit };
        while self.used.total() + bytes > limit {
            if self.options.when_full == WhenFull::Refuse || bytes > limit {
                return Err(full());
            }
            let Some(freed) = self.used.delete_oldest(&self.root)? else { return Err(full()) };
            self.counts.deleted += 1;
            self.counts.deleted_bytes += freed;
        }
        Ok(())
    }

    /// Deletes the open file.
    fn discard(&mut self) {
        if let Some(open) = self.open.take() {
            let _ = remove(&open.unfinished);
            self.lose(open.snapshots.rows() as u64);
            self.unreported += open.reported;
        }
    }

    fn lose(&mut self, snapshots: u64) {
        self.counts.lost += snapshots;
        self.unreported += snapshots;
    }
}

impl Drop for Store {
    /// Finishes the file; [`close`](Store::close) returns whether that worked.
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

/// Where a file is until it is whole.
fn unfinished(table: &Path, below: &Path) -> PathBuf {
    let name = below.file_name().unwrap_or_default().to_string_lossy();
    table.join(below).with_file_name(format!(".{name}{UNFINISHED}"))
}

/// Creates a file and its directories. The directories are made to last by syncing each one's parent.
fn create(path: &Path) -> Result<File, Error> {
    let at = |cause: std::io::Error| Error::io(path, cause);
    let mut missing = Vec::new();
    let mut directory = path.parent();
    while let Some(it) = directory.filter(|it| !it.as_os_str().is_empty() && !it.exists()) {
        missing.push(it);
        directory = it.parent();
    }
    if let Some(innermost) = missing.first() {
        fs::create_dir_all(innermost).map_err(at)?;
    }
    for made in missing {
        made.parent().map_or(Ok(()), sync_directory)?;
    }
    File::create(path).map_err(at)
}

/// Makes the contents of a file last, and returns its size.
fn sync(file: &File, path: &Path) -> Result<u64, Error> {
    let size = file.sync_all().and_then(|()| file.metadata());
    size.map(|metadata| metadata.len()).map_err(|cause| Error::io(path, cause))
}

/// Renames a file within its directory, so that the new name lasts.
fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|cause| Error::io(to, cause))?;
    to.parent().map_or(Ok(()), sync_directory)
}

fn sync_directory(path: &Path) -> Result<(), Error> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path).and_then(|it| it.sync_all()).map_err(|cause| Error::io(path, cause))
}
