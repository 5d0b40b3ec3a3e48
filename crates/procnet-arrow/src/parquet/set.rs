//! Files of one name that are being written.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Instant,
};

use super::{
    directory::Directory,
    disk::{remove, rename, sync, unfinished},
    group::Group,
    partition::partition,
    table::TableWriter,
};
use crate::{RecordBatch, Table, error::Error};

/// Files of one name, of the tables of a group, that are being written.
pub(super) struct FileSet {
    group: &'static Group,
    /// Their place below each table.
    below: PathBuf,
    pub(super) partition: String,
    since: Instant,
    /// Of tables with rows: the cover is written when all of it is known.
    files: Vec<Open>,
    /// Losses that its covers report.
    pub(super) reported: u64,
}

struct Open {
    table: Table,
    writer: TableWriter<File>,
    unfinished: PathBuf,
    rows: u64,
}

impl std::fmt::Debug for FileSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileSet").field("below", &self.below).field("rows", &self.rows()).finish()
    }
}

impl FileSet {
    /// One without files yet.
    pub(super) fn new(group: &'static Group, directory: &mut Directory, time: i64) -> FileSet {
        let partition = partition(time);
        let below = directory.unused(&partition, time);
        let since = Instant::now();
        FileSet { group, below, partition, since, files: Vec::new(), reported: 0 }
    }

    /// The rows of all tables.
    pub(super) fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Whether it has its age or its rows.
    pub(super) fn is_due(&self, directory: &Directory) -> bool {
        self.rows() >= directory.options.max_rows
            || self.since.elapsed() >= directory.options.max_age
    }

    /// Begins the file of a table, unless there is one.
    pub(super) fn begin(&mut self, directory: &Directory, table: Table) -> Result<(), Error> {
        if self.files.iter().any(|file| file.table == table) {
            return Ok(());
        }
        let unfinished = unfinished(&directory.table(table), &self.below);
        let writer = directory.create(table, &unfinished);
        let writer = writer.inspect_err(|_| drop(remove(&unfinished)))?;
        self.files.push(Open { table, writer, unfinished, rows: 0 });
        Ok(())
    }

    /// Adds rows to a table.
    pub(super) fn write(
        &mut self,
        directory: &Directory,
        table: Table,
        batch: &RecordBatch,
    ) -> Result<(), Error> {
        self.begin(directory, table)?;
        for file in self.files.iter_mut().filter(|file| file.table == table) {
            file.writer.write(batch)?;
            file.rows += batch.num_rows() as u64;
        }
        Ok(())
    }

    /// Finishes all files, and puts them in their place; the cover, with these rows, as the last.
    pub(super) fn place(self, directory: &mut Directory, cover: &RecordBatch) -> Result<(), Error> {
        let FileSet { group, below, files, .. } = self;
        let mut made: Vec<(Table, PathBuf, u64)> = Vec::new();
        let placed = (|| {
            let mut bytes = 0;
            let path = unfinished(&directory.table(group.cover), &below);
            let rows = files.iter().map(|it| (it.table, it.unfinished.clone(), it.rows));
            made.extend(rows);
            made.push((group.cover, path.clone(), cover.num_rows() as u64));
            for Open { writer, unfinished, .. } in files {
                bytes += finish(writer, &unfinished)?;
            }
            let mut writer = directory.create(group.cover, &path)?;
            writer.write(cover)?;
            bytes += finish(writer, &path)?;
            directory.make_room(bytes)?;
            for (table, unfinished, _) in &made {
                rename(unfinished, &directory.table(*table).join(&below))?;
            }
            Ok(bytes)
        })();
        match placed {
            Ok(bytes) => {
                made.iter().for_each(|(table, _, rows)| directory.count(*table, *rows));
                directory.add(below, group, bytes);
                Ok(())
            }
            Err(error) => {
                // What is left of it is of no use, and another error would say nothing new.
                let _ = group.remove(directory.root(), &below);
                made.iter().for_each(|(_, unfinished, _)| drop(remove(unfinished)));
                Err(error)
            }
        }
    }

    /// Deletes what was written.
    pub(super) fn discard(self) {
        self.files.iter().for_each(|file| drop(remove(&file.unfinished)));
    }
}

/// Writes the end of a file, makes it last, and returns its size.
fn finish(mut writer: TableWriter<File>, path: &Path) -> Result<u64, Error> {
    // Its `into_inner` would lose the error of the operating system.
    writer.finish()?;
    sync(writer.inner(), path)
}
