//! All sources agree: a socket is the same, whether it is decoded from a row of a table or from a
//! message of socket diagnostics.

use std::net::{IpAddr, SocketAddr};

use procnet_core::{
    Inode, Lines,
    netlink::{Content, Messages, inet::Socket},
    table::{Table as _, inet::Record},
};

use crate::{
    render::Host,
    table::{
        inet::render::{self as inet, Kind},
        sock_diag::{
            naive::{Inet, Message},
            render as sock_diag,
        },
    },
};

/// An inet socket. A message has only 32 bits of the inode, and 8 bits of the retransmits.
pub fn inet(record: &Record, host: Host, kind: Kind) {
    let inode = record.inode.and_then(|inode| Inode::new(inode.get() & u64::from(u32::MAX)));
    let record = Record { inode, retransmits: record.retransmits & 0xFF, ..*record };
    let row = inet::row(host, kind, &record, b"0000000000000000");
    let line = Lines::new(&row).next().expect("a row");
    let table = kind.table(host.order);
    let from_row = table.row(line, 2).expect("no heading").and_then(|row| row.record());
    let from_row = from_row.unwrap_or_else(|error| panic!("{error}: {line:?}"));

    let message =
        Message { kind: 20, flags: 2, sequence: 7, port: 0, payload: payload(&record, host) };
    let datagram = sock_diag::message(&message, host.order);
    let message = Messages::new(&datagram, host.order).next().expect("a message").unwrap();
    let Ok(Content::Data(payload)) = message.content() else { panic!("{message:?}") };
    let from_message = Socket::decode(payload).unwrap();

    let of_row = (from_row.local, from_row.remote, from_row.state, from_row.inode);
    let of_message =
        (from_message.local, from_message.remote, from_message.state, from_message.inode);
    assert_eq!(of_row, of_message, "{record:?}");
    let of_row = (from_row.uid, from_row.rx_queue, from_row.tx_queue);
    let of_message = (from_message.uid, from_message.receive_queue, from_message.transmit_queue);
    assert_eq!(of_row, of_message, "{record:?}");
    let of_row = (from_row.timer, from_row.retransmits);
    assert_eq!(of_row, (from_message.timer, from_message.retransmits.into()), "{record:?}");
}

/// The payload that the kernel sends: net/ipv4/inet_diag.c `inet_sk_diag_fill`.
fn payload(record: &Record, host: Host) -> Vec<u8> {
    let octets = |end: SocketAddr| match end.ip() {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(ip) => ip.octets(),
    };
    let (local, remote) = (record.local, record.remote);
    let inode = record.inode.map_or(0, |inode| u32::try_from(inode.get()).expect("32 bits"));
    let retransmits = u8::try_from(record.retransmits).expect("8 bits");
    let socket = Inet {
        family: if local.is_ipv4() { 2 } else { 10 },
        state: [record.state.0, record.timer.0, retransmits],
        ports: [local.port(), remote.port()],
        addresses: [octets(local), octets(remote)],
        interface: 0,
        cookie: 1,
        numbers: [0, record.rx_queue, record.tx_queue, record.uid, inode],
        attributes: Vec::new(),
    };
    sock_diag::inet(&socket, host.order)
}
