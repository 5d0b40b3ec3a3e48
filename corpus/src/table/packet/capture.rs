//! The table in the rendered captures.

use super::{naive::Row, render};
use crate::render::Host;

/// Packet sockets of every type: on one interface, on all, and on one that is down.
pub(super) fn table(host: Host) -> Vec<u8> {
    let mut file = render::heading(host).into_bytes();
    let rows = [
        (3, 3, 0x0003, 2, true, 4_096, 0, 811),
        (3, 2, 0x88CC, 0, true, 0, 101, 34_754),
        (4, 10, 0x0800, i32::MAX.unsigned_abs(), false, i32::MAX.unsigned_abs(), u32::MAX - 1, 99),
        (2, 3, 0x0000, 0, false, 0, 1000, 0),
    ];
    for (at, (refs, kind, protocol, interface, running, rx_queue, uid, inode)) in
        rows.into_iter().enumerate()
    {
        let pointer = pointer(host, at);
        file.extend(render::row(
            host,
            &Row { pointer, refs, kind, protocol, interface, running, rx_queue, uid, inode },
        ));
    }
    file
}

fn pointer(host: Host, at: usize) -> Vec<u8> {
    host.pointer(0xFFFF_9B61_B56C_1800 + at as u64 * 0x800).into_bytes()
}
