//! Rows whose object is the library's own: keys for programs, columns for people.

use serde::Serialize;

use crate::output::{Cells, Column, Header, Keep, Row, Shape};

/// Something that is printed as one object.
pub(crate) trait Record: Serialize {
    /// The keys of its object, in order: the columns of CSV.
    const KEYS: &'static [&'static str];
    /// The columns of the table.
    const COLUMNS: &'static [(&'static str, Shape, Keep)];

    /// Pushes a cell for each key.
    fn csv(&self, cells: &mut Cells);

    /// Pushes a cell for each column.
    fn table(&self, cells: &mut Cells) {
        self.csv(cells);
    }
}

pub(crate) struct RecordRow<'a, T>(pub(crate) &'a T);

impl<T: Record> RecordRow<'_, T> {
    pub(crate) fn header() -> Header {
        let column =
            |(title, shape, keep): &(&'static str, Shape, Keep)| Column::new(*title, *shape, *keep);
        Header {
            keys: T::KEYS.iter().map(|key| (*key).to_owned()).collect(),
            columns: T::COLUMNS.iter().map(column).collect(),
            upright: false,
        }
    }
}

impl<T: Record> Row for RecordRow<'_, T> {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(line, self.0)
    }

    fn csv(&self, cells: &mut Cells) {
        self.0.csv(cells);
    }

    fn table(&self, cells: &mut Cells) {
        self.0.table(cells);
    }
}
