//! Tables that are read before their rows are wanted.
//!
//! While helpers walk the processes, the kernel can already print the tables: their text is
//! kept until the owners are known. What does not fit is read after the walk.

use rustix::io::{Errno, Result};

use crate::{Kind, file::TableFile};

/// What a single read is given: several times what the kernel fills at once.
const READ: usize = 64 << 10;

/// The text of tables, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    text: Vec<u8>,
    tables: Vec<Begun>,
}

/// A table that was opened, and as much of its text as there was room for.
#[derive(Debug)]
struct Begun {
    kind: Kind,
    /// `None` once it is handed on, or if it could not be opened.
    file: Option<TableFile>,
    failure: Option<Errno>,
    /// Where its text ends; it begins where that of the one before ends.
    end: usize,
}

/// A table whose text begins with what was read before.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    ahead: &'a [u8],
    file: Option<TableFile>,
    failure: Option<Errno>,
}

impl Ahead {
    /// Forgets all text; the memory is kept.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.tables.clear();
    }

    /// Reads a table as far as there is room. Whether there is room for more.
    pub(crate) fn read(&mut self, kind: Kind, opened: Result<TableFile>, room: usize) -> bool {
        let mut begun = Begun { kind, file: None, failure: None, end: self.text.len() };
        match opened {
            Ok(mut file) => {
                begun.failure = self.fill(&mut file, room).err();
                begun.file = Some(file);
            }
            Err(errno) => begun.failure = Some(errno),
        }
        begun.end = self.text.len();
        self.tables.push(begun);
        self.text.len() + READ <= room
    }

    fn fill(&mut self, file: &mut TableFile, room: usize) -> Result<()> {
        while self.text.len() + READ <= room {
            let start = self.text.len();
            self.text.resize(start + READ, 0);
            let read = file.read(self.text.get_mut(start..).unwrap_or_default());
            self.text.truncate(start + read.unwrap_or(0));
            if read? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// What was read of a table, and the file that goes on; `None` if it was not begun.
    pub(crate) fn take(&mut self, kind: Kind) -> Option<Input<'_>> {
        let at = self.tables.iter().position(|table| table.kind == kind)?;
        let start = at.checked_sub(1).and_then(|before| self.tables.get(before));
        let start = start.map_or(0, |before| before.end);
        let table = self.tables.get_mut(at)?;
        let ahead = self.text.get(start..table.end).unwrap_or_default();
        Some(Input { ahead, file: table.file.take(), failure: table.failure })
    }
}

impl<'a> Input<'a> {
    /// A table of which nothing was read before.
    pub(crate) fn fresh(file: TableFile) -> Input<'a> {
        Input { ahead: &[], file: Some(file), failure: None }
    }

    /// The table's next bytes; none at its end.
    pub(crate) fn read(&mut self, space: &mut [u8]) -> Result<usize> {
        if !self.ahead.is_empty() {
            let count = self.ahead.len().min(space.len());
            let (now, later) = self.ahead.split_at(count);
            if let Some(space) = space.get_mut(..count) {
                space.copy_from_slice(now);
            }
            self.ahead = later;
            return Ok(count);
        }
        match (&mut self.file, self.failure) {
            (_, Some(errno)) => Err(errno),
            (Some(file), None) => file.read(space),
            (None, None) => Ok(0),
        }
    }
}
