//! Random files.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{naive, render};
use crate::{
    generate::{edges64, host, in_file, name},
    table::Variant,
};

pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let states = (0..3_u32, select(vec![0, 1 << 16, u32::MAX]), any::<u16>(), any::<u8>());
    let row = (any::<u64>(), states, edges64(), option::of(name(108)));
    (host(), vec(row, 0..5))
        .prop_map(|(host, rows)| {
            let mut file = render::HEADING.as_bytes().to_vec();
            for (pointer, (refs, flags, kind, state), inode, name) in rows {
                let pointer = host.word.pointer(pointer).into_bytes();
                let row =
                    naive::Row { pointer, refs, protocol: 0, flags, kind, state, inode, name };
                file.extend(render::row(host, &row));
            }
            file
        })
        .prop_map(in_file("net/unix"))
        .boxed()
}
