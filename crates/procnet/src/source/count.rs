//! The kernel's own counts of the sockets in a network namespace: they take microseconds to read,
//! the tables milliseconds.

use procnet_core::counter::{protocols, sockstat};

use crate::{Kind, ProcRoot, netns::NetnsHandle};

/// The line of `sockstat` or `sockstat6` that counts the sockets of a table.
///
/// Not `tcp`: its table includes IPv4 requests for an IPv6 listener, which the IPv4 line does not
/// count.
pub(super) const COUNTED: [(Kind, &[u8]); 7] = [
    (Kind::Udp, b"UDP"),
    (Kind::UdpLite, b"UDPLITE"),
    (Kind::Raw, b"RAW"),
    (Kind::Tcp6, b"TCP6"),
    (Kind::Udp6, b"UDP6"),
    (Kind::UdpLite6, b"UDPLITE6"),
    (Kind::Raw6, b"RAW6"),
];

/// The number of sockets in a datagram table, if the kernel reports it. `None` for tcp, whose count
/// does not include sockets in `TIME_WAIT`.
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

/// The `inuse` value of a line of `sockstat`.
pub(super) fn in_use(row: &sockstat::Row<'_>) -> Option<u64> {
    value(row, b"inuse")
}

/// A value of a line of `sockstat`.
pub(super) fn value(row: &sockstat::Row<'_>, name: &[u8]) -> Option<u64> {
    let mut values = row.values().filter_map(Result::ok);
    values.find(|value| value.name == name).and_then(|value| value.value.try_into().ok())
}

/// The number of unix sockets: the sum of stream sockets and all others (net/core/sock.c
/// `proto_seq_printf`).
pub(super) fn unix(root: &ProcRoot, netns: &NetnsHandle, text: &mut Vec<u8>) -> Option<u64> {
    let text = netns.read_small(root, "protocols", text).ok()?;
    let mut sockets = None;
    for row in protocols::Rows::new(text) {
        // A line that does not decode may be one of unix sockets: the count is then unknown.
        let row = row.ok()?;
        if matches!(row.name, b"UNIX" | b"UNIX-STREAM") {
            sockets = Some(sockets.unwrap_or(0) + u64::from(row.sockets?));
        }
    }
    sockets
}
