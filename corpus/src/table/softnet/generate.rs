//! Random files.

use proptest::{collection::vec, option, prelude::*};

use super::render;
use crate::{
    generate::{host, in_file},
    table::Variant,
};

pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let row = vec(any::<u32>(), 18);
    (host(), vec(row, 0..5), option::of(0..18_usize))
        .prop_map(|(host, rows, width)| {
            let width = width.unwrap_or_else(|| render::width(host));
            rows.iter().map(|row| render::row(&row[..width])).collect::<String>().into_bytes()
        })
        .prop_map(in_file("net/softnet_stat"))
        .boxed()
}
