//! Requests: what procnet-core writes is what the recorder packed by itself, and what the
//! kernel answered.

mod common;

use procnet_core::{
    ByteOrder, State,
    netlink::{
        Content, Envelope, Messages, States, TooSmall, inet, packet, smc, tipc, unix, vsock, xdp,
    },
    table::inet::Family,
};

const ENVELOPE: Envelope = Envelope { order: ByteOrder::Little, sequence: 7 };
const EVERYTHING: inet::Extensions = inet::Extensions::MEMORY
    .with(inet::Extensions::TCP_INFO)
    .with(inet::Extensions::CONGESTION)
    .with(inet::Extensions::TYPE_OF_SERVICE)
    .with(inet::Extensions::TRAFFIC_CLASS)
    .with(inet::Extensions::SOCKET_MEMORY);

fn recorded(name: &str) -> Vec<u8> {
    let folder = common::folder("captures/linux-6.18-x86_64-netlink/netlink");
    common::read(&folder.join(name))
}

#[track_caller]
fn same(name: &str, write: impl Fn(&mut [u8]) -> Result<Vec<u8>, TooSmall>) {
    compare(name, &recorded(&format!("{name}.request")), write);
}

/// The same of a kind without a table.
#[track_caller]
fn same_kind(name: &str, write: impl Fn(&mut [u8]) -> Result<Vec<u8>, TooSmall>) {
    let folder = common::folder("captures/linux-7.2-x86_64-kinds/netlink");
    compare(name, &common::read(&folder.join(format!("{name}.request"))), write);
}

#[track_caller]
fn compare(name: &str, expected: &[u8], write: impl Fn(&mut [u8]) -> Result<Vec<u8>, TooSmall>) {
    let mut buffer = vec![0xAA; expected.len()];
    assert_eq!(write(&mut buffer).as_deref(), Ok(expected), "{name}");
    buffer.pop();
    assert_eq!(write(&mut buffer), Err(TooSmall), "{name}");
}

fn tcp(family: Family) -> inet::Dump<'static> {
    let (protocol, states) = (inet::Protocol::TCP, States::TABLE);
    inet::Dump { family, protocol, states, extensions: inet::Extensions::NONE, bytecode: &[] }
}

