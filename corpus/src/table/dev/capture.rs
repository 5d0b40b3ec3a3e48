//! The table in the rendered captures.

use super::{naive::Row, render};
use crate::render::{Host, Kernel};

/// An idle interface, a busy one, one with 64-bit maximums, and odd names.
pub(super) fn table(host: Host) -> Vec<u8> {
    let mut file = render::HEADING.as_bytes().to_vec();
    let busy = [987_654_321_012, 600_500_400, 1, 20, 0, 3, 0, 70_007];
    let sent = [123_456_789_012, 300_200_100, 0, 5, 0, 0, 2, 0];
    let mut both = [0; 16];
    both[..8].copy_from_slice(&busy);
    both[8..].copy_from_slice(&sent);
    let mut rows: Vec<(&[u8], [u64; 16])> = vec![
        (b"lo", [7; 16]),
        (b"eth0", both),
        (b"15charsname_567", [u64::MAX; 16]),
        (b"Inter-|", [0; 16]),
        (b"\xFFx|y", [0; 16]),
    ];
    // A kernel after 3.0 stopped accepting a colon in a name, as aliases had.
    if host.kernel <= Kernel::V3_0 {
        rows.push((b"eth0:1", [12_345_678; 16]));
    }
    for (name, counters) in rows {
        file.extend(render::row(host, &Row { name: name.to_vec(), counters }));
    }
    file
}
