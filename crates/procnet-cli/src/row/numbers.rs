//! Numbers under names that only the kernel's own heading tells.

use serde::Serializer as _;

use crate::output::{Cells, Column, Header, Keep, Row, Shape};

/// A number for each name. Names are escaped already.
pub(crate) struct Numbers<'a> {
    pub(crate) names: &'a [String],
    pub(crate) values: &'a [u64],
}

impl Numbers<'_> {
    pub(crate) fn header(names: &[String], upright: bool) -> Header {
        let column = |(at, name): (usize, &String)| {
            // The first says whose numbers they are.
            let keep = if at == 0 { Keep::Always } else { Keep::UnlessZero };
            Column::new(name.clone(), Shape::Number, keep)
        };
        let columns = names.iter().enumerate().map(column).collect();
        Header { keys: names.to_vec(), columns, upright }
    }
}

impl Row for Numbers<'_> {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::Serializer::new(line).collect_map(self.names.iter().zip(self.values))
    }

    fn csv(&self, cells: &mut Cells) {
        for value in self.values {
            cells.push(value);
        }
    }

    fn table(&self, cells: &mut Cells) {
        self.csv(cells);
    }
}
