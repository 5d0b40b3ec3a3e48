//! Tables of packet and of netlink sockets.

use proptest::{collection::vec, option, prelude::*};

use super::inet::{edges64, host};
use crate::{naive, render};

/// A file of packet sockets.
pub fn packet() -> impl Strategy<Value = Vec<u8>> {
    let numbers = (any::<u32>(), any::<u16>(), any::<u16>(), any::<u32>());
    let row = (any::<u64>(), numbers, any::<bool>(), any::<u32>(), any::<u32>(), edges64());
    (host(), vec(row, 0..5)).prop_map(|(host, rows)| {
        let mut file = render::packet::heading(host).into_bytes();
        for (pointer, (refs, kind, protocol, interface), running, rx_queue, uid, inode) in rows {
            let pointer = host.word.pointer(pointer).into_bytes();
            file.extend(render::packet::row(
                host,
                &naive::packet::Row {
                    pointer,
                    refs,
                    kind,
                    protocol,
                    interface,
                    running,
                    rx_queue,
                    uid,
                    inode,
                },
            ));
        }
        file
    })
}

/// A file of netlink sockets.
pub fn netlink_table() -> impl Strategy<Value = Vec<u8>> {
    let numbers = (any::<u16>(), any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>());
    let state = (option::of(any::<bool>()), any::<u32>(), any::<u32>());
    (host(), vec((any::<u64>(), numbers, state, edges64()), 0..5)).prop_map(|(host, rows)| {
        let mut file = render::netlink_table::heading(host).as_bytes().to_vec();
        for (pointer, numbers, (dumping, refs, drops), inode) in rows {
            let (protocol, port, groups, rx_queue, tx_queue) = numbers;
            let pointer = host.word.pointer(pointer).into_bytes();
            file.extend(render::netlink_table::row(
                host,
                &naive::netlink_table::Row {
                    pointer,
                    protocol,
                    port,
                    groups,
                    rx_queue,
                    tx_queue,
                    dumping,
                    refs,
                    drops: Some(drops),
                    inode,
                },
            ));
        }
        file
    })
}
