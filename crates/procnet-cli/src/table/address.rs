//! IPv6 addresses of interfaces.

use procnet::network::InterfaceAddress;

use super::listing::prefix;
use crate::{
    output::{
        Cells,
        Keep::{Always, IfRoom},
        Shape::{Address, Number, Word},
    },
    row::{Columns, Record},
};

impl Record for InterfaceAddress {
    const KEYS: &'static [&'static str] =
        &["interface", "index", "address", "prefix_length", "scope", "flags"];
    const COLUMNS: Columns = &[
        ("Interface", Word, Always),
        ("Index", Number, IfRoom),
        ("Address", Address, Always),
        ("Scope", Word, Always),
        ("Flags", Word, Always),
    ];

    fn values(&self, cells: &mut Cells) {
        cells.push(&self.interface);
        cells.push(self.index);
        cells.push(self.address);
        cells.push(self.prefix_length);
        cells.push(self.scope);
        cells.push(self.flags);
    }

    fn cells(&self, cells: &mut Cells) {
        cells.push(&self.interface);
        cells.push(self.index);
        prefix(cells, Some(self.address), Some(self.prefix_length));
        cells.push(self.scope);
        cells.push(self.flags);
    }
}
