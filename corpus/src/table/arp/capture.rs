//! The rows in the rendered captures.

use procnet_core::network::arp::{self, Flags, HardwareAddress};

use crate::render::{Host, LONG_NAME};

/// Resolved, incomplete, permanent; on devices without or with long hardware addresses; proxied
/// with and without a device; and on interfaces with misleading names.
pub(super) fn rows(_: Host) -> impl IntoIterator<Item = arp::Row<'static>> {
    let row = |last: u8, hardware_type, flags: Flags, hardware: &'static [u8], device| {
        let hardware = (!hardware.is_empty()).then_some(HardwareAddress::Octets(hardware));
        arp::Row { address: [192, 0, 2, last].into(), hardware_type, flags, hardware, device }
    };
    let both = |left: Flags, right: Flags| Flags(left.0 | right.0);
    let published = both(Flags::PERMANENT, Flags::PUBLISHED);
    let rows: [arp::Row<'_>; 9] = [
        row(1, 1, Flags::COMPLETE, b"02:fc:00:00:00:05", b"eth0"),
        row(2, 1, Flags(0), b"00:00:00:00:00:00", b"eth0"),
        row(3, 1, both(Flags::COMPLETE, Flags::PERMANENT), b"02:fc:00:00:00:af", LONG_NAME),
        row(4, 65534, Flags::COMPLETE, b"", b"tun0"),
        row(255, 32, Flags::COMPLETE, b"80:00:00:48:fe:80:00:00:00", b"ib0"),
        row(5, 0, published, b"00:00:00:00:00:00", b"*"),
        row(6, 1, published, b"00:00:00:00:00:00", b"eth0"),
        row(7, 1, Flags::COMPLETE, b"02:fc:00:00:00:07", b"*"),
        row(8, 7, Flags::COMPLETE, b"7f", b"\xFFx|y"),
    ];
    let call = arp::Row {
        address: [44, 0, 0, 1].into(),
        hardware_type: 3,
        flags: Flags::COMPLETE,
        hardware: Some(HardwareAddress::CallSign(b"N0CALL-1")),
        device: b"ax0",
    };
    rows.into_iter().chain([call])
}
