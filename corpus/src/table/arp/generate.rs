//! A random row.

use procnet_core::network::arp;

use crate::generate::RandomValues;

pub(super) fn row<'a>(from: &mut RandomValues, name: &'a [u8]) -> arp::Row<'a> {
    let hardware = match from.number() % 4 {
        0 => None,
        1 => Some(arp::HardwareAddress::Octets(b"02:fc:00:00:00:05")),
        2 => Some(arp::HardwareAddress::Octets(b"7f")),
        _ => Some(arp::HardwareAddress::CallSign(b"N0CALL-1")),
    };
    arp::Row {
        address: from.v4(),
        hardware_type: from.number() as u16 % 5,
        flags: arp::Flags(from.number32()),
        hardware,
        device: if from.is() { name } else { b"*" },
    }
}
