//! Random files.

use proptest::{collection::vec, prelude::*};

use super::{naive, render};
use crate::{
    generate::{edges64, host, in_file},
    table::Variant,
};

pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let numbers = (any::<u32>(), any::<u16>(), any::<u16>(), any::<u32>());
    let row = (any::<u64>(), numbers, any::<bool>(), any::<u32>(), any::<u32>(), edges64());
    (host(), vec(row, 0..5))
        .prop_map(|(host, rows)| {
            let mut file = render::heading(host).into_bytes();
            for (pointer, (refs, kind, protocol, interface), running, rx_queue, uid, inode) in rows
            {
                let pointer = host.word.pointer(pointer).into_bytes();
                file.extend(render::row(
                    host,
                    &naive::Row {
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
        .prop_map(in_file("net/packet"))
        .boxed()
}
