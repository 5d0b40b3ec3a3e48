//! Multicast groups.

use procnet_core::network::{
    igmp::{self, Device, Group, Row},
    igmp6::{self, Flags},
};

use super::{LONG, table};
use crate::render::{Host, Kernel};

/// Interfaces of every version, with groups and without; a group that will be reported.
pub(super) fn v4(host: Host) -> Vec<u8> {
    let device = |index, name, count, querier| Row::Device(Device { index, name, count, querier });
    let group = |address: [u8; 4], users, timer, is_reporter| {
        Row::Group(Group { address: address.into(), users, timer, is_reporter })
    };
    let mut rows = vec![
        device(1, b"lo", 1, Some(3)),
        group([224, 0, 0, 1], 1, None, false),
        device(2, b"eth0", 3, Some(2)),
        group([224, 0, 0, 251], 2, Some(0x1F4), true),
        group([239, 255, 255, 250], 1, None, true),
        group([224, 0, 0, 1], 1, None, false),
        device(300, LONG, 0, Some(1)),
        device(4, b"*", 0, None),
    ];
    // A colon in a name, as aliases had, was refused some time after 3.0.
    if host.kernel <= Kernel::V3_0 {
        rows.push(device(5, b"eth0:1", 0, Some(3)));
    }
    table(igmp::Table { order: host.order }, host, rows)
}

/// Groups of several interfaces; one that is to be reported, and one that is overdue.
pub(super) fn v6(host: Host) -> Vec<u8> {
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
        row(12345, LONG, "ff05::2", u32::MAX >> 1, 0x5, -12),
        row(4, b"*", "ff02::1", 1, 0x10C, 0),
    ];
    table(igmp6::Table, host, rows)
}
