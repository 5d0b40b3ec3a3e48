//! A count of sockets by one attribute.

use serde::Serialize;

use super::{Columns, Record};
use crate::output::{
    Cells,
    Keep::Always,
    Shape::{List, Number, Word},
};

#[derive(Serialize)]
pub(crate) struct CountRow<'a> {
    /// The attribute: `total`, `state`, `port`, `uid`, `rx_queue`, `tx_queue` or `kernel`.
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

/// All counts by one attribute, for people.
#[derive(Serialize)]
pub(crate) struct CountsRow<'a> {
    pub(crate) name: &'a str,
    pub(crate) sockets: u64,
    /// Items of a list.
    pub(crate) counts: &'a str,
}

impl Record for CountsRow<'_> {
    const KEYS: &'static [&'static str] = &["name", "sockets", "counts"];
    const COLUMNS: Columns =
        &[("By", Word, Always), ("Sockets", Number, Always), ("Of these", List, Always)];

    fn values(&self, cells: &mut Cells) {
        cells.text(self.name);
        cells.push(self.sockets);
        cells.text(self.counts);
    }
}
