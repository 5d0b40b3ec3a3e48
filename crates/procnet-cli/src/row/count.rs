//! How many sockets have something in common.

use serde::Serialize;

use crate::output::{Cells, Column, Header, Keep, Row, Shape};

#[derive(Serialize)]
pub(crate) struct CountRow<'a> {
    /// What they have in common: `state`, `port`, `uid`, `rx_queue` or `tx_queue`.
    pub(crate) by: &'a str,
    pub(crate) kind: Option<&'a str>,
    pub(crate) key: &'a str,
    pub(crate) sockets: u64,
}

impl CountRow<'_> {
    pub(crate) fn header() -> Header {
        let column = |(title, shape)| Column::new(title, shape, Keep::Always);
        let columns = [
            ("By", Shape::Word),
            ("Kind", Shape::Word),
            ("Key", Shape::Word),
            ("Sockets", Shape::Number),
        ];
        Header {
            keys: ["by", "kind", "key", "sockets"].map(str::to_owned).to_vec(),
            columns: columns.map(column).to_vec(),
            upright: false,
        }
    }
}

impl Row for CountRow<'_> {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(line, self)
    }

    fn csv(&self, cells: &mut Cells) {
        cells.push(self.by);
        cells.push(self.kind.unwrap_or_default());
        cells.push(self.key);
        cells.push(self.sockets);
    }

    fn table(&self, cells: &mut Cells) {
        self.csv(cells);
    }
}
