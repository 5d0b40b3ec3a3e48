//! Tables read ahead.
//!
//! While other threads walk the processes, the kernel can already print the tables: their text is
//! kept until the owners are known. What does not fit is read after the walk.

use rustix::io::{Errno, Result};

use crate::{Kind, file::TableFile, netns::NetnsId, source::request::Ahead};

/// A table, by its network namespace and kind.
type Key = (Option<NetnsId>, Kind);

/// The size of a read: several times what the kernel returns at once.
const READ: usize = 64 << 10;

/// The text of tables, one after the other.
#[derive(Debug, Default)]
pub(super) struct Prefetched {
    text: Vec<u8>,
    tables: Vec<Opened>,
}

/// An open table, and its text as far as it fit.
#[derive(Debug)]
struct Opened {
    key: Key,
    /// `None` once it is taken, or if it could not be opened.
    file: Option<TableFile>,
    failure: Option<Errno>,
    /// The end of its text, which begins at the end of the previous one.
    end: usize,
}

/// A table whose text begins with the part read ahead.
#[derive(Debug)]
pub(super) struct Input<'a> {
    /// The part read ahead.
    text: &'a [u8],
    file: Option<TableFile>,
    failure: Option<Errno>,
}

impl Prefetched {
    /// Discards all text, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.tables.clear();
    }

    /// Reads a table as far as it may be read ahead. Returns its size; `None` if that is not to its
    /// end.
    pub(super) fn read(
        &mut self,
        key: Key,
        opened: Result<TableFile>,
        ahead: Ahead<'_>,
    ) -> Option<usize> {
        let before = self.text.len();
        let mut table = Opened { key, file: None, failure: None, end: before };
        let mut is_whole = true;
        match opened {
            Ok(mut file) => {
                match self.fill(&mut file, before, ahead) {
                    Ok(ended) => is_whole = ended,
                    Err(errno) => table.failure = Some(errno),
                }
                table.file = Some(file);
            }
            Err(errno) => table.failure = Some(errno),
        }
        table.end = self.text.len();
        self.tables.push(table);
        is_whole.then_some(self.text.len() - before)
    }

    /// Reads up to the limit. Returns whether the file was read to its end.
    fn fill(&mut self, file: &mut TableFile, before: usize, ahead: Ahead<'_>) -> Result<bool> {
        while self.text.len() + READ <= before + ahead.room && (ahead.are_busy)() {
            let start = self.text.len();
            self.text.resize(start + READ, 0);
            let read = file.read(self.text.get_mut(start..).unwrap_or_default());
            self.text.truncate(start + read.unwrap_or(0));
            if read? == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The part of a table read ahead, and the file to continue with; `None` if it was not read.
    pub(super) fn take(&mut self, key: Key) -> Option<Input<'_>> {
        let at = self.tables.iter().position(|table| table.key == key)?;
        let start = at.checked_sub(1).and_then(|before| self.tables.get(before));
        let start = start.map_or(0, |before| before.end);
        let table = self.tables.get_mut(at)?;
        let text = self.text.get(start..table.end).unwrap_or_default();
        Some(Input { text, file: table.file.take(), failure: table.failure })
    }
}

impl<'a> Input<'a> {
    /// A table of which nothing was read ahead.
    pub(super) fn fresh(file: TableFile) -> Input<'a> {
        Input { text: &[], file: Some(file), failure: None }
    }

    /// Whether its file was compressed.
    pub(super) fn is_compressed(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.compressed)
    }

    /// The table's next bytes; none at its end.
    pub(super) fn read(&mut self, space: &mut [u8]) -> Result<usize> {
        if !self.text.is_empty() {
            let count = self.text.len().min(space.len());
            let (now, later) = self.text.split_at(count);
            if let Some(space) = space.get_mut(..count) {
                space.copy_from_slice(now);
            }
            self.text = later;
            return Ok(count);
        }
        match (&mut self.file, self.failure) {
            (_, Some(errno)) => Err(errno),
            (Some(file), None) => file.read(space),
            (None, None) => Ok(0),
        }
    }
}
