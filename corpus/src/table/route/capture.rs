//! The rows in the rendered captures.

use procnet_core::network::route::{self, Flags};

use crate::render::{Host, LONG_NAME};

fn flags(all: &[Flags]) -> Flags {
    Flags(all.iter().fold(0, |bits, flag| bits | flag.0))
}

/// A default route, an on-link route, a host route, an unreachable route, a blackhole, and the
/// largest numbers.
pub(super) fn rows(_: Host) -> impl IntoIterator<Item = route::Row<'static>> {
    let row = |device, destination: [u8; 4], gateway: [u8; 4], of: &[Flags], length: u32| {
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        route::Row {
            device,
            destination: destination.into(),
            gateway: gateway.into(),
            flags: flags(of),
            references: 0,
            uses: 0,
            metric: 0,
            mask: mask.into(),
            mtu: 0,
            window: 0,
            irtt: 0,
        }
    };
    let none = [0; 4];
    let gateway = [192, 0, 2, 1];
    let (up, via) = (&[Flags::UP][..], &[Flags::UP, Flags::GATEWAY][..]);
    let rows: [route::Row<'_>; 9] = [
        row(b"eth0", none, gateway, via, 0),
        row(b"eth0", [192, 0, 2, 0], none, up, 24),
        route::Row {
            metric: u32::MAX,
            mtu: 1440,
            window: 65535,
            irtt: 300,
            ..row(LONG_NAME, [10, 0, 0, 0], gateway, via, 8)
        },
        row(b"eth0", [198, 51, 100, 7], gateway, &[Flags::UP, Flags::GATEWAY, Flags::HOST], 32),
        // Unreachable; a blackhole; an interface called `*`, with a gateway.
        row(b"*", [203, 0, 113, 0], none, &[Flags::UP, Flags::REJECT], 24),
        row(b"*", [203, 0, 113, 128], none, up, 25),
        row(b"*", [198, 18, 0, 0], gateway, via, 15),
        // The gateway has an IPv6 address.
        row(b"eth0", [198, 51, 100, 0], none, via, 24),
        row(b"\xFFx|y", [255, 255, 255, 254], none, up, 31),
    ];
    rows
}
