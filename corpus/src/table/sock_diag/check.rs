//! The properties of the decoder.

mod tcp_info;

use std::{collections::BTreeMap, net::IpAddr};

use procnet::{Kind, Kinds, socket::SocketRow};
use procnet_core::{
    ByteOrder, Error, ErrorKind, Inode,
    netlink::{Content, Errno, Messages, Payload, SocketMemory, inet, packet, unix},
    table::inet::Family,
};

use super::{
    families,
    naive::{self, Attributes, Inet, Message, Unix, Value},
    render,
};
use crate::check::inside;

/// A datagram from a host of this byte order.
pub fn datagram(bytes: &[u8], order: ByteOrder) {
    messages_and(bytes, order, |payload| {
        inet(payload, bytes);
        unix(payload, bytes);
        of_recording(payload, bytes);
        families::check(payload, bytes);
    });
}

/// A message of a recording is the socket that it decodes to, whatever protocol was asked for.
fn of_recording(payload: Payload<'_>, datagram: &[u8]) {
    of_packets(payload, datagram);
    for (kind, both) in [(Kind::Tcp, Kinds::TCP), (Kind::Udp6, Kinds::UDP)] {
        let row = match SocketRow::decode_diag(kind, payload) {
            Ok(row) => row,
            Err(error) => {
                inside(error, datagram);
                continue;
            }
        };
        let socket = row.socket();
        match inet::Socket::decode(payload) {
            Ok(expected) => {
                assert!(both.contains(socket.kind));
                let ends = (Some(expected.local), expected.inode, Some(expected.cookie));
                let found = (socket.local(), socket.inode, socket.cookie().or(Some(0)));
                assert_eq!(found, ends);
                let is_v6 = matches!(socket.kind, Kind::Tcp6 | Kind::Udp6);
                assert_eq!(is_v6, expected.family == Family::V6);
            }
            Err(_) => {
                let expected = unix::Socket::decode(payload).expect("one of both");
                assert_eq!((socket.kind, socket.inode), (Kind::Unix, expected.inode));
            }
        }
        let _ = socket.to_owned();
    }
}

