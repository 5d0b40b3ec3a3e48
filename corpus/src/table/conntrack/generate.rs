//! Random files.

use proptest::{collection::vec, prelude::*};

use super::render;
use crate::{
    generate::{host, in_file},
    render::Kernel,
    table::Variant,
};

pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    (host(), vec(vec(any::<u32>(), 17), 0..5))
        .prop_map(|(host, mut rows)| {
            if host.kernel == Kernel::V2_6_24 {
                rows.iter_mut().for_each(|row| row.truncate(16));
            }
            render::table(host, &rows).into_bytes()
        })
        .prop_map(in_file("net/stat/nf_conntrack"))
        .boxed()
}
