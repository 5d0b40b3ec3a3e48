//! The table as kernels print it.

use procnet_core::network::ptype::{PacketType, Row};

use crate::render::{
    Host,
    fields::{line, padded},
};

/// The heading, with its `\n`.
pub const HEADING: &str = "Type Device      Function\n";

/// A row, with its `\n`: net/core/net-procfs.c `ptype_seq_show`. The function, whose format
/// differs between kernels, is printed as it is in the row.
#[must_use]
pub fn row(_: Host, row: &Row<'_>) -> Vec<u8> {
    let kind = match row.kind {
        PacketType::ALL => "ALL ".to_owned(),
        PacketType(number) => format!("{number:04x}"),
    };
    let device = padded(row.device.unwrap_or_default(), -8);
    line(&[kind.as_bytes(), b" ", &device, b" ", row.function.as_bytes()])
}
