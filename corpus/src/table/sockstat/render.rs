//! The files as kernels print them.

use crate::render::{Host, Kernel};

/// A line, with its `\n`: net/ipv4/proc.c `sockstat_seq_show`, net/ipv6/proc.c
/// `sockstat6_seq_show`.
#[must_use]
pub fn row(prefix: &[u8], values: &[(Vec<u8>, i128)]) -> Vec<u8> {
    let mut line = [prefix, b":"].concat();
    for (name, value) in values {
        line.push(b' ');
        line.extend(name);
        line.extend(format!(" {value}").bytes());
    }
    line.push(b'\n');
    line
}

/// The counters of a host in its order: prefixes, and the names of each.
#[must_use]
pub fn names(host: Host) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut udp = vec!["inuse"];
    if host.kernel > Kernel::V2_6_24 {
        udp.push("mem");
    }
    let mut rows = vec![
        ("sockets", vec!["used"]),
        ("TCP", vec!["inuse", "orphan", "tw", "alloc", "mem"]),
        ("UDP", udp),
    ];
    if host.kernel < Kernel::V7_2 {
        rows.push(("UDPLITE", vec!["inuse"]));
    }
    rows.extend([("RAW", vec!["inuse"]), ("FRAG", vec!["inuse", "memory"])]);
    rows
}

/// The same for IPv6.
#[must_use]
pub fn names6(host: Host) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut rows = vec![("TCP6", vec!["inuse"]), ("UDP6", vec!["inuse"])];
    if host.kernel < Kernel::V7_2 {
        rows.push(("UDPLITE6", vec!["inuse"]));
    }
    rows.extend([("RAW6", vec!["inuse"]), ("FRAG6", vec!["inuse", "memory"])]);
    rows
}
