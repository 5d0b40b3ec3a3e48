//! The directory of one writer: its name, its lock, and the room that its files have.

use std::{
    fs::{self, File},
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
    /// Held by this writer only.
    _lock: File,
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
        let lock = File::create(&path).map_err(|cause| Error::io(&path, cause))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| Error::InUse(root.to_owned()))?;
        let (used, left) = Used::find(root, &name)?;
        let counts = Counts { unfinished: left.files, ..Counts::default() };
        let root = root.to_owned();
        Ok(Directory { root, name, options, _lock: lock, files: 0, used, counts })
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

    /// Deletes the oldest files, if that is needed and permitted, until there is room for this many bytes.
    pub(super) fn make_room(&mut self, bytes: u64) -> Result<(), Error> {
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
