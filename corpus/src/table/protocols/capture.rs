//! The table in the rendered captures.

use super::{naive::Row, render};
use crate::render::Host;

/// A name, its sockets, memory, whether it is under memory pressure, and its module.
type Registered = (&'static str, Option<u32>, Option<u64>, Option<bool>, &'static str);

/// Protocols with and without memory accounting, under pressure and not, and in a module.
pub(super) fn table(host: Host) -> Vec<u8> {
    let mut file = render::heading(host).into_bytes();
    let rows: [Registered; 7] = [
        ("SCTPv6", Some(1), Some(0), Some(false), "sctp"),
        ("PACKET", Some(2), None, None, "kernel"),
        ("UNIX-STREAM", Some(1_000_000), None, None, "kernel"),
        ("UDPLITEv6", Some(0), Some(0), None, "kernel"),
        ("TCP", Some(13), Some(host.word.long(4_321_987_654)), Some(true), "kernel"),
        ("L2TP/IPv6", None, None, None, "l2tp_ip6_of_a_long_name"),
        ("NETLINK", Some(0), None, None, "kernel"),
    ];
    for (at, (name, sockets, memory, pressure, module)) in rows.into_iter().enumerate() {
        let names = render::methods(host).into_iter().enumerate();
        file.extend(render::row(&Row {
            name: name.as_bytes().to_vec(),
            size: 412 * (1 + at as u32),
            sockets,
            memory,
            pressure,
            max_header: if name == "TCP" { 320 } else { 0 },
            slab: at % 2 == 0,
            module: module.as_bytes().to_vec(),
            methods: names.map(|(place, name)| Some((name.into(), place % 5 != at))).collect(),
            ragged: false,
        }));
    }
    file
}
