//! A random row.

use procnet_core::network::{ipv6_route, route};

use crate::generate::RandomValues;

pub(super) fn row<'a>(from: &mut RandomValues, name: &'a [u8]) -> ipv6_route::Row<'a> {
    ipv6_route::Row {
        destination: from.v6(),
        destination_length: from.number() as u8,
        source: from.v6(),
        source_length: from.number() as u8 % 129,
        gateway: from.v6(),
        metric: from.number32(),
        references: from.number32(),
        uses: from.number32(),
        flags: route::Flags(from.number32()),
        device: from.some(|_| name),
    }
}
