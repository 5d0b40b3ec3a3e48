//! Random files.

use proptest::{collection::vec, prelude::*};

use super::{naive, render};
use crate::{
    generate::{edges64, host, in_file},
    table::Variant,
};

pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let row = ("[!-~]{1,40}|[A-z]{0,9}6[A-z0-9]{0,40}|Icmp6(In|Out)Type[0-9]{1,3}", edges64());
    (host(), any::<bool>(), vec(edges64(), 0..80), vec(row, 0..4))
        .prop_map(|(host, interface, values, more)| {
            let known = render::names(host, interface).into_iter().zip(values);
            let rows = known.chain(more);
            let row = |(name, value): (String, u64)| {
                render::row(&naive::Row { name: name.into_bytes(), value })
            };
            rows.flat_map(row).collect()
        })
        .prop_map(in_file("net/snmp6"))
        .boxed()
}