fn dump(name: &str, dump: inet::Dump<'_>) {
    same(name, |buffer| dump.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
}

fn filter(build: impl FnOnce(&mut inet::Bytecode<'_>) -> Result<(), TooSmall>) -> Vec<u8> {
    let mut buffer = [0; 100];
    let mut filter = inet::Bytecode::new(&mut buffer, ByteOrder::Little);
    build(&mut filter).expect("room");
    filter.finish().to_vec()
}

#[test]
fn dumps_of_kinds_without_a_table_are_those_of_the_recorder() {
    for (version, family) in [(4, Family::V4), (6, Family::V6)] {
        for (name, protocol, states, extensions) in [
            ("mptcp", inet::Protocol::MPTCP, States::TABLE, inet::Extensions::SOCKET_MEMORY),
            ("sctp", inet::Protocol::SCTP, States::ALL, inet::Extensions::SOCKET_MEMORY),
            ("dccp", inet::Protocol::DCCP, States::ALL, inet::Extensions::SOCKET_MEMORY),
        ] {
            let dump = inet::Dump { family, protocol, states, extensions, bytecode: &[] };
            same_kind(&format!("{name}{version}"), |buffer| {
                dump.write(buffer, ENVELOPE).map(<[u8]>::to_vec)
            });
        }
    }
    let states = States::TABLE;
    same_kind("vsock", |buffer| vsock::Dump { states }.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
    same_kind("tipc", |buffer| tipc::Dump { states }.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
    same_kind("smc", |buffer| smc::Dump.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
    let show = xdp::Show::QUEUE.with(xdp::Show::SOCKET_MEMORY);
    same_kind("xdp", |buffer| xdp::Dump { show }.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
}

#[test]
fn a_dump_of_packet_sockets_is_that_of_the_recorder() {
    let folder = common::folder("captures/linux-6.18-x86_64-packet/netlink");
    use packet::Show;
    let basic = Show::INFO.with(Show::MEMBERSHIPS).with(Show::RINGS);
    let show = basic.with(Show::FANOUT).with(Show::SOCKET_MEMORY).with(Show::FILTER);
    compare("packet", &common::read(&folder.join("packet.request")), |buffer| {
        packet::Dump { show }.write(buffer, ENVELOPE).map(<[u8]>::to_vec)
    });
}

#[test]
fn dumps_are_those_of_the_recorder() {
    let (v4, v6) = (tcp(Family::V4), tcp(Family::V6));
    let (udp, none) = (inet::Protocol::UDP, inet::Extensions::NONE);
    dump("tcp4", inet::Dump { extensions: EVERYTHING, ..v4 });
    dump("tcp6", inet::Dump { extensions: EVERYTHING, ..v6 });
    dump("tcp4-brief", v4);
    dump("tcp4-bound-inactive", inet::Dump { states: States::BOUND_INACTIVE, ..v4 });
    dump("udp6", inet::Dump { protocol: udp, states: States::DATAGRAM, ..v6 });
    dump("raw4", inet::Dump { protocol: inet::Protocol::RAW, states: States::ALL, ..v4 });
    let protocol = inet::Protocol::UDPLITE;
    dump("udplite4", inet::Dump { protocol, states: States::ALL, ..v4 });
    let compat = |states, extensions| inet::CompatDump { states, extensions, bytecode: &[] };
    let whole = compat(States::TABLE, none);
    same("tcp-compat", |buffer| whole.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
    let listeners = compat(States::of(State::LISTEN), inet::Extensions::TCP_INFO);
    same("tcp-compat-listeners", |buffer| listeners.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
    let unix = |states, show| unix::Dump { states, show };
    let brief = unix(States::ALL, unix::Show::NONE);
    same("unix-brief", |buffer| brief.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
    let listeners = unix(States::of(State::LISTEN), unix::Show::NAME.with(unix::Show::PENDING));
    same("unix-listeners", |buffer| listeners.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
}

#[test]
fn lookups_are_those_of_the_recorder_and_find_what_was_asked_for() {
    for (name, protocol, local, remote, extensions) in [
        ("lookup-tcp4", inet::Protocol::TCP, "127.0.0.1:40001", "127.0.0.1:8001", true),
        ("lookup-tcp6", inet::Protocol::TCP, "[::1]:40001", "[::1]:8002", false),
        ("lookup-udp4", inet::Protocol::UDP, "127.0.0.1:40020", "127.0.0.1:5300", false),
    ] {
        let lookup = inet::Lookup {
            protocol,
            local: local.parse().expect("an address"),
            remote: remote.parse().expect("an address"),
            interface: None,
            cookie: None,
            extensions: inet::Extensions(2 * u8::from(extensions)),
        };
        same(name, |buffer| lookup.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
        let [socket] = sockets(name).try_into().expect("one socket");
        assert_eq!(socket, (local.to_owned(), remote.to_owned()), "{name}");
    }
}

#[test]
fn filters_are_those_of_the_recorder_and_let_pass_what_they_say() {
    let v4 = tcp(Family::V4);
    let bytecode = filter(|filter| filter.source_port(40001).map(|_| ()));
    dump("filter-source-port", inet::Dump { bytecode: &bytecode, ..v4 });
    let found = sockets("filter-source-port");
    assert_eq!(found, [("127.0.0.1:40001".to_owned(), "127.0.0.1:8001".to_owned())]);

    let bytecode = filter(|filter| filter.source_ports(40002..=40004).map(|_| ()));
    dump("filter-source-range", inet::Dump { bytecode: &bytecode, ..v4 });
    let all = sockets("tcp4-brief");
    let inside = |(local, _): &&(String, String)| {
        ["40002", "40003", "40004"].iter().any(|port| local.ends_with(port))
    };
    let mut expected: Vec<_> = all.iter().filter(inside).cloned().collect();
    let mut found = sockets("filter-source-range");
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert!(!found.is_empty());

    let bytecode = filter(|filter| {
        filter.destination_ports(8001..=8002)?.source_prefix([127, 0, 0, 1].into(), 8)?;
        Ok(())
    });
    let (states, extensions) = (States::TABLE, inet::Extensions::NONE);
    let compat = inet::CompatDump { states, extensions, bytecode: &bytecode };
    same("filter-prefix", |buffer| compat.write(buffer, ENVELOPE).map(<[u8]>::to_vec));
    let found = sockets("filter-prefix");
    assert!(found.len() > 2, "{found:?}");
    assert!(found.iter().all(|(_, remote)| remote == "127.0.0.1:8001"), "{found:?}");

    let bytecode = filter(|filter| {
        let loopback = std::net::Ipv6Addr::LOCALHOST.into();
        filter.destination_prefix(loopback, 128)?.destination_port(40001)?;
        Ok(())
    });
    dump("filter-destination", inet::Dump { bytecode: &bytecode, ..tcp(Family::V6) });
    let found = sockets("filter-destination");
    assert_eq!(found, [("[::1]:8002".to_owned(), "[::1]:40001".to_owned())]);
}

/// Both ends of each socket in an answer.
fn sockets(name: &str) -> Vec<(String, String)> {
    let answer = recorded(name);
    let sockets = Messages::new(&answer, ByteOrder::Little).filter_map(|message| {
        let Ok(Content::Data(payload)) = message.expect("a message").content() else {
            return None;
        };
        let socket = inet::Socket::decode(payload).expect("a socket");
        Some((socket.local.to_string(), socket.remote.to_string()))
    });
    sockets.collect()
}
