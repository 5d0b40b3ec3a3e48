//! The rows in the rendered captures.

use procnet_core::network::if_inet6::{self, Scope};

use crate::render::{Host, Kernel, LONG_NAME};

/// Addresses of every scope, of an interface with an index above 255, and with flags of more than
/// eight bits where a kernel prints them.
pub(super) fn rows(host: Host) -> impl IntoIterator<Item = if_inet6::Row<'static>> {
    let row = |address: &str, index, prefix_length, scope, flags, device| if_inet6::Row {
        address: address.parse().expect("an address"),
        index,
        prefix_length,
        scope,
        flags: if_inet6::Flags(flags),
        device,
    };
    let wide = if host.kernel == Kernel::V3_0 { 0x100 } else { 0 };
    let rows: [if_inet6::Row<'_>; 7] = [
        row("::1", 1, 128, Scope::HOST, 0x80, b"lo"),
        row("fe80::fc:ff:fe00:1", 2, 64, Scope::LINK, 0x80, b"eth0"),
        row("2001:db8::2", 2, 64, Scope::GLOBAL, wide, b"eth0"),
        row("2001:db8::5c1f:9ab0", 2, 64, Scope::GLOBAL, 0x21, b"eth0"),
        row("fec0::1", 0x104, 48, Scope::SITE, 0x40, LONG_NAME),
        row("::192.0.2.1", 0xFFFF_FFFF, 96, Scope::COMPATIBLE, 0x88, b"sit0"),
        row("fd00::1", 3, 0, Scope::GLOBAL, 0x02, b"*"),
    ];
    rows
}
