//! A counter of a protocol.

use serde::Serialize;

use super::{Columns, Record};
use crate::output::{
    Cells,
    Keep::Always,
    Shape::{Number, Word},
};

/// Names are already escaped.
#[derive(Serialize)]
pub(crate) struct CounterRow<'a> {
    pub(crate) protocol: &'a str,
    pub(crate) name: &'a str,
    pub(crate) value: i128,
}

impl Record for CounterRow<'_> {
    const KEYS: &'static [&'static str] = &["protocol", "name", "value"];
    const COLUMNS: Columns =
        &[("Protocol", Word, Always), ("Name", Word, Always), ("Value", Number, Always)];

    fn values(&self, cells: &mut Cells) {
        cells.text(self.protocol);
        cells.text(self.name);
        cells.push(self.value);
    }
}
