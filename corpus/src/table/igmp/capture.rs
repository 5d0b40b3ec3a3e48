//! The rows in the rendered captures.

use procnet_core::network::igmp::{self, Device, Group, Row};

use crate::render::{Host, Kernel, LONG_NAME};

/// Interfaces of every version, with and without groups; a group with a pending report.
pub(super) fn rows(host: Host) -> impl IntoIterator<Item = igmp::Row<'static>> {
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
        device(300, LONG_NAME, 0, Some(1)),
        device(4, b"*", 0, None),
    ];
    // A kernel after 3.0 stopped accepting a colon in a name, as aliases had.
    if host.kernel <= Kernel::V3_0 {
        rows.push(device(5, b"eth0:1", 0, Some(3)));
    }
    rows
}
