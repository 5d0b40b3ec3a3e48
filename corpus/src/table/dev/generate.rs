//! Random files.

use proptest::{collection::vec, prelude::*};

use super::{naive, render};
use crate::{
    generate::{edges64, host, in_file, name},
    table::Variant,
};

pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let counters = proptest::array::uniform16(edges64());
    (host(), vec((name(15), counters), 0..4))
        .prop_map(|(host, rows)| {
            let mut file = render::HEADING.as_bytes().to_vec();
            for (name, counters) in rows {
                file.extend(render::row(host, &naive::Row { name, counters }));
            }
            file
        })
        .prop_map(in_file("net/dev"))
        .boxed()
}
