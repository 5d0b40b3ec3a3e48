//! Packet and netlink sockets.

use crate::{
    naive::{netlink_table::Row as Netlink, packet::Row as Packet},
    render::{Host, Kernel, netlink_table, packet},
};

fn pointer(host: Host, at: usize) -> Vec<u8> {
    host.pointer(0xFFFF_9B61_B56C_1800 + at as u64 * 0x800).into_bytes()
}

/// Packet sockets of every type: of one interface, of all, of one that is down.
pub(super) fn packets(host: Host) -> Vec<u8> {
    let mut file = packet::heading(host).into_bytes();
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
        file.extend(packet::row(
            host,
            &Packet { pointer, refs, kind, protocol, interface, running, rx_queue, uid, inode },
        ));
    }
    file
}

/// Netlink sockets: the kernel's, a process's, its second, one that lost messages in a dump.
pub(super) fn netlinks(host: Host) -> Vec<u8> {
    let mut file = netlink_table::heading(host).as_bytes().to_vec();
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
        file.extend(netlink_table::row(
            host,
            &Netlink {
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
