//! A random row.

use procnet_core::network::wireless;

use crate::generate::RandomValues;

pub(super) fn row<'a>(from: &mut RandomValues, name: &'a [u8]) -> wireless::Row<'a> {
    let quality = |from: &mut RandomValues| wireless::Quality {
        value: if from.is() { -256 } else { from.number32().cast_signed() },
        updated: from.is(),
    };
    wireless::Row {
        name,
        status: from.number() as u16,
        link: quality(from),
        level: quality(from),
        noise: quality(from),
        network_id: from.number32(),
        crypt: from.number32(),
        fragment: from.number32(),
        retry: from.number32(),
        misc: from.number32(),
        beacon: from.number32(),
    }
}
