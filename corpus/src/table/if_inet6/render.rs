//! The table as kernels print it.

use procnet_core::network::if_inet6::Row;

use crate::render::{
    Host,
    fields::{line, packed, padded},
};

/// The table has no heading.
pub const HEADING: &str = "";

/// A row, with its `\n`: net/ipv6/addrconf.c `if6_seq_show`.
#[must_use]
pub fn row(_: Host, row: &Row<'_>) -> Vec<u8> {
    let numbers = format!(
        "{} {:02x} {:02x} {:02x} {:02x} ",
        packed(row.address),
        row.index,
        row.prefix_length,
        row.scope.0,
        row.flags.0,
    );
    line(&[numbers.as_bytes(), &padded(row.device, 8)])
}
