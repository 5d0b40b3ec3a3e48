//! A random row.

use procnet_core::network::igmp6;

use crate::generate::RandomValues;

pub(super) fn row<'a>(from: &mut RandomValues, name: &'a [u8]) -> igmp6::Row<'a> {
    igmp6::Row {
        index: from.number32(),
        device: name,
        group: from.v6(),
        users: from.number32(),
        flags: igmp6::Flags(from.number32()),
        ticks: from.number().cast_signed(),
    }
}