/// A message about a packet socket is a socket with the same numbers and details.
fn of_packets(payload: Payload<'_>, datagram: &[u8]) {
    let is_unix = payload.as_bytes().first() == Some(&1);
    let row = match SocketRow::decode_diag(Kind::Packet, payload) {
        _ if is_unix => return,
        Ok(row) => row,
        Err(error) => return inside(error, datagram),
    };
    let socket = row.socket();
    let expected = packet::Socket::decode(payload).expect("it was decoded");
    assert_eq!((socket.kind, socket.inode), (Kind::Packet, expected.inode));
    let found = socket.packet().expect("a packet socket");
    let info = expected.info().expect("it was decoded");
    assert_eq!(
        (found.kind, found.protocol, found.interface, found.running),
        (expected.kind, expected.protocol, info.interface, info.flags.0 & 1 == 1)
    );
    let of =
        |pick: fn(packet::Detail<'_>) -> Option<u64>| expected.details().flatten().find_map(pick);
    if payload.order() == ByteOrder::NATIVE {
        let details = socket.details().expect("all are asked for").to_owned().expect("the same");
        assert_eq!(details.packet.map(|packet| packet.info), Some(info));
        let length = of(|detail| match detail {
            packet::Detail::Filter(filter) => Some(filter.map_or(u64::MAX, |it| it.count() as u64)),
            _ => None,
        });
        let joined = of(|detail| match detail {
            packet::Detail::Memberships(all) => Some(all.count() as u64),
            _ => None,
        });
        let known = match (length, joined) {
            (Some(u64::MAX), _) | (None, None) => None,
            (None, Some(_)) => Some(0),
            (length, _) => length,
        };
        assert_eq!(details.filter.map(|code| code.len() as u64), known);
    }
}

/// The messages of a datagram, of any family; `look` checks the payload of each.
pub(in crate::table) fn messages_and(bytes: &[u8], order: ByteOrder, look: impl Fn(Payload<'_>)) {
    let (fast, error) = messages(bytes, order);
    let (naive, whole) = naive::messages(bytes, order);
    assert_eq!(fast, naive, "{bytes:?}");
    assert_eq!(error.is_none(), whole, "{error:?} in {bytes:?}");
    truncated(bytes, order, &fast);
    for message in Messages::new(bytes, order).flatten() {
        let content = message.content();
        let payload = message.payload;
        match (message.kind.0, content) {
            (2, Ok(Content::Error(errno))) | (3, Ok(Content::Done(errno))) => {
                let code = errno.map_or(0, |errno| -i64::from(Errno::get(errno)));
                assert_eq!(naive::code(payload.as_bytes(), order).map(i64::from), Some(code));
            }
            (2 | 3, Err(error)) => {
                inside(error, bytes);
                assert_eq!(naive::code(payload.as_bytes(), order), None, "{error}");
            }
            (1, Ok(Content::Noop)) | (4, Ok(Content::Overrun)) => {}
            (0 | 5..16, Ok(Content::Reserved)) => {}
            (16.., Ok(Content::Data(data))) => {
                assert_eq!(data, payload);
                look(payload);
            }
            (kind, content) => panic!("type {kind}: {content:?}"),
        }
    }
}

/// The messages, and the error that may end them.
fn messages(bytes: &[u8], order: ByteOrder) -> (Vec<Message>, Option<Error>) {
    let (mut found, mut fault) = (Vec::new(), None);
    for message in Messages::new(bytes, order) {
        assert!(fault.is_none(), "the iteration continues after {fault:?}");
        match message {
            Ok(message) => found.push(Message {
                kind: message.kind.0,
                flags: message.flags.0,
                sequence: message.sequence,
                port: message.port,
                payload: message.payload.as_bytes().to_vec(),
            }),
            Err(error) => {
                inside(error, bytes);
                assert!(matches!(error.kind(), ErrorKind::Short | ErrorKind::Beyond), "{error}");
                fault = Some(error);
            }
        }
    }
    (found, fault)
}

/// Truncated anywhere, the messages before the cut are the same, and a truncated one is an error.
fn truncated(bytes: &[u8], order: ByteOrder, whole: &[Message]) {
    // Every cut in the first messages; in long datagrams, some of the others.
    let cuts = (0..bytes.len()).filter(|cut| *cut < 300 || cut % 97 == 0);
    for cut in cuts {
        let mut count = 0;
        let mut end = 0;
        for (at, message) in Messages::new(&bytes[..cut], order).enumerate() {
            let Ok(message) = message else { break };
            let payload = message.payload;
            assert_eq!(payload.as_bytes(), whole[at].payload, "cut at {cut}");
            end = payload.offset() + payload.as_bytes().len();
            count += 1;
        }
        let cut_inside = cut > end.next_multiple_of(4);
        let faults = Messages::new(&bytes[..cut], order).skip(count);
        let faults: Vec<_> = faults.map(|message| message.map(|message| message.kind)).collect();
        assert_eq!(faults.len(), usize::from(cut_inside), "{faults:?} cut at {cut}");
        assert!(faults.iter().all(Result::is_err), "{faults:?} cut at {cut}");
    }
}

fn inet(payload: Payload<'_>, bytes: &[u8]) {
    let naive = naive::inet(payload.as_bytes(), payload.order());
    let fast = inet::Socket::decode(payload);
    if let Err(error) = fast {
        inside(error, bytes);
    }
    assert_eq!(fast.ok().map(|socket| inet_owned(&socket, bytes, payload.order())), naive);
    let Some(mut socket) = naive else { return };
    socket.attributes.retain(Option::is_some);
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let printed = printed(render::inet(&socket, order), order);
        let again = inet::Socket::decode(data(&printed, order)).expect("a socket");
        assert_eq!(inet_owned(&again, &printed, order), socket, "printed as {printed:?}");
    }
}

fn unix(payload: Payload<'_>, bytes: &[u8]) {
    let naive = naive::unix(payload.as_bytes(), payload.order());
    let fast = unix::Socket::decode(payload);
    if let Err(error) = fast {
        inside(error, bytes);
    }
    assert_eq!(fast.ok().map(|socket| unix_owned(&socket, bytes)), naive);
    let Some(mut socket) = naive else { return };
    socket.attributes.retain(Option::is_some);
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let printed = printed(render::unix(&socket, order), order);
        let again = unix::Socket::decode(data(&printed, order)).expect("a socket");
        assert_eq!(unix_owned(&again, &printed), socket, "printed as {printed:?}");
    }
}

fn printed(payload: Vec<u8>, order: ByteOrder) -> Vec<u8> {
    let message = Message { kind: 20, flags: 2, sequence: 1, port: 0, payload };
    render::message(&message, order)
}

fn data(datagram: &[u8], order: ByteOrder) -> Payload<'_> {
    let message = Messages::new(datagram, order).next().expect("a message");
    message.expect("a whole message").payload
}

