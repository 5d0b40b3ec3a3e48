//! Rows with fixed columns, which are serialized as they are.

use serde::Serialize;

use crate::output::{Cells, Column, Header, Keep, Row, Shape};

/// Columns of a table: title, content, and when they are left out.
pub(crate) type Columns = &'static [(&'static str, Shape, Keep)];

/// A row with fixed columns.
pub(crate) trait Record: Serialize {
    /// The keys of its object, in order.
    const KEYS: &'static [&'static str];
    /// The columns of the table.
    const COLUMNS: Columns;

    /// Pushes a value for each key.
    fn values(&self, cells: &mut Cells);

    /// Pushes a cell for each column.
    fn cells(&self, cells: &mut Cells) {
        self.values(cells);
    }
}

impl Header {
    /// The header of a record.
    pub(crate) fn of<T: Record>() -> Header {
        let column =
            |(title, shape, keep): &(&'static str, _, _)| Column::new(*title, *shape, *keep);
        Header {
            keys: T::KEYS.iter().map(|key| (*key).to_owned()).collect(),
            columns: T::COLUMNS.iter().map(column).collect(),
            vertical: false,
        }
    }
}

impl<T: Record> Row for T {
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(out, self)
    }

    fn values(&self, cells: &mut Cells) {
        Record::values(self, cells);
    }

    fn cells(&self, cells: &mut Cells) {
        Record::cells(self, cells);
    }
}
