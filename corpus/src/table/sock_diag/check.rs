//! The properties of the decoder.

use std::net::{IpAddr, SocketAddr};

use procnet_core::{
    ByteOrder, Error, ErrorKind, Inode,
    netlink::{Content, Errno, Messages, Payload, SocketMemory, inet, unix},
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
        families::check(payload, bytes);
    });
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
    let address = |end: SocketAddr| {
        let mut address = [0; 16];
        match end.ip() {
            IpAddr::V4(ip) => address[..4].copy_from_slice(&ip.octets()),
            IpAddr::V6(ip) => address = ip.octets(),
        }
        address
    };
    let ends = [socket.local, socket.remote];
    let numbers = [socket.expires, socket.receive_queue, socket.transmit_queue, socket.uid];
    let [expires, receive, transmit, uid] = numbers;
    Inet {
        family: if socket.family == Family::V4 { 2 } else { 10 },
        state: [socket.state.0, socket.timer.0, socket.retransmits],
        ports: ends.map(|end| end.port()),
        addresses: ends.map(address),
        interface: socket.interface.map_or(0, std::num::NonZero::get),
        cookie: socket.cookie,
        numbers: [expires, receive, transmit, uid, number(socket.inode)],
        attributes: values(socket.details(), bytes, |detail| match detail {
            inet::Detail::Memory(memory) => {
                let inet::Memory { receive, queued, forward, transmit } = memory;
                (1, Value::Words(vec![receive, queued, forward, transmit]))
            }
            inet::Detail::TcpInfo(info) => {
                tcp_info(info, order);
                (2, Value::Bytes(info.as_bytes().to_vec()))
            }
            inet::Detail::Congestion(name) => (4, Value::Text(name.to_vec())),
            inet::Detail::TypeOfService(byte) => (5, Value::Byte(byte)),
            inet::Detail::TrafficClass(byte) => (6, Value::Byte(byte)),
            inet::Detail::SocketMemory(memory) => (7, socket_memory(memory)),
            inet::Detail::Shutdown(shutdown) => (8, Value::Byte(shutdown.0)),
            inet::Detail::Protocol(byte) => (10, Value::Byte(byte)),
            inet::Detail::V6Only(only) => (11, Value::Byte(only.into())),
            inet::Detail::Mark(mark) => (15, Value::Words(vec![mark])),
            inet::Detail::ClassId(class) => (17, Value::Words(vec![class])),
            inet::Detail::ControlGroup(id) => (21, Value::Wide(id)),
            inet::Detail::Other(other) => {
                (other.kind(), Value::Bytes(other.value.as_bytes().to_vec()))
            }
            other => panic!("add this attribute to the check: {other:?}"),
        }),
    }
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

/// Every member is read from its offset in the kernel's header.
fn tcp_info(info: inet::TcpInfo<'_>, order: ByteOrder) {
    let wide = |number: Option<u32>| number.map(u64::from);
    let found = [
        (0, 1, info.state().map(|state| state.0.into())),
        (2, 1, info.retransmits().map(u64::from)),
        (8, 4, wide(info.rto())),
        (12, 4, wide(info.ato())),
        (16, 4, wide(info.snd_mss())),
        (20, 4, wide(info.rcv_mss())),
        (24, 4, wide(info.unacked())),
        (32, 4, wide(info.lost())),
        (36, 4, wide(info.retrans())),
        (60, 4, wide(info.pmtu())),
        (68, 4, wide(info.rtt())),
        (72, 4, wide(info.rttvar())),
        (76, 4, wide(info.snd_ssthresh())),
        (80, 4, wide(info.snd_cwnd())),
        (100, 4, wide(info.total_retrans())),
        (104, 8, info.pacing_rate()),
        (120, 8, info.bytes_acked()),
        (128, 8, info.bytes_received()),
        (136, 4, wide(info.segs_out())),
        (140, 4, wide(info.segs_in())),
        (144, 4, wide(info.notsent_bytes())),
        (148, 4, wide(info.min_rtt())),
        (152, 4, wide(info.data_segs_in())),
        (156, 4, wide(info.data_segs_out())),
        (160, 8, info.delivery_rate()),
        (200, 8, info.bytes_sent()),
        (208, 8, info.bytes_retrans()),
    ];
    for (at, size, number) in found {
        let sent = naive::tcp_info(info.as_bytes(), at, size, order);
        // What the kernel sends for "no limit" and "not measured".
        let none = match at {
            76 => Some(0x7FFF_FFFF),
            104 => Some(u64::MAX),
            148 => Some(u64::from(u32::MAX)),
            _ => None,
        };
        assert_eq!(number, sent.filter(|_| sent != none), "at {at}");
    }
}