fn inet_owned(socket: &inet::Socket<'_>, bytes: &[u8], order: ByteOrder) -> Inet {
    let ends = [socket.local, socket.remote];
    let numbers = [socket.expires, socket.receive_queue, socket.transmit_queue, socket.uid];
    let [expires, receive, transmit, uid] = numbers;
    Inet {
        family: if socket.family == Family::V4 { 2 } else { 10 },
        state: [socket.state.0, socket.timer.0, socket.retransmits],
        ports: ends.map(|end| end.port()),
        addresses: ends.map(|end| address(end.ip())),
        interface: socket.interface.map_or(0, std::num::NonZero::get),
        cookie: socket.cookie,
        numbers: [expires, receive, transmit, uid, number(socket.inode)],
        attributes: values(socket.details(), bytes, |detail| match detail {
            inet::Detail::Memory(memory) => {
                let inet::Memory { receive, queued, forward, transmit } = memory;
                (1, Value::Words(vec![receive, queued, forward, transmit]))
            }
            inet::Detail::TcpInfo(info) => {
                tcp_info::check(info, order);
                (2, Value::Bytes(info.as_bytes().to_vec()))
            }
            inet::Detail::CongestionInfo(info) => congestion_info(info),
            inet::Detail::Congestion(name) => (4, Value::Text(name.to_vec())),
            inet::Detail::TypeOfService(byte) => (5, Value::Byte(byte)),
            inet::Detail::TrafficClass(byte) => (6, Value::Byte(byte)),
            inet::Detail::SocketMemory(memory) => (7, socket_memory(memory)),
            inet::Detail::Shutdown(shutdown) => (8, Value::Byte(shutdown.0)),
            inet::Detail::Protocol(byte) => (10, Value::Byte(byte)),
            inet::Detail::V6Only(only) => (11, Value::Byte(only.into())),
            inet::Detail::Mark(mark) => (15, Value::Words(vec![mark])),
            inet::Detail::ClassId(class) => (17, Value::Words(vec![class])),
            inet::Detail::Md5Keys(keys) => (18, Value::Keys(keys.map(md5_key).collect())),
            inet::Detail::UpperLayer(layer) => (19, Value::Layer(upper_layer(&layer))),
            inet::Detail::Storages(storages) => {
                let storages = storages.map(|storage| (storage.map_id, storage.value.to_vec()));
                (20, Value::Storages(storages.collect()))
            }
            inet::Detail::SocketOptions(options) => {
                (22, Value::Bits(options.named().map(|(_, is_set)| is_set).to_vec()))
            }
            inet::Detail::ControlGroup(id) => (21, Value::Wide(id)),
            inet::Detail::Other(other) => {
                (other.kind(), Value::Bytes(other.value.as_bytes().to_vec()))
            }
            other => panic!("add this attribute to the check: {other:?}"),
        }),
    }
}

/// An IPv4 address is in the first four bytes.
fn address(ip: IpAddr) -> [u8; 16] {
    let mut address = [0; 16];
    match ip {
        IpAddr::V4(ip) => address[..4].copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => address = ip.octets(),
    }
    address
}

fn congestion_info(info: inet::CongestionInfo) -> (u16, Value) {
    match info {
        inet::CongestionInfo::Vegas(inet::Vegas { enabled, rttcnt, rtt, minrtt }) => {
            (3, Value::Words(vec![enabled, rttcnt, rtt, minrtt]))
        }
        inet::CongestionInfo::Dctcp(dctcp) => {
            let inet::Dctcp { enabled, ce_state, alpha, ab_ecn, ab_tot } = dctcp;
            let words = [alpha, ab_ecn, ab_tot].map(|word| (4, word.into()));
            let halves = [enabled, ce_state].map(|half| (2, half.into()));
            (9, Value::Numbers(halves.into_iter().chain(words).collect()))
        }
        inet::CongestionInfo::Bbr(inet::Bbr { bw, min_rtt, pacing_gain, cwnd_gain }) => {
            let (low, high) = (bw as u32, (bw >> 32) as u32);
            (16, Value::Words(vec![low, high, min_rtt, pacing_gain, cwnd_gain]))
        }
        other => panic!("add this to the check: {other:?}"),
    }
}

fn md5_key(key: inet::Md5Key<'_>) -> (u8, u8, [u8; 16], Vec<u8>) {
    let family = if key.addr.is_ipv4() { 2 } else { 10 };
    (family, key.prefixlen, address(key.addr), key.key.to_vec())
}

