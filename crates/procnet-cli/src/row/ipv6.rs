//! One counter of IPv6, of the host or of an interface.

use serde::Serialize;

use crate::output::{Cells, Column, Header, Keep, Row, Shape};

/// Names are escaped already.
#[derive(Serialize)]
pub(crate) struct Ipv6Row<'a> {
    /// `None` for the host as a whole.
    pub(crate) interface: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) value: u64,
}

impl Ipv6Row<'_> {
    pub(crate) fn header() -> Header {
        let column = |(title, shape)| Column::new(title, shape, Keep::Always);
        let columns = [("Interface", Shape::Word), ("Name", Shape::Word), ("Value", Shape::Number)];
        Header {
            keys: ["interface", "name", "value"].map(str::to_owned).to_vec(),
            columns: columns.map(column).to_vec(),
            upright: false,
        }
    }
}

impl Row for Ipv6Row<'_> {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(line, self)
    }

    fn csv(&self, cells: &mut Cells) {
        cells.push_option(self.interface);
        cells.push(self.name);
        cells.push(self.value);
    }

    fn table(&self, cells: &mut Cells) {
        self.csv(cells);
    }
}
