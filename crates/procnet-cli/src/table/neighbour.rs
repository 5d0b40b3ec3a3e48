//! IPv4 neighbours: the ARP table.

use procnet::network::Neighbour;

use crate::{
    output::{
        Cells,
        Keep::{Always, IfRoom},
        Shape::{Address, Number, Word},
    },
    row::{Columns, Record},
};

impl Record for Neighbour {
    const KEYS: &'static [&'static str] =
        &["address", "hardware_address", "hardware_type", "flags", "interface"];
    const COLUMNS: Columns = &[
        ("Address", Address, Always),
        ("HW Address", Word, Always),
        ("HW Type", Number, IfRoom),
        ("Flags", Word, Always),
        ("Interface", Word, Always),
    ];

    fn values(&self, cells: &mut Cells) {
        cells.push(self.address);
        cells.push_option(self.hardware_address.as_ref());
        cells.push(self.hardware_type);
        cells.push(self.flags);
        cells.push_option(self.interface.as_ref());
    }
}
