//! The rows in the rendered captures.

use procnet_core::network::igmp6::{self, Flags};

use crate::render::{Host, LONG_NAME};

/// Groups of several interfaces; one with a pending report, and one that is overdue.
pub(super) fn rows(_: Host) -> impl IntoIterator<Item = igmp6::Row<'static>> {
    let row = |index, device, group: &str, users, flags, ticks| igmp6::Row {
        index,
        device,
        group: group.parse().expect("an address"),
        users,
        flags: Flags(flags),
        ticks,
    };
    let rows: [igmp6::Row<'_>; 6] = [
        row(1, b"lo", "ff02::1", 1, 0xC, 0),
        row(1, b"lo", "ff01::1", 1, 0x8, 0),
        row(2, b"eth0", "ff02::1:ff00:1", 2, 0x4, 0),
        row(2, b"eth0", "ff02::fb", 1, 0x7, 314),
        row(12345, LONG_NAME, "ff05::2", u32::MAX >> 1, 0x5, -12),
        row(4, b"*", "ff02::1", 1, 0x10C, 0),
    ];
    rows
}
