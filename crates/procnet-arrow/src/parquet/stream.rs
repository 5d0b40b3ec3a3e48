//! Rows of a group of tables, one covered part after the other.

use super::{
    clock::Clocks, directory::Directory, group::Group, partition::partition, set::FileSet,
};
use crate::{Host, RecordBatch, Table, Written, error::Error};

/// Rows that say what others cover, until their file is written.
pub(super) trait Covers: Default {
    fn rows(&self) -> usize;
    fn take(&mut self) -> Result<RecordBatch, Error>;
}

/// What is written to a group of tables: parts that begin and end, each covered by a row.
#[derive(Debug)]
pub(super) struct Stream<C> {
    group: &'static Group,
    /// When the writer started.
    writer: i64,
    /// The parts that have begun.
    begun: u64,
    /// Those of the open files.
    covers: C,
    open: Option<FileSet>,
    /// The part that has begun and not ended.
    part: Option<Part>,
    /// Whether the open files are to be finished when it ends.
    flush: bool,
    clocks: Clocks,
    /// Lost parts that none has reported yet.
    unreported: u64,
}

/// A part that has begun.
#[derive(Clone, Copy, Debug)]
struct Part {
    time: i64,
    /// How many it has so far.
    rows: u64,
}

impl<C: Covers> Stream<C> {
    pub(super) fn new(group: &'static Group, writer: i64) -> Stream<C> {
        Stream {
            group,
            writer,
            begun: 0,
            covers: C::default(),
            open: None,
            part: None,
            flush: false,
            clocks: Clocks::default(),
            unreported: 0,
        }
    }

    /// The rows of the part that has begun.
    pub(super) fn rows_of_part(&self) -> u64 {
        self.part.map_or(0, |part| part.rows)
    }

    /// Counts parts that never came to be begun as begun and lost.
    pub(super) fn skip(&mut self, directory: &mut Directory, parts: u64) {
        self.begun += parts;
        self.lose(directory, parts);
    }

    /// Lost parts that none has reported yet.
    pub(super) fn unreported(&self) -> u64 {
        self.unreported
    }

    /// Begins a part, and returns its time: one that none had.
    pub(super) fn begin(&mut self, directory: &mut Directory, time: i64) -> Result<i64, Error> {
        match self.part.take() {
            None => {}
            Some(Part { rows: 0, .. }) => self.lose(directory, 1),
            Some(_) => self.discard(directory),
        }
        let time = self.clocks.unused(time);
        self.begun += 1;
        let partition = partition(time);
        if self.open.as_ref().is_some_and(|open| open.partition != partition)
            && let Err(error) = self.finish(directory)
        {
            self.lose(directory, 1);
            return Err(error);
        }
        self.part = Some(Part { time, rows: 0 });
        Ok(time)
    }

    /// The files of the part that has begun; `None` without one, or after it was lost.
    fn files(&mut self, directory: &mut Directory) -> Option<&mut FileSet> {
        let Part { time, .. } = self.part?;
        let group = self.group;
        Some(self.open.get_or_insert_with(|| FileSet::new(group, directory, time)))
    }

    /// Adds rows to the part that has begun. It is an error if there is none, or if it was lost.
    pub(super) fn write(
        &mut self,
        directory: &mut Directory,
        table: Table,
        batch: &RecordBatch,
    ) -> Result<(), Error> {
        let files = self.files(directory).ok_or(Error::NotBegun(table))?;
        let written = files.write(directory, table, batch);
        if let Some(part) = &mut self.part {
            part.rows += batch.num_rows() as u64;
        }
        written.inspect_err(|_| self.discard(directory))
    }

    /// Ends the part that has begun: `push` adds its row. Its tables have files then, though they may have
    /// no rows. It is an error if there is none, or if it was lost.
    pub(super) fn end(
        &mut self,
        directory: &mut Directory,
        tables: &[Table],
        (host, time, uptime): (&Host, i64, u64),
        push: impl FnOnce(&mut C, &Written),
    ) -> Result<(), Error> {
        let clock_step = self.clocks.step(host, time, uptime);
        let cover = self.group.cover;
        let files = self.files(directory).ok_or(Error::NotBegun(cover))?;
        let begun = tables.iter().try_for_each(|table| files.begin(directory, *table));
        begun.inspect_err(|_| self.discard(directory))?;
        let lost = std::mem::take(&mut self.unreported);
        let files = self.files(directory).ok_or(Error::NotBegun(cover))?;
        files.reported += lost;
        let is_due = files.is_due(directory);
        let (writer, sequence) = (self.writer, self.begun.saturating_sub(1));
        push(&mut self.covers, &Written { writer, sequence, clock_step, lost });
        self.part = None;
        if self.flush || is_due { self.finish(directory) } else { Ok(()) }
    }

    /// Puts the open files in their place: if a part has begun that has rows, when it ends.
    pub(super) fn flush(&mut self, directory: &mut Directory) -> Result<(), Error> {
        self.flush = self.rows_of_part() > 0;
        if self.flush { Ok(()) } else { self.finish(directory) }
    }

    /// Puts the open files in their place. If a part has begun and not ended that has rows, they are lost.
    pub(super) fn close(&mut self, directory: &mut Directory) -> Result<(), Error> {
        if self.rows_of_part() > 0 {
            self.discard(directory);
        }
        self.finish(directory)
    }

    /// Deletes the open files: their parts are lost, and so is the one that has begun.
    fn discard(&mut self, directory: &mut Directory) {
        if let Some(open) = self.open.take() {
            self.unreported += open.reported;
            open.discard();
        }
        let parts = self.covers.rows() as u64 + 1;
        self.covers = C::default();
        self.part = None;
        self.lose(directory, parts);
    }

    /// Puts the open files in their place, if there are any.
    fn finish(&mut self, directory: &mut Directory) -> Result<(), Error> {
        self.flush = false;
        let Some(open) = self.open.take() else { return Ok(()) };
        let covers = self.covers.rows() as u64;
        if covers == 0 {
            open.discard();
            return Ok(());
        }
        let reported = open.reported;
        let placed = self.covers.take().and_then(|cover| open.place(directory, &cover));
        if placed.is_err() {
            self.lose(directory, covers);
            self.unreported += reported;
        }
        placed
    }

    fn lose(&mut self, directory: &mut Directory, parts: u64) {
        directory.lose(self.group, parts);
        self.unreported += parts;
    }
}
