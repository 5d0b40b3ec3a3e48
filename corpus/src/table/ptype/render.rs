//! Takers of packets.

use procnet_core::network::ptype::{PacketType, Row};

use crate::render::{
    Host,
    fields::{line, padded},
};

/// The heading, with its `\n`.
#[must_use]
pub fn heading(_: Host) -> &'static str {
    "Type Device      Function\n"
}

/// A row, with its `\n`: net/core/net-procfs.c `ptype_seq_show`. How the function is printed
/// differs between kernels, and is the row's own.
#[must_use]
pub fn row(_: Host, row: &Row<'_>) -> Vec<u8> {
    let kind = match row.kind {
        PacketType::ALL => "ALL ".to_owned(),
        PacketType(number) => format!("{number:04x}"),
    };
    let device = padded(row.device.unwrap_or_default(), -8);
    line(&[kind.as_bytes(), b" ", &device, b" ", row.function.as_bytes()])
}
