//! The directory of one writer: its name, its lock, and the room that its files have.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use super::table::TableWriter;
use rustix::fs::{FlockOperation, flock};

use super::{
    disk::create,
    file::writer,
    group::Group,
    options::{Counts, StoreOptions, WhenFull},
    partition::{file_name, safe},
    used::Used,
};
use crate::{Table, error::Error};

/// The directory of one writer.
#[derive(Debug)]
pub(super) struct Directory {
    root: PathBuf,
    name: String,
    pub(super) options: StoreOptions,
    /// Held by this writer only. It has the number of the next file, so that no two files ever have the same
    /// name, though earlier ones were deleted and the clock was set back: a copy elsewhere may have it.
    lock: File,
    files: u64,
    used: Used,
    pub(super) counts: Counts,
}

impl Directory {
    /// Locks it, and deletes what an earlier writer of this name has not finished.
    pub(super) fn open(root: &Path, name: &str, options: StoreOptions) -> Result<Directory, Error> {
        let name = safe(name);
        fs::create_dir_all(root).map_err(|cause| Error::io(root, cause))?;
        let path = root.join(format!(".{name}.lock"));
        let lock =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(|cause| Error::io(&path, cause))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| Error::InUse(root.to_owned()))?;
        let (used, left) = Used::find(root, &name)?;
        let counts = Counts { unfinished: left.files, ..Counts::default() };
        let (root, files) = (root.to_owned(), next_file(&lock));
        Ok(Directory { root, name, options, lock, files, used, counts })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn table(&self, table: Table) -> PathBuf {
        self.root.join(table.name())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.used.total()
    }

    /// A path below a table that no file has in any.
    pub(super) fn unused(&mut self, partition: &str, time: i64) -> PathBuf {
        loop {
            let name = file_name(&self.name, time, self.files);
            self.files += 1;
            // On a full disk it may stay what it was: then names differ by their time, as they mostly do.
            let _ = self.lock.write_all_at(format!("{:06}\n", self.files).as_bytes(), 0);
            let below = Path::new(partition).join(name);
            if !Table::ALL.iter().any(|table| self.table(*table).join(&below).exists()) {
                return below;
            }
        }
    }

    /// Begins a file of a table.
    pub(super) fn create(&self, table: Table, path: &Path) -> Result<TableWriter<File>, Error> {
        writer(create(path)?, table.schema(), self.options.compression)
    }

    /// Counts again what its files take.
    pub(super) fn look_again(&mut self) -> Result<(), Error> {
        self.used.look_again(&self.root, &self.name)
    }

    /// Deletes the oldest files, if that is needed and permitted, until there is room for this many bytes.
    pub(super) fn make_room(&mut self, bytes: u64) -> Result<(), Error> {
        let Some(limit) = self.options.max_bytes else { return Ok(()) };
        if self.used.total() + bytes > limit {
            self.look_again()?;
        }
        let full = || Error::Full { path: self.root.clone(), limit };
        while self.used.total() + bytes > limit {
            if self.options.when_full == WhenFull::Refuse || bytes > limit {
                return Err(full());
            }
            let Some(freed) = self.used.delete_oldest(&self.root)? else { return Err(full()) };
            self.counts.deleted += u64::from(freed > 0);
            self.counts.deleted_bytes += freed;
        }
        Ok(())
    }

    /// Notes files that are in their place.
    pub(super) fn add(&mut self, below: PathBuf, group: &'static Group, bytes: u64) {
        self.used.add(below, group, bytes);
        self.counts.files += 1;
        self.counts.bytes += bytes;
    }

    /// Notes rows that are on disk.
    pub(super) fn count(&mut self, table: Table, rows: u64) {
        let counts = &mut self.counts;
        *match table {
            Table::Sockets => &mut counts.sockets,
            Table::Aggregates => &mut counts.aggregates,
            Table::Snapshots => &mut counts.snapshots,
            Table::Events => &mut counts.events,
            Table::EventSpans => &mut counts.event_spans,
        } += rows;
    }

    /// Notes snapshots or event spans that could not be written.
    pub(super) fn lose(&mut self, group: &Group, covers: u64) {
        match group.cover {
            Table::EventSpans => self.counts.lost_event_spans += covers,
            _ => self.counts.lost += covers,
        }
    }
}

/// The number of the next file, as the lock has it; 0 if it does not.
fn next_file(lock: &File) -> u64 {
    let mut bytes = [0; 20];
    let length = lock.read_at(&mut bytes, 0).unwrap_or(0);
    let text = std::str::from_utf8(&bytes[..length]).unwrap_or_default();
    text.trim_end().parse().ok().filter(|next| *next < 1 << 48).unwrap_or(0)
}
