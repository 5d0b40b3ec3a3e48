//! What a CPU did with packets.

use serde::Serialize;

use crate::output::{BETWEEN, Cells, Column, Header, Keep, Row, Shape};

/// What a kernel does not tell is `None`. Of all CPUs together, numbers have more than 32 bits.
#[derive(Default, Serialize)]
pub(crate) struct SoftnetRow {
    pub(crate) cpu: Option<u32>,
    pub(crate) processed: Option<u64>,
    pub(crate) dropped: Option<u64>,
    pub(crate) time_squeeze: Option<u64>,
    pub(crate) cpu_collision: Option<u64>,
    pub(crate) received_rps: Option<u64>,
    pub(crate) flow_limit_count: Option<u64>,
    pub(crate) backlog_len: Option<u64>,
    pub(crate) input_qlen: Option<u64>,
    pub(crate) process_qlen: Option<u64>,
    /// The columns that newer kernels have, in their order.
    pub(crate) further: Vec<u64>,
}

const KEYS: [&str; 11] = [
    "cpu",
    "processed",
    "dropped",
    "time_squeeze",
    "cpu_collision",
    "received_rps",
    "flow_limit_count",
    "backlog_len",
    "input_qlen",
    "process_qlen",
    "further",
];

impl SoftnetRow {
    /// From columns under their names.
    pub(crate) fn new<'a>(
        cpu: Option<u32>,
        columns: impl Iterator<Item = (&'a str, u64)>,
    ) -> SoftnetRow {
        let mut row = SoftnetRow { cpu, ..SoftnetRow::default() };
        for (name, value) in columns {
            match row.field(name) {
                Some(field) => *field = Some(value),
                None => row.further.push(value),
            }
        }
        row
    }

    fn field(&mut self, name: &str) -> Option<&mut Option<u64>> {
        Some(match name {
            "processed" => &mut self.processed,
            "dropped" => &mut self.dropped,
            "time_squeeze" => &mut self.time_squeeze,
            "cpu_collision" => &mut self.cpu_collision,
            "received_rps" => &mut self.received_rps,
            "flow_limit_count" => &mut self.flow_limit_count,
            "backlog_len" => &mut self.backlog_len,
            "input_qlen" => &mut self.input_qlen,
            "process_qlen" => &mut self.process_qlen,
            _ => return None,
        })
    }

    pub(crate) fn header() -> Header {
        let column = |key: &'static str| match key {
            "cpu" | "processed" | "dropped" | "time_squeeze" => {
                Column::new(key, Shape::Number, Keep::Always)
            }
            "further" => Column::new(key, Shape::List, Keep::UnlessZero),
            _ => Column::new(key, Shape::Number, Keep::UnlessZero),
        };
        Header {
            keys: KEYS.map(str::to_owned).to_vec(),
            columns: KEYS.map(column).to_vec(),
            upright: false,
        }
    }

    fn cells(&self, cells: &mut Cells, between: &str) {
        cells.push_option(self.cpu);
        for value in [
            self.processed,
            self.dropped,
            self.time_squeeze,
            self.cpu_collision,
            self.received_rps,
            self.flow_limit_count,
            self.backlog_len,
            self.input_qlen,
            self.process_qlen,
        ] {
            cells.push_option(value);
        }
        let further: Vec<String> = self.further.iter().map(u64::to_string).collect();
        cells.push(further.join(between));
    }
}

impl Row for SoftnetRow {
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
