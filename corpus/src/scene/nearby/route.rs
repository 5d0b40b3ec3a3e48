//! Where packets go.

use procnet_core::network::{
    ipv6_route,
    route::{self, Flags},
};

use super::{LONG, table};
use crate::render::Host;

fn flags(all: &[Flags]) -> Flags {
    Flags(all.iter().fold(0, |bits, flag| bits | flag.0))
}

/// A default route, a link, a host, a route that refuses, one to nowhere, and the largest
/// numbers.
pub(super) fn v4(host: Host) -> Vec<u8> {
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
            ..row(LONG, [10, 0, 0, 0], gateway, via, 8)
        },
        row(b"eth0", [198, 51, 100, 7], gateway, &[Flags::UP, Flags::GATEWAY, Flags::HOST], 32),
        // Unreachable; a black hole; an interface that is called `*`, with a gateway.
        row(b"*", [203, 0, 113, 0], none, &[Flags::UP, Flags::REJECT], 24),
        row(b"*", [203, 0, 113, 128], none, up, 25),
        row(b"*", [198, 18, 0, 0], gateway, via, 15),
        // The gateway has an IPv6 address.
        row(b"eth0", [198, 51, 100, 0], none, via, 24),
        row(b"\xFFx|y", [255, 255, 255, 254], none, up, 31),
    ];
    table(route::Table { order: host.order }, host, rows)
}

/// A default route, a link, this host's own addresses, a route that refuses, and one without a
/// device.
pub(super) fn v6(host: Host) -> Vec<u8> {
    let row =
        |destination: &str, length, gateway: &str, metric, of: &[Flags], device| ipv6_route::Row {
            destination: destination.parse().expect("an address"),
            destination_length: length,
            source: std::net::Ipv6Addr::UNSPECIFIED,
            source_length: 0,
            gateway: gateway.parse().expect("an address"),
            metric,
            references: 1,
            uses: 0,
            flags: flags(of),
            device,
        };
    let eth0 = Some(&b"eth0"[..]);
    let lo = Some(&b"lo"[..]);
    let local = [Flags::UP, Flags::NO_NEXT_HOP, Flags::LOCAL];
    let rows = [
        row("2001:db8::", 64, "::", 256, &[Flags::UP], eth0),
        row("fe80::", 64, "::", 256, &[Flags::UP], Some(LONG)),
        row("::", 0, "fe80::1", 1024, &[Flags::UP, Flags::GATEWAY, Flags::EXPIRES], eth0),
        row("::1", 128, "::", 0, &local, lo),
        ipv6_route::Row {
            references: u32::MAX,
            uses: 0x3075,
            ..row("::", 0, "::", u32::MAX, &[Flags::NO_NEXT_HOP, Flags::REJECT], lo)
        },
        row("2001:db8:1::", 48, "::", 1024, &[Flags::UP, Flags::NO_NEXT_HOP, Flags::REJECT], lo),
        row("2001:db8:2::", 48, "2001:db8::9", 1024, &[Flags::UP, Flags::GATEWAY], None),
        ipv6_route::Row {
            source: "2001:db8::".parse().expect("an address"),
            source_length: 64,
            ..row("::", 0, "fe80::2", 1024, &[Flags::UP, Flags::GATEWAY], Some(b"*"))
        },
        row("ff00::", 8, "::", 256, &[Flags::UP], eth0),
    ];
    table(ipv6_route::Table, host, rows)
}
