//! The table as kernels print it.

use procnet_core::network::ipv6_route::Row;

use crate::render::{
    Host,
    fields::{line, packed, padded},
};

/// The table has no heading.
pub const HEADING: &str = "";

/// A row, with its `\n`: net/ipv6/ip6_fib.c `ipv6_route_native_seq_show`.
#[must_use]
pub fn row(_: Host, row: &Row<'_>) -> Vec<u8> {
    let numbers = format!(
        "{} {:02x} {} {:02x} {} {:08x} {:08x} {:08x} {:08x} ",
        packed(row.destination),
        row.destination_length,
        packed(row.source),
        row.source_length,
        packed(row.gateway),
        row.metric,
        row.references,
        row.uses,
        row.flags.0,
    );
    line(&[numbers.as_bytes(), &padded(row.device.unwrap_or_default(), 8)])
}
