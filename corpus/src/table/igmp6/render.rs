//! The table as kernels print it.

use procnet_core::network::igmp6::Row;

use crate::render::{
    Host,
    fields::{line, packed, padded},
};

/// The table has no heading.
pub const HEADING: &str = "";

/// A row, with its `\n`: net/ipv6/mcast.c `igmp6_mc_seq_show`.
#[must_use]
pub fn row(_: Host, row: &Row<'_>) -> Vec<u8> {
    let index = format!("{:<4} ", row.index.cast_signed());
    let rest = format!(
        " {} {:>5} {:08X} {}",
        packed(row.group),
        row.users.cast_signed(),
        row.flags.0,
        row.ticks
    );
    line(&[index.as_bytes(), &padded(row.device, -15), rest.as_bytes()])
}
