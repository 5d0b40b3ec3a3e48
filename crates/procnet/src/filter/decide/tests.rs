//! Which sockets match which filters, for which the result is unknown, and that an early decision
//! is never revised.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
};

use procnet_core::{ByteOrder, Inode, table::unix::SocketType};
use proptest::{prelude::*, sample::select};

use super::*;
use crate::socket::{Ends, Form, Own, SocketFields, SocketRow, Span};

/// A socket that outlives its test.
fn leaked(fields: SocketFields, bytes: &'static [u8]) -> Socket<'static> {
    Box::leak(Box::new(SocketRow { fields, bytes, is_distinct: false })).socket()
}

/// A socket from sock_diag, with some fields changed.
fn diag(
    kind: Kind,
    state: State,
    (local, remote): (&str, &str),
    change: impl FnOnce(&mut SocketFields),
) -> Socket<'static> {
    let (local, remote) = (local.parse().unwrap(), remote.parse().unwrap());
    let mut fields = SocketFields {
        inode: Inode::new(7),
        ends: Some(Ends { local, remote }),
        interface: Interface::Any,
        uid: Some(1000),
        ..SocketFields::new(kind, state, Form::InetDiag)
    };
    change(&mut fields);
    leaked(fields, &[])
}

fn unix(name: &'static [u8]) -> Socket<'static> {
    unix_in(State::LISTEN, name)
}

/// A unix socket without a name if that is empty.
fn unix_in(state: State, name: &'static [u8]) -> Socket<'static> {
    let span = Span::of(name, name).filter(|_| !name.is_empty());
    let own = Own::Unix { kind: SocketType(1), name: span, peer: None };
    let fields = SocketFields::new(Kind::Unix, state, Form::UnixDiag);
    leaked(SocketFields { inode: Inode::new(9), own, ..fields }, name)
}

fn decide(text: &str, socket: &Socket<'_>) -> Option<bool> {
    let filter: Filter = text.parse().unwrap();
    let names = ResolvedNames::default();
    let decided = filter.decide(&OfSocket { socket, names: &names, owners: OwnersSeen::All });
    let negated = (!filter).decide(&OfSocket { socket, names: &names, owners: OwnersSeen::All });
    assert_eq!(negated, decided.map(|holds| !holds), "{text}");
    decided
}

#[test]
fn conditions_on_a_connection() {
    let ends = ("[::ffff:10.0.0.1]:443", "[fe80::1]:5000");
    let socket = diag(Kind::Tcp6, State::ESTABLISHED, ends, |_| {});
    for holds in [
        "sport = :https",
        "sport >= :443 sport <= :443",
        "dport > :1023",
        "src 10.0.0.0/8",
        "src ::ffff:10.0.0.1",
        "src [::ffff:0:0]/96:443",
        "src *",
        "dst inet6:*",
        "kind = tcp6",
        "type = stream",
        "dst fe80::/64",
        "state connected",
        "exclude listening",
        "uid >= 1000 and uid < 1001",
        "inode = 7",
        "dev = 0",
        // One part decides.
        "sport 443 or mark 1",
    ] {
        assert_eq!(decide(holds, &socket), Some(true), "{holds}");
    }
    for fails in [
        "sport = :80",
        "dst 10.0.0.0/8",
        "dst 0.0.0.0/0",
        "src 10.0.0.2",
        "state listening",
        "uid 0",
        "dev = 3",
        "src /run/*",
        "src unix:*",
        "src inet:*",
        "kind = tcp4",
        "type = dgram",
        "mark = 0x100/0xff",
        "inode = 0",
        "pid = 1",
        "sport 80 and mark 1",
    ] {
        assert_eq!(decide(fails, &socket), Some(false), "{fails}");
    }
    for unknown in ["mark = 1", "cgroup = 1", "dev = eth0", "autobound", "sport 443 mark 1"] {
        assert_eq!(decide(unknown, &socket), None, "{unknown}");
    }
    let marked = diag(Kind::Tcp6, State::ESTABLISHED, ends, |fields| {
        (fields.mark, fields.control_group) = (Some(0x1234), Some(42));
        (fields.uid, fields.interface) = (None, Interface::of(NonZeroU32::new(3)));
    });
    for holds in ["mark = 0x34/0xff", "mark != 0x34", "cgroup = 42", "dev = 3"] {
        assert_eq!(decide(holds, &marked), Some(true), "{holds}");
    }
    assert_eq!(decide("uid = 0", &marked), None);
}

#[test]
fn the_listening_state_depends_on_the_kind() {
    let ends = ("127.0.0.1:53", "0.0.0.0:0");
    for (kind, state, listens) in [
        (Kind::Tcp, State::LISTEN, true),
        (Kind::Tcp, State::CLOSE, false),
        (Kind::Udp, State::CLOSE, true),
        (Kind::Udp, State::ESTABLISHED, false),
    ] {
        let socket = diag(kind, state, ends, |_| {});
        assert_eq!(decide("listening", &socket), Some(listens), "{kind} {state}");
    }
    assert_eq!(decide("listening", &unix(b"/a\0")), Some(true));
    assert_eq!(decide("listening", &unix_in(State::CLOSE, b"/a\0")), Some(true));
    assert_eq!(decide("listening", &unix_in(State::ESTABLISHED, b"")), Some(false));
}

#[test]
fn conditions_on_a_unix_socket() {
    let socket = unix(b"/run/a b.sock\0");
    for holds in [
        "src /run/*",
        "src \"/run/a b.sock\"",
        "src /run/a\\ b.sock",
        "src /RUN/?[\\ -]B.S*",
        "src unix:*sock",
        "src *",
        "type = stream",
        "kind = unix",
        "sport != :1",
        "dev != 1",
    ] {
        assert_eq!(decide(holds, &socket), Some(true), "{holds}");
    }
    for fails in
        ["src /run", "src @*", "src inet:*", "sport < :1", "dport = :0", "mark = 0", "src unix:"]
    {
        assert_eq!(decide(fails, &socket), Some(false), "{fails}");
    }
    assert_eq!((decide("uid 0", &socket), decide("cgroup 1", &socket)), (None, None));
    let hidden = unix(b"\0a\0b");
    assert_eq!(decide("src @a@b", &hidden), Some(true));
    assert_eq!(decide("autobound", &unix(b"\x000001f")), Some(true));
    assert_eq!(decide("autobound", &hidden), Some(false));
    assert_eq!(decide("autobound", &unix(b"\x000001F")), Some(false));
    let unnamed = unix(b"");
    for holds in ["autobound", "src unix:*", "src unix:", "src @* or src unix:*"] {
        assert_eq!(decide(holds, &unnamed), Some(true), "{holds}");
    }
    assert_eq!(decide("src unix:?*", &unnamed), Some(false));
}

#[test]
fn conditions_on_a_row_of_proc() {
    let row = b"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 0 1 0 100 0 0 10 0";
    let row = SocketRow::decode(Kind::Tcp, ByteOrder::Little, row, 2).unwrap().unwrap();
    let socket = row.socket();
    assert_eq!(decide("src 127/8 sport = :http-alt uid 1000", &socket), Some(true));
    assert_eq!(decide("dev = 0 or mark = 0 or cgroup = 0", &socket), None);
    // It has no inode, so nobody can own it.
    assert_eq!(decide("pid = 1 or comm = * or unit = *", &socket), Some(false));
    assert_eq!(decide("inode = 0", &socket), Some(true));
}

/// The kernel chose the port if it may have and `bind` did not name it.
#[test]
fn a_port_is_autobound_if_it_is_ephemeral_and_not_locked() {
    let filter: Filter = "autobound".parse().unwrap();
    let names = ResolvedNames::with_ephemeral((5000, 6000));
    for (local, state, port_locked, expected) in [
        ("1.1.1.1:5000", State::ESTABLISHED, Some(false), Some(true)),
        ("1.1.1.1:5000", State::ESTABLISHED, Some(true), Some(false)),
        ("1.1.1.1:5000", State::ESTABLISHED, None, None),
        ("1.1.1.1:4999", State::ESTABLISHED, Some(false), Some(false)),
        ("1.1.1.1:4999", State::ESTABLISHED, None, Some(false)),
        // A minisock has no lock.
        ("1.1.1.1:6000", State::TIME_WAIT, None, Some(true)),
    ] {
        let socket = diag(Kind::Tcp, state, (local, "1.1.1.1:1"), |fields| {
            fields.port_locked = port_locked;
            fields.inode = fields.inode.filter(|_| state != State::TIME_WAIT);
        });
        let of = OfSocket { socket: &socket, names: &names, owners: OwnersSeen::All };
        assert_eq!(filter.decide(&of), expected, "{local} {state} {port_locked:?}");
        let unknown = OfSocket { names: &ResolvedNames::default(), ..of };
        let expected = if port_locked == Some(true) { Some(false) } else { None };
        assert_eq!(filter.decide(&unknown), expected);
    }
}

#[test]
fn conditions_on_hidden_owners() {
    let socket = diag(Kind::Udp, State::CLOSE, ("127.0.0.1:53", "0.0.0.0:0"), |_| {});
    let names = ResolvedNames::default();
    for text in ["comm = named or pid = 1", "unit = named", "container = *", "pod = *"] {
        let filter: Filter = text.parse().unwrap();
        assert!(filter.needs_owners());
        let decide = |owners| filter.decide(&OfSocket { socket: &socket, names: &names, owners });
        assert_eq!(decide(OwnersSeen::No), None, "{text}");
        assert_eq!(decide(OwnersSeen::Some), None, "{text}");
        assert_eq!(decide(OwnersSeen::All), Some(false), "{text}");
    }
}

/// Sockets that often match.
pub(in crate::filter) fn sockets() -> impl Strategy<Value = Socket<'static>> {
    let v4 = select(vec![[0; 4], [127, 0, 0, 1], [10, 1, 2, 3], [255; 4]]).prop_map(Ipv4Addr::from);
    let v6 = select(vec!["::", "::1", "fe80::1", "::ffff:10.0.0.1", "2001:db8::"])
        .prop_map(|ip| ip.parse::<Ipv6Addr>().unwrap());
    let port = || prop_oneof![0..6_u16, any::<u16>()];
    let ends = prop_oneof![
        (v4.clone(), v4).prop_map(|(a, b)| (IpAddr::V4(a), IpAddr::V4(b))),
        (v6.clone(), v6).prop_map(|(a, b)| (IpAddr::V6(a), IpAddr::V6(b))),
    ];
    let numbers = (any::<Option<bool>>(), 0..3_u32, any::<bool>(), any::<bool>());
    let inet = (ends, port(), port(), 1..13_u8, numbers, 0..4_usize).prop_map(
        |((local, remote), from, to, state, (mark, interface, group, inode), protocol)| {
            let kinds = [
                (Kind::Tcp, Kind::Tcp6),
                (Kind::Udp, Kind::Udp6),
                (Kind::Raw, Kind::Raw6),
                (Kind::Mptcp, Kind::Mptcp6),
            ];
            let (v4, v6) = kinds[protocol];
            let kind = if local.is_ipv4() { v4 } else { v6 };
            diag(kind, State(state), ("0.0.0.0:0", "0.0.0.0:0"), |fields| {
                let (local, remote) = (SocketAddr::new(local, from), SocketAddr::new(remote, to));
                fields.ends = Some(Ends { local, remote });
                fields.mark = mark.map(u32::from);
                fields.uid = inode.then_some(0);
                fields.interface = Interface::of(NonZeroU32::new(interface));
                fields.control_group = group.then_some(1);
                fields.port_locked = Some(group == inode);
                fields.inode = fields.inode.filter(|_| inode);
            })
        },
    );
    let unix = select(vec![unix(b"\x000001f"), unix(b"/a\0"), unix_in(State::CLOSE, b"")]);
    prop_oneof![9 => inet, 1 => unix]
}

proptest! {
    /// Sockets excluded because of their kind, state or row do not match the filter either.
    #[test]
    fn an_early_decision_is_final(filter in crate::filter::tests::filters(), socket in sockets()) {
        let names = ResolvedNames::default();
        let known = |owners| filter.decide(&OfSocket { socket: &socket, names: &names, owners });
        let (kind, state) = (socket.kind, Some(socket.state));
        let steps = [
            filter.decide(&OfKind { kind, state: None }),
            filter.decide(&OfKind { kind, state }),
            known(OwnersSeen::No),
            known(OwnersSeen::Some),
            known(OwnersSeen::All),
        ];
        // In a state that is not possible, the socket does not match.
        let possible = filter.possible_states(kind).contains(socket.state);
        prop_assert!(possible || known(OwnersSeen::All) != Some(true), "{}", filter);
        for pair in steps.windows(2) {
            prop_assert!(pair[0].is_none() || pair[0] == pair[1], "{}: {:?}", filter, steps);
        }
    }
}
