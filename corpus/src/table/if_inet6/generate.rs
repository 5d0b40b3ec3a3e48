//! A random row.

use procnet_core::network::if_inet6;

use crate::generate::RandomValues;

pub(super) fn row<'a>(from: &mut RandomValues, name: &'a [u8]) -> if_inet6::Row<'a> {
    if_inet6::Row {
        address: from.v6(),
        index: from.number32(),
        prefix_length: from.number() as u8 % 130,
        scope: if_inet6::Scope(from.number() as u16),
        flags: if_inet6::Flags(from.number32()),
        device: name,
    }
}
