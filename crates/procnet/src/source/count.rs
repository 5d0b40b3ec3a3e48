//! How many sockets the kernel counts in the tables of a network namespace: it takes microseconds,
//! where the tables take milliseconds.

use procnet_core::counter::{protocols, sockstat};

use crate::{Kind, ProcRoot, netns::NetnsHandle};

/// The line of `sockstat` or `sockstat6` that counts the sockets of a table.
///
/// Not `tcp`: a request for an IPv6 listener that came over IPv4 stands there, and the line
/// of IPv4 does not count that listener.
pub(super) const COUNTED: [(Kind, &[u8]); 7] = [
    (Kind::Udp, b"UDP"),
    (Kind::UdpLite, b"UDPLITE"),
    (Kind::Raw, b"RAW"),
    (Kind::Tcp6, b"TCP6"),
    (Kind::Udp6, b"UDP6"),
    (Kind::UdpLite6, b"UDPLITE6"),
    (Kind::Raw6, b"RAW6"),
];

/// How many sockets a table of datagrams has, if the kernel says so: of tcp it does not count
/// sockets in `TIME_WAIT`.
pub(super) fn datagrams(
    kind: Kind,
    root: &ProcRoot,
    netns: &NetnsHandle,
    text: &mut Vec<u8>,
) -> Option<u64> {
    let (_, prefix) = COUNTED.iter().find(|(other, _)| *other == kind && !kind.is_tcp())?;
    let file = if prefix.ends_with(b"6") { "sockstat6" } else { "sockstat" };
    let text = netns.read_small(root, file, text).ok()?;
    let mut rows = sockstat::Rows::new(text).filter_map(Result::ok);
    rows.find(|row| row.prefix() == *prefix).and_then(|row| in_use(&row))
}

/// What a line of `sockstat` counts.
pub(super) fn in_use(row: &sockstat::Row<'_>) -> Option<u64> {
    value(row, b"inuse")
}

/// A number of a line of `sockstat`.
pub(super) fn value(row: &sockstat::Row<'_>, name: &[u8]) -> Option<u64> {
    let mut values = row.values().filter_map(Result::ok);
    values.find(|value| value.name == name).and_then(|value| value.value.try_into().ok())
}

/// How many unix sockets there are: of streams, and of all others (net/core/sock.c
/// `proto_seq_printf`).
pub(super) fn unix(root: &ProcRoot, netns: &NetnsHandle, text: &mut Vec<u8>) -> Option<u64> {
    let text = netns.read_small(root, "protocols", text).ok()?;
    let mut sockets = None;
    for row in protocols::Rows::new(text) {
        // One that does not decode may be of unix sockets: then the count is not known.
        let row = row.ok()?;
        if matches!(row.name, b"UNIX" | b"UNIX-STREAM") {
            sockets = Some(sockets.unwrap_or(0) + u64::from(row.sockets?));
        }
    }
    sockets
}
