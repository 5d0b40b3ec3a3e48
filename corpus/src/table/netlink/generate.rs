//! Random files.

use proptest::{collection::vec, option, prelude::*};

use super::{naive, render};
use crate::{
    generate::{edges64, host, in_file},
    table::Variant,
};

pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let numbers = (any::<u16>(), any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>());
    let state = (option::of(any::<bool>()), any::<u32>(), any::<u32>());
    (host(), vec((any::<u64>(), numbers, state, edges64()), 0..5))
        .prop_map(|(host, rows)| {
            let mut file = render::heading(host).as_bytes().to_vec();
            for (pointer, numbers, (dumping, refs, drops), inode) in rows {
                let (protocol, port, groups, rx_queue, tx_queue) = numbers;
                let pointer = host.word.pointer(pointer).into_bytes();
                file.extend(render::row(
                    host,
                    &naive::Row {
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
        .prop_map(in_file("net/netlink"))
        .boxed()
}
