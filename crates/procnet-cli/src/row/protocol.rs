//! A protocol that the kernel has registered.

use serde::Serialize;

use crate::output::{BETWEEN, Cells, Column, Header, Keep, Row, Shape};

/// Texts are escaped already.
#[derive(Serialize)]
pub(crate) struct ProtocolRow {
    pub(crate) protocol: String,
    pub(crate) size: u32,
    pub(crate) sockets: Option<u32>,
    pub(crate) memory: Option<u64>,
    pub(crate) pressure: Option<bool>,
    pub(crate) max_header: u32,
    pub(crate) slab: bool,
    pub(crate) module: String,
    /// Those that it has.
    pub(crate) methods: Vec<String>,
}

impl ProtocolRow {
    pub(crate) fn header() -> Header {
        let columns = [
            ("protocol", "Protocol", Shape::Word, Keep::Always),
            ("size", "Size", Shape::Number, Keep::IfRoom),
            ("sockets", "Sockets", Shape::Number, Keep::Always),
            ("memory", "Memory", Shape::Number, Keep::Always),
            ("pressure", "Pressure", Shape::Word, Keep::Always),
            ("max_header", "MaxHeader", Shape::Number, Keep::IfRoom),
            ("slab", "Slab", Shape::Word, Keep::IfRoom),
            ("module", "Module", Shape::Word, Keep::Always),
            ("methods", "Methods", Shape::List, Keep::IfRoom),
        ];
        Header {
            keys: columns.map(|(key, ..)| key.to_owned()).to_vec(),
            columns: columns
                .map(|(_, title, shape, keep)| Column::new(title, shape, keep))
                .to_vec(),
            upright: false,
        }
    }

    fn cells(&self, cells: &mut Cells, between: &str) {
        cells.push(&self.protocol);
        cells.push(self.size);
        cells.push_option(self.sockets);
        cells.push_option(self.memory);
        cells.push_option(self.pressure);
        cells.push(self.max_header);
        cells.push(self.slab);
        cells.push(&self.module);
        cells.push(self.methods.join(between));
    }
}

impl Row for ProtocolRow {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(line, self)
    }

    fn csv(&self, cells: &mut Cells) {
        self.cells(cells, ";");
    }

    fn table(&self, cells: &mut Cells) {
        self.cells(cells, BETWEEN.encode_utf8(&mut [0; 4]));
    }
}