fn upper_layer(layer: &inet::UpperLayer<'_>) -> BTreeMap<(u16, u16), Value> {
    let number = |size, number: u64| Value::Numbers(vec![(size, number)]);
    let mut parts = BTreeMap::new();
    if let Some(name) = layer.name {
        parts.insert((1, 0), Value::Text(name.to_vec()));
    }
    if let Some(tls) = layer.tls {
        parts.insert((2, 0), Value::Bytes(Vec::new()));
        let inet::Tls { version, cipher, txconf, rxconf, tx_max_payload_len, .. } = tls;
        let numbers =
            [(1, version), (2, cipher), (3, txconf), (4, rxconf), (7, tx_max_payload_len)];
        for (at, half) in numbers {
            parts.extend(half.map(|half| ((2, at), number(2, half.into()))));
        }
        for (at, is_set) in [(5, tls.zc_ro_tx), (6, tls.rx_no_pad)] {
            parts.extend(is_set.then(|| ((2, at), number(0, 0))));
        }
    }
    if let Some(subflow) = layer.mptcp {
        parts.insert((3, 0), Value::Bytes(Vec::new()));
        let inet::Subflow { token_rem, token_loc, relwrite_seq, map_seq, map_sfseq, .. } = subflow;
        let inet::Subflow { ssn_offset, map_datalen, flags, id_rem, id_loc, .. } = subflow;
        let words = [token_rem, token_loc, relwrite_seq, None, map_sfseq, ssn_offset, None, flags];
        for (at, word) in (1..).zip(words) {
            parts.extend(word.map(|word| ((3, at), number(4, word.into()))));
        }
        parts.extend(map_seq.map(|wide| ((3, 4), number(8, wide))));
        parts.extend(map_datalen.map(|half| ((3, 7), number(2, half.into()))));
        parts.extend(id_rem.map(|byte| ((3, 9), number(1, byte.into()))));
        parts.extend(id_loc.map(|byte| ((3, 10), number(1, byte.into()))));
    }
    parts
}

fn unix_owned(socket: &unix::Socket<'_>, bytes: &[u8]) -> Unix {
    Unix {
        state: [socket.kind.0 as u8, socket.state.0],
        inode: number(socket.inode),
        cookie: socket.cookie,
        attributes: values(socket.details(), bytes, |detail| match detail {
            unix::Detail::Name(name) if name.is_abstract() => {
                (0, Value::Bytes(name.as_bytes().to_vec()))
            }
            unix::Detail::Name(name) => (0, Value::Text(name.as_bytes().to_vec())),
            unix::Detail::File(file) => (1, Value::Words(vec![file.inode, file.device])),
            unix::Detail::Peer(inode) => (2, Value::Words(vec![number(inode)])),
            unix::Detail::Pending(pending) => (3, Value::Words(pending.map(number).collect())),
            unix::Detail::Queue(queue) => (4, Value::Words(vec![queue.receive, queue.transmit])),
            unix::Detail::SocketMemory(memory) => (5, socket_memory(memory)),
            unix::Detail::Shutdown(shutdown) => (6, Value::Byte(shutdown.0)),
            unix::Detail::Uid(uid) => (7, Value::Words(vec![uid])),
            unix::Detail::Other(other) => {
                (other.kind(), Value::Bytes(other.value.as_bytes().to_vec()))
            }
            other => panic!("add this attribute to the check: {other:?}"),
        }),
    }
}

fn values<D>(
    details: impl Iterator<Item = Result<D, Error>>,
    bytes: &[u8],
    value: impl Fn(D) -> (u16, Value),
) -> Attributes {
    let value = |detail: Result<D, Error>| match detail {
        Ok(detail) => Some(value(detail)),
        Err(error) => {
            inside(error, bytes);
            None
        }
    };
    details.map(value).collect()
}

fn number(inode: Option<Inode>) -> u32 {
    inode.map_or(0, |inode| u32::try_from(inode.get()).expect("32 bits"))
}

fn socket_memory(memory: SocketMemory) -> Value {
    let SocketMemory { receive, receive_limit, transmit, transmit_limit, .. } = memory;
    let SocketMemory { forward, queued, options, backlog, drops, .. } = memory;
    let known = [receive, receive_limit, transmit, transmit_limit, forward, queued, options];
    Value::Words(known.into_iter().chain(backlog).chain(drops).collect())
}
