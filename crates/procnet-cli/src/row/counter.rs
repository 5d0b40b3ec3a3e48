//! One counter of a protocol.

use serde::Serialize;

use crate::output::{Cells, Column, Header, Keep, Row, Shape};

/// Names are escaped already.
#[derive(Serialize)]
pub(crate) struct CounterRow<'a> {
    pub(crate) protocol: &'a str,
    pub(crate) name: &'a str,
    pub(crate) value: i128,
}

impl CounterRow<'_> {
    pub(crate) fn header() -> Header {
        let column = |(title, shape)| Column::new(title, shape, Keep::Always);
        let columns = [("Protocol", Shape::Word), ("Name", Shape::Word), ("Value", Shape::Number)];
        Header {
            keys: ["protocol", "name", "value"].map(str::to_owned).to_vec(),
            columns: columns.map(column).to_vec(),
            upright: false,
        }
    }
}

impl Row for CounterRow<'_> {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(line, self)
    }

    fn csv(&self, cells: &mut Cells) {
        cells.push(self.protocol);
        cells.push(self.name);
        cells.push(self.value);
    }

    fn table(&self, cells: &mut Cells) {
        self.csv(cells);
    }
}
