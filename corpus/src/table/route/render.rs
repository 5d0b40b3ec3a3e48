//! The table as kernels print it.

use procnet_core::network::route::Row;

use crate::render::{
    Host, Kernel,
    fields::{padded, word},
};

/// The heading, with its `\n`.
pub const HEADING: &str = concat!(
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "                                                       \n"
);

/// A row, with its `\n`: net/ipv4/fib_trie.c `fib_route_seq_show`, padded to 127 bytes. Up to
/// 6.12 the metric was printed with a sign.
#[must_use]
pub fn row(host: Host, row: &Row<'_>) -> Vec<u8> {
    let metric = match host.kernel <= Kernel::V6_12 {
        true => row.metric.cast_signed().to_string(),
        false => row.metric.to_string(),
    };
    let numbers = format!(
        "\t{}\t{}\t{:04X}\t{}\t{}\t{metric}\t{}\t{}\t{}\t{}",
        word(row.destination, host.order),
        word(row.gateway, host.order),
        row.flags.0,
        row.references.cast_signed(),
        row.uses,
        word(row.mask, host.order),
        row.mtu.cast_signed(),
        row.window,
        row.irtt,
    );
    let mut line = padded(&[row.device, numbers.as_bytes()].concat(), -127);
    line.push(b'\n');
    line
}
