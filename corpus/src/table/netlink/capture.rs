//! The table in the rendered captures.

use super::{naive::Row, render};
use crate::render::{Host, Kernel};

/// Netlink sockets: the kernel's, the first and second of a process, and one with drops and a
/// running dump.
pub(super) fn table(host: Host) -> Vec<u8> {
    let mut file = render::heading(host).as_bytes().to_vec();
    let rows = [
        (0, 0, 0, 0, 0, false, 2, 0, 4),
        (0, 837, 0x111, 0, 0, false, 2, 0, 35_337),
        (0, 4_294_963_149, 0x8004_05D5, 213_504, 768, true, 3, u32::MAX, 29_791),
        (15, 837, 1, 0, 0, false, 2, 12, 812),
        (16, 0, 0, 0, 0, false, 2, 0, 0),
        (31, 811, u32::MAX, 1, 2, false, 4, 3, 4_294_967_295),
    ];
    let full = host.kernel > Kernel::V2_6_24;
    for (at, (protocol, port, groups, rx_queue, tx_queue, dumping, refs, drops, inode)) in
        rows.into_iter().enumerate()
    {
        let (pointer, drops) = (pointer(host, at), full.then_some(drops));
        let dumping = Some(dumping);
        file.extend(render::row(
            host,
            &Row {
                pointer,
                protocol,
                port,
                groups,
                rx_queue,
                tx_queue,
                dumping,
                refs,
                drops,
                inode,
            },
        ));
    }
    file
}

fn pointer(host: Host, at: usize) -> Vec<u8> {
    host.pointer(0xFFFF_9B61_B56C_1800 + at as u64 * 0x800).into_bytes()
}
