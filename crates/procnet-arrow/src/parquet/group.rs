//! Tables whose files belong together.

use std::path::Path;

use super::disk::remove;
use crate::{Table, error::Error};

/// Tables with files of the same name. A row of one of them says what the rows of the others cover, so its
/// file is the last to be there, and the first to be deleted: rows without it are ignored, and it without
/// them would be believed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) rows: &'static [Table],
    pub(super) cover: Table,
}

/// Looks at hosts.
pub(super) static LOOKS: Group =
    Group { rows: &[Table::Sockets, Table::Aggregates], cover: Table::Snapshots };

/// Events, and when they were received.
pub(super) static EVENTS: Group = Group { rows: &[Table::Events], cover: Table::EventSpans };

impl Group {
    /// All of them.
    pub(super) const ALL: [&'static Group; 2] = [&LOOKS, &EVENTS];

    /// Deletes the files of a name, in the order in which that is harmless whenever it ends.
    pub(super) fn remove(&self, root: &Path, below: &Path) -> Result<(), Error> {
        for table in std::iter::once(&self.cover).chain(self.rows) {
            remove(&root.join(table.name()).join(below))?;
        }
        Ok(())
    }

    /// Its tables.
    pub(super) fn tables(&self) -> impl Iterator<Item = Table> {
        std::iter::once(self.cover).chain(self.rows.iter().copied())
    }
}
