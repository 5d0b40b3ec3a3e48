//! The rows in the rendered captures.

use procnet_core::network::{ipv6_route, route::Flags};

use crate::render::{Host, LONG_NAME};

fn flags(all: &[Flags]) -> Flags {
    Flags(all.iter().fold(0, |bits, flag| bits | flag.0))
}

/// A default route, an on-link route, local addresses, unreachable routes, and one without a
/// device.
pub(super) fn rows(_: Host) -> impl IntoIterator<Item = ipv6_route::Row<'static>> {
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
    [
        row("2001:db8::", 64, "::", 256, &[Flags::UP], eth0),
        row("fe80::", 64, "::", 256, &[Flags::UP], Some(LONG_NAME)),
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
    ]
}
