//! Packet handlers: functions of the kernel that receive packets.

use procnet::network::PacketHandler;

use crate::{
    output::{Cells, Keep::Always, Shape::Word},
    row::{Columns, Record},
};

impl Record for PacketHandler {
    const KEYS: &'static [&'static str] = &["packet_type", "interface", "function", "module"];
    const COLUMNS: Columns = &[
        ("Type", Word, Always),
        ("Interface", Word, Always),
        ("Function", Word, Always),
        ("Module", Word, Always),
    ];

    fn values(&self, cells: &mut Cells) {
        cells.push(self.packet_type);
        cells.push_option(self.interface.as_ref());
        cells.push(&self.function);
        cells.push_option(self.module.as_ref());
    }
}
