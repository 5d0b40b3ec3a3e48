//! A count of sockets by one attribute.

use serde::Serialize;

use super::{Columns, Record};
use crate::output::{
    Cells,
    Keep::Always,
    Shape::{Number, Word},
};

#[derive(Serialize)]
pub(crate) struct CountRow<'a> {
    /// The attribute: `state`, `port`, `uid`, `rx_queue` or `tx_queue`.
    pub(crate) by: &'a str,
    pub(crate) kind: Option<&'a str>,
    pub(crate) key: &'a str,
    pub(crate) sockets: u64,
}

impl Record for CountRow<'_> {
    const KEYS: &'static [&'static str] = &["by", "kind", "key", "sockets"];
    const COLUMNS: Columns = &[
        ("By", Word, Always),
        ("Kind", Word, Always),
        ("Key", Word, Always),
        ("Sockets", Number, Always),
    ];

    fn values(&self, cells: &mut Cells) {
        cells.text(self.by);
        cells.text(self.kind.unwrap_or_default());
        cells.text(self.key);
        cells.push(self.sockets);
    }
}
