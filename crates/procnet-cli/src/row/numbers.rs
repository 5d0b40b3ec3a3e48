//! Numbers whose names come from the kernel's heading.

use serde::Serializer as _;

use crate::output::{Cells, Column, Header, Keep, Row, Shape};

/// A number for each name. Names are already escaped.
pub(crate) struct Numbers<'a> {
    pub(crate) names: &'a [String],
    pub(crate) values: &'a [u64],
}

impl Numbers<'_> {
    pub(crate) fn header(names: &[String], vertical: bool) -> Header {
        let column = |(at, name): (usize, &String)| {
            // The first column identifies the row.
            let keep = if at == 0 { Keep::Always } else { Keep::UnlessZero };
            Column::new(name.clone(), Shape::Number, keep)
        };
        let columns = names.iter().enumerate().map(column).collect();
        Header { keys: names.to_vec(), columns, vertical }
    }
}

impl Row for Numbers<'_> {
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::Serializer::new(out).collect_map(self.names.iter().zip(self.values))
    }

    fn values(&self, cells: &mut Cells) {
        for value in self.values {
            cells.push(value);
        }
    }

    fn cells(&self, cells: &mut Cells) {
        self.values(cells);
    }
}
