//! vsock, XDP, SMC, TIPC and packet messages: both decoders in one form, a list of names and numbers.

mod packet;

use procnet_core::{
    ByteOrder, Inode, State,
    netlink::{Payload, inet, smc, tipc, vsock, xdp},
};

use super::naive::number;
use crate::check::inside;

/// What a message holds, in order.
type Members = Vec<(&'static str, u64)>;

/// Both decoders find the same in a payload, of whatever family it is.
pub(super) fn check(payload: Payload<'_>, bytes: &[u8]) {
    let (body, order) = (payload.as_bytes(), payload.order());
    let compare = |name: &str, fast: Result<Members, procnet_core::Error>, naive| {
        if let Err(error) = fast {
            inside(error, bytes);
        }
        assert_eq!(fast.ok(), naive, "{name} in {body:?}");
    };
    compare("vsock", vsock::Socket::decode(payload).map(|it| of_vsock(&it)), vsock(body, order));
    compare("smc", smc::Socket::decode(payload).map(|it| of_smc(&it)), smc(body, order));
    compare("tipc", tipc::Socket::decode(payload).map(|it| of_tipc(&it)), tipc(body, order));
    compare("xdp", xdp::Socket::decode(payload).and_then(|it| of_xdp(&it)), xdp(body, order));
    packet::check(payload, bytes);
    if let Ok(socket) = inet::Socket::decode(payload) {
        sctp(&socket, body, order);
    }
}

/// A message in words, if it is of one of these families.
pub(super) fn words(payload: Payload<'_>) -> Option<Result<String, procnet_core::Error>> {
    let body = payload.as_bytes();
    let whole = number(body, 0, 2, payload.order()) == Some(body.len() as u64);
    let is_tipc = whole && number(body, 2, 2, payload.order()) == Some(2);
    let (name, members) = match body.first()? {
        17 => return Some(packet::words(payload)),
        _ if is_tipc => ("tipc", tipc::Socket::decode(payload).map(|it| of_tipc(&it))),
        40 => ("vsock", vsock::Socket::decode(payload).map(|it| of_vsock(&it))),
        43 => ("smc", smc::Socket::decode(payload).map(|it| of_smc(&it))),
        44 => ("xdp", xdp::Socket::decode(payload).and_then(|it| of_xdp(&it))),
        _ => return None,
    };
    Some(members.map(|members| {
        let words = members.iter().map(|(name, number)| match number {
            // Not sent.
            &u64::MAX => String::new(),
            number => format!(" {name}={number}"),
        });
        [name.to_owned(), words.collect()].concat()
    }))
}

fn inode(inode: Option<Inode>) -> u64 {
    inode.map_or(0, Inode::get)
}

fn any(number: Option<u32>) -> u64 {
    number.unwrap_or(u32::MAX).into()
}

fn of_vsock(socket: &vsock::Socket) -> Members {
    vec![
        ("type", socket.kind.0.into()),
        ("state", socket.state.0.into()),
        ("shutdown", socket.shutdown.0.into()),
        ("local_cid", any(socket.local.cid)),
        ("local_port", any(socket.local.port)),
        ("remote_cid", any(socket.remote.cid)),
        ("remote_port", any(socket.remote.port)),
        ("inode", inode(socket.inode)),
        ("cookie", socket.cookie),
    ]
}

fn vsock(body: &[u8], order: ByteOrder) -> Option<Members> {
    if body.len() < 32 || body[0] != 40 {
        return None;
    }
    let word = |at| number(body, at, 4, order).expect("it is long enough");
    Some(vec![
        ("type", body[1].into()),
        ("state", body[2].into()),
        ("shutdown", body[3].into()),
        ("local_cid", word(4)),
        ("local_port", word(8)),
        ("remote_cid", word(12)),
        ("remote_port", word(16)),
        ("inode", word(20)),
        ("cookie", word(28) << 32 | word(24)),
    ])
}

fn of_smc(socket: &smc::Socket<'_>) -> Members {
    let bytes = |end: std::net::SocketAddr| match end.ip() {
        std::net::IpAddr::V4(ip) => u128::from_be_bytes({
            let [a, b, c, d] = ip.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }),
        std::net::IpAddr::V6(ip) => ip.to_bits(),
    };
    let (local, remote) = (bytes(socket.local), bytes(socket.remote));
    vec![
        ("state", socket.smc_state.into()),
        ("mode", socket.mode.0.into()),
        ("ipv4", socket.local.is_ipv4().into()),
        ("local_port", socket.local.port().into()),
        ("local", (local >> 64) as u64),
        ("local_low", local as u64),
        ("remote_port", socket.remote.port().into()),
        ("remote", (remote >> 64) as u64),
        ("remote_low", remote as u64),
        ("interface", socket.interface.map_or(0, |index| index.get().into())),
        ("cookie", socket.cookie),
        ("uid", socket.uid.into()),
        ("inode", inode(socket.inode)),
    ]
}

fn smc(body: &[u8], order: ByteOrder) -> Option<Members> {
    if body.len() < 64 {
        return None;
    }
    let big = |at, size| number(body, at, size, ByteOrder::Big).expect("it is long enough");
    let word = |at| number(body, at, 4, order).expect("it is long enough");
    let others = [12..24, 28..40].map(|range| body[range].iter().all(|byte| *byte == 0));
    Some(vec![
        ("state", body[1].into()),
        ("mode", body[2].into()),
        ("ipv4", (others == [true, true]).into()),
        ("local_port", big(4, 2)),
        ("local", big(8, 8)),
        ("local_low", big(16, 8)),
        ("remote_port", big(6, 2)),
        ("remote", big(24, 8)),
        ("remote_low", big(32, 8)),
        ("interface", word(40)),
        ("cookie", word(48) << 32 | word(44)),
        ("uid", word(52)),
        ("inode", number(body, 56, 8, order)?),
    ])
}

fn of_xdp(socket: &xdp::Socket<'_>) -> Result<Members, procnet_core::Error> {
    let mut members = vec![
        ("type", socket.kind.0.into()),
        ("inode", inode(socket.inode)),
        ("cookie", socket.cookie),
    ];
    for detail in socket.details() {
        match detail? {
            xdp::Detail::Queue(queue) => {
                members.push(("interface", queue.interface.map_or(0, |index| index.get().into())));
                members.push(("queue", queue.number.into()));
            }
            xdp::Detail::Uid(uid) => members.push(("uid", uid.into())),
            xdp::Detail::SocketMemory(memory) => members.push(("rmem", memory.receive.into())),
            xdp::Detail::Other(other) => members.push(("other", other.kind().into())),
            other => panic!("add this attribute to the check: {other:?}"),
        }
    }
    Ok(members)
}

fn xdp(body: &[u8], order: ByteOrder) -> Option<Members> {
    if body.len() < 16 || body[0] != 44 {
        return None;
    }
    let word = |bytes: &[u8], at| number(bytes, at, 4, order);
    let mut members = vec![
        ("type", body[1].into()),
        ("inode", word(body, 4)?),
        ("cookie", word(body, 12)? << 32 | word(body, 8)?),
    ];
    for (kind, value) in attributes(&body[16..], order)? {
        match kind {
            1 => {
                members.push(("interface", word(value, 0)?));
                members.push(("queue", word(value, 4)?));
            }
            2 => members.push(("uid", word(value, 0)?)),
            8 if value.len() < 28 => return None,
            8 => members.push(("rmem", word(value, 0)?)),
            _ => members.push(("other", kind)),
        }
    }
    Some(members)
}

fn of_tipc(socket: &tipc::Socket) -> Members {
    let optional = |number: Option<u32>| number.map_or(u64::MAX, u64::from);
    vec![
        ("type", socket.kind.0.into()),
        ("state", socket.state.0.into()),
        ("node", socket.local.node.into()),
        ("ref", socket.local.reference.into()),
        ("peer_node", optional(socket.peer.map(|peer| peer.node))),
        ("peer_ref", optional(socket.peer.map(|peer| peer.reference))),
        ("service_type", optional(socket.service.map(|service| service.kind))),
        ("service_instance", optional(socket.service.map(|service| service.instance))),
        ("published", socket.is_published.into()),
        ("inode", inode(socket.inode)),
        ("uid", optional(socket.uid)),
        ("cookie", socket.cookie),
        ("rx", optional(socket.receive_queue)),
        ("tx", optional(socket.transmit_queue)),
        ("drops", optional(socket.drops)),
    ]
}

/// The first attribute of type 2 has everything nested; of an attribute that is repeated, the last.
fn tipc(body: &[u8], order: ByteOrder) -> Option<Members> {
    let mut at = 0;
    let inside = loop {
        let length = number(body, at, 2, order)? as usize;
        let kind = number(body, at + 2, 2, order)? & 0x3FFF;
        let value = body.get(at + 4..at + length)?;
        if kind == 2 {
            break value;
        }
        at += length.next_multiple_of(4);
    };
    let all = attributes(inside, order)?;
    let word = |bytes: &[u8]| number(bytes, 0, 4, order);
    let mut nested = Vec::new();
    for (kind, value) in &all {
        let read: &[u64] = match kind {
            3 => &[2, 3, 4, 5],
            5 => &[0, 1, 4],
            1 | 2 | 6..=9 => {
                word(value)?;
                continue;
            }
            10 => {
                number(value, 0, 8, order)?;
                continue;
            }
            _ => continue,
        };
        let inner = attributes(value, order)?;
        for (kind, value) in &inner {
            if read.contains(kind) {
                word(value)?;
            }
        }
        nested.push((*kind, inner));
    }
    let last = |asked| all.iter().rev().find(|(kind, _)| *kind == asked).map(|(_, value)| *value);
    let last_word = |asked| last(asked).and_then(word);
    let has = |asked| last(asked).is_some();
    let (connection, statistics): (Vec<_>, Vec<_>) =
        nested.into_iter().partition(|(kind, _)| *kind == 3);
    let in_connection = |asked, missing: u64| {
        let (_, last) = connection.last()?;
        let found = last.iter().rev().find(|(kind, _)| *kind == asked);
        Some(found.map_or(missing, |(_, value)| word(value).expect("it was read")))
    };
    let by_service = connection.last().is_some_and(|(_, last)| last.iter().any(|(it, _)| *it == 1));
    let statistic = |asked| {
        let found = statistics.iter().flat_map(|(_, values)| values);
        let found = found.rev().find(|(kind, _)| *kind == asked);
        found.map_or(u64::MAX, |(_, value)| word(value).expect("it was read"))
    };
    let cookie = last(10).map_or(0, |value| {
        let half = |at| number(value, at, 4, order).expect("it was read");
        half(4) << 32 | half(0)
    });
    let (kind, state) = (last_word(6)?, last_word(9)?);
    if kind > 0xFFFF || state > 0xFF {
        return None;
    }
    Some(vec![
        ("type", kind),
        ("state", state),
        ("node", last_word(1).unwrap_or(0)),
        ("ref", last_word(2)?),
        ("peer_node", in_connection(2, 0).unwrap_or(u64::MAX)),
        ("peer_ref", in_connection(3, 0).unwrap_or(u64::MAX)),
        ("service_type", in_connection(4, 0).filter(|_| by_service).unwrap_or(u64::MAX)),
        ("service_instance", in_connection(5, 0).filter(|_| by_service).unwrap_or(u64::MAX)),
        ("published", has(4).into()),
        ("inode", last_word(7)?),
        ("uid", last_word(8).unwrap_or(u64::MAX)),
        ("cookie", cookie),
        ("rx", statistic(0)),
        ("tx", statistic(1)),
        ("drops", statistic(4)),
    ])
}

/// What associations add to the message of an inet socket.
fn sctp(socket: &inet::Socket<'_>, body: &[u8], order: ByteOrder) {
    let (mut locals, mut peers) = (Vec::new(), Vec::new());
    let (mut rest, mut is_association) = (&body[72..], false);
    while let Some(length) = number(rest, 0, 2, order).filter(|_| rest.len() >= 4) {
        let Some(value) = rest.get(4..length as usize) else { break };
        let kind = number(rest, 2, 2, order).expect("four bytes") & 0x3FFF;
        is_association |= kind == 13;
        let first = value.get(4..8).filter(|_| number(value, 0, 2, order) == Some(2));
        match (kind, first) {
            (12, Some(address)) => locals.push(address),
            (13, Some(address)) => peers.push(address),
            _ => {}
        }
        rest = rest.get((length as usize).next_multiple_of(4)..).unwrap_or_default();
    }
    let state = socket.association().map(|association| State(association.0));
    assert_eq!(state, is_association.then_some(socket.state), "{body:?}");
    let (local, remote) = socket.association_ends();
    for (found, sent, addresses) in [(local, socket.local, locals), (remote, socket.remote, peers)]
    {
        let is_unknown = sent.is_ipv6() && sent.ip().is_unspecified();
        match addresses.first().filter(|_| is_unknown) {
            None => assert_eq!(found, sent),
            Some(address) => {
                let ip: [u8; 4] = (*address).try_into().expect("four bytes");
                let is_any = ip == [0; 4];
                let mapped = std::net::Ipv4Addr::from(ip).to_ipv6_mapped();
                assert_eq!(found.port(), sent.port());
                assert!(is_any || found.ip() == mapped, "{found} in {body:?}");
            }
        }
    }
}

/// The attributes; `None` if a length is invalid.
fn attributes(mut bytes: &[u8], order: ByteOrder) -> Option<Vec<(u64, &[u8])>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let length = number(bytes, 0, 2, order)? as usize;
        let kind = number(bytes, 2, 2, order)? & 0x3FFF;
        found.push((kind, bytes.get(4..length)?));
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(found)
}
