//! A network interface and its counters.

use procnet::Interface;

use crate::output::{Cells, Column, Header, Keep, Row, Shape};

const KEYS: [&str; 17] = [
    "name",
    "rx_bytes",
    "rx_packets",
    "rx_errs",
    "rx_drop",
    "rx_fifo",
    "rx_frame",
    "rx_compressed",
    "rx_multicast",
    "tx_bytes",
    "tx_packets",
    "tx_errs",
    "tx_drop",
    "tx_fifo",
    "tx_colls",
    "tx_carrier",
    "tx_compressed",
];

pub(crate) struct InterfaceRow<'a>(pub(crate) &'a Interface);

impl InterfaceRow<'_> {
    pub(crate) fn header() -> Header {
        let column = |key: &'static str| match key {
            "name" => Column::new(key, Shape::Word, Keep::Always),
            _ if key.ends_with("bytes") || key.ends_with("packets") => {
                Column::new(key, Shape::Number, Keep::Always)
            }
            // Faults: mostly none.
            _ => Column::new(key, Shape::Number, Keep::UnlessZero),
        };
        Header {
            keys: KEYS.map(str::to_owned).to_vec(),
            columns: KEYS.map(column).to_vec(),
            upright: false,
        }
    }
}

impl Row for InterfaceRow<'_> {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(line, self.0)
    }

    fn csv(&self, cells: &mut Cells) {
        cells.push(&self.0.name);
        for value in <[u64; 16]>::from(self.0.counters) {
            cells.push(value);
        }
    }

    fn table(&self, cells: &mut Cells) {
        self.csv(cells);
    }
}
