//! Tables whose files belong together.

use std::path::Path;

use super::disk::remove;
use crate::{Table, error::Error};

/// Tables with files of the same name. A row of one of them says what the rows of the others cover, so its
/// file is the last to be there, and the first to be deleted: rows without it are ignored, and it without
/// them would be believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(super) rows: &'static [Table],
    pub(crate) cover: Table,
}

/// Looks at hosts.
pub(super) static LOOKS: Group =
    Group { rows: &[Table::Sockets, Table::Aggregates], cover: Table::Snapshots };

/// Events, and when they were received.
pub(super) static EVENTS: Group = Group { rows: &[Table::Events], cover: Table::EventSpans };

impl Group {
    /// All of them.
    pub(super) const ALL: [&'static Group; 2] = [&LOOKS, &EVENTS];

    /// That of a table.
    pub(crate) fn of(table: Table) -> &'static Group {
        match table {
            Table::Sockets | Table::Aggregates | Table::Snapshots => &LOOKS,
            Table::Events | Table::EventSpans => &EVENTS,
        }
    }

    /// Deletes the files of a name, in the order in which that is harmless whenever it ends. Returns how many
    /// were there.
    pub(super) fn remove(&self, root: &Path, below: &Path) -> Result<u64, Error> {
        let mut removed = 0;
        for table in self.tables() {
            removed += u64::from(remove(&root.join(table.name()).join(below))?);
        }
        Ok(removed)
    }

    /// Its tables, the cover first.
    pub(super) fn tables(&self) -> impl Iterator<Item = Table> {
        std::iter::once(self.cover).chain(self.rows.iter().copied())
    }
}
