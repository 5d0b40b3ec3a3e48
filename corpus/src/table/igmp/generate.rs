//! A random row.

use procnet_core::network::igmp;

use crate::generate::RandomValues;

pub(super) fn row<'a>(from: &mut RandomValues, name: &'a [u8]) -> igmp::Row<'a> {
    if from.is() {
        return igmp::Row::Group(igmp::Group {
            address: from.v4(),
            users: from.number32(),
            timer: from.some(RandomValues::number),
            is_reporter: from.is(),
        });
    }
    igmp::Row::Device(igmp::Device {
        index: from.number32(),
        name,
        count: from.number32(),
        querier: from.some(|from| from.number() as u8 % 4),
    })
}
