//! A random row.

use procnet_core::network::route;

use crate::generate::RandomValues;

pub(super) fn row<'a>(from: &mut RandomValues, name: &'a [u8]) -> route::Row<'a> {
    route::Row {
        device: if from.is() { name } else { b"*" },
        destination: from.v4(),
        gateway: from.v4(),
        flags: route::Flags(from.number32()),
        references: from.number32(),
        uses: from.number32(),
        metric: from.number32(),
        mask: from.v4(),
        mtu: from.number32(),
        window: from.number32(),
        irtt: from.number32(),
    }
}
