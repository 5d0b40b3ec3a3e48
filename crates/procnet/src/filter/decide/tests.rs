//! Which sockets meet which filters, of which that is not known, and that what is known early
//! stays so.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
};

use procnet_core::{
    ByteOrder, Inode,
    netlink::unix::Name,
    table::{Table as _, inet::Timer, unix::SocketType},
};
use proptest::{prelude::*, sample::select};

use super::*;
use crate::{InetDiag, SocketDetails, UnixDiag, owners::Join};

/// A socket of socket diagnostics.
fn diag(kind: Kind, state: State, local: &str, remote: &str) -> Socket<'static> {
    let diag = InetDiag {
        local: local.parse().unwrap(),
        remote: remote.parse().unwrap(),
        interface: None,
        cookie: 1,
        timer: Timer::OFF,
        retransmits: 0,
        expires: None,
        uid: Some(1000),
        rx_queue: 0,
        tx_queue: None,
        backlog: None,
        mark: None,
        control_group: None,
        details: SocketDetails::default(),
    };
    Socket::from_diag(kind, state, Inode::new(7), Detail::InetDiag(diag))
}

/// The same with some numbers.
fn with(socket: Socket<'static>, change: impl FnOnce(&mut InetDiag<'_>)) -> Socket<'static> {
    let Detail::InetDiag(mut diag) = socket.detail else { panic!() };
    change(&mut diag);
    Socket { detail: Detail::InetDiag(diag), ..socket }
}

fn unix(name: &'static [u8]) -> Socket<'static> {
    let name = Some(Name::new(name));
    let (details, join) = (SocketDetails::default(), Join::None);
    let kind = SocketType(1);
    let diag = UnixDiag { kind, cookie: 1, name, peer: None, uid: None, details, join };
    Socket::from_diag(Kind::Unix, State::LISTEN, Inode::new(9), Detail::UnixDiag(diag))
}

fn decide(text: &str, socket: &Socket<'_>) -> Option<bool> {
    let filter: Filter = text.parse().unwrap();
    let facts = Facts::default();
    let decided = filter.decide(&OfSocket { socket, facts: &facts, owners: Looked::AtAll });
    let negated = (!filter).decide(&OfSocket { socket, facts: &facts, owners: Looked::AtAll });
    assert_eq!(negated, decided.map(|holds| !holds), "{text}");
    decided
}

#[test]
fn a_connection() {
    let socket = diag(Kind::Tcp6, State::ESTABLISHED, "[::ffff:10.0.0.1]:443", "[fe80::1]:5000");
    for holds in [
        "sport = :https",
        "sport >= :443 sport <= :443",
        "dport > :1023",
        "src 10.0.0.0/8",
        "src ::ffff:10.0.0.1",
        "src [::ffff:0:0]/96:443",
        "src *",
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
        "inode = 0",
        "pid = 1",
        "sport 80 and mark 1",
    ] {
        assert_eq!(decide(fails, &socket), Some(false), "{fails}");
    }
    for unknown in ["mark = 1", "cgroup = 1", "dev = eth0", "autobound", "sport 443 mark 1"] {
        assert_eq!(decide(unknown, &socket), None, "{unknown}");
    }
    let told = with(socket, |diag| {
        (diag.mark, diag.control_group) = (Some(0x1234), Some(42));
        (diag.uid, diag.interface) = (None, NonZeroU32::new(3));
    });
    for holds in ["mark = 0x34/0xff", "mark != 0x34", "cgroup = 42", "dev = 3"] {
        assert_eq!(decide(holds, &told), Some(true), "{holds}");
    }
    assert_eq!(decide("uid = 0", &told), None);
}

#[test]
fn a_unix_socket() {
    let socket = unix(b"/run/a b.sock\0");
    for holds in
        ["src /run/*", "src \"/run/a b.sock\"", "src unix:*sock", "sport != :1", "dev != 1"]
    {
        assert_eq!(decide(holds, &socket), Some(true), "{holds}");
    }
    for fails in ["src /run", "src @*", "src *", "sport < :1", "dport = :0", "mark = 0"] {
        assert_eq!(decide(fails, &socket), Some(false), "{fails}");
    }
    assert_eq!((decide("uid 0", &socket), decide("cgroup 1", &socket)), (None, None));
    let hidden = unix(b"\0a\0b");
    assert_eq!(decide("src @a@b", &hidden), Some(true));
    assert_eq!(decide("autobound", &unix(b"\x000001f")), Some(true));
    assert_eq!(decide("autobound", &hidden), Some(false));
}

#[test]
fn a_row_of_a_table() {
    let table = Kind::Tcp.inet_table(ByteOrder::Little).unwrap();
    let row = b"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 0 1 0 100 0 0 10 0";
    let record = table.row(row, 2).unwrap().unwrap().record().unwrap();
    let socket = Socket::from_inet(Kind::Tcp, record);
    assert_eq!(decide("src 127/8 sport = :http-alt uid 1000", &socket), Some(true));
    assert_eq!(decide("dev = 0 or mark = 0 or cgroup = 0", &socket), None);
    // It has no inode: nobody can own it.
    assert_eq!(decide("pid = 1 or comm = *", &socket), Some(false));
    assert_eq!(decide("inode = 0", &socket), Some(true));
}

#[test]
fn owners_that_cannot_be_seen() {
    let socket = diag(Kind::Udp, State::CLOSE, "127.0.0.1:53", "0.0.0.0:0");
    let facts = Facts::default();
    let filter: Filter = "comm = named or pid = 1".parse().unwrap();
    assert!(filter.needs_owners());
    let decide = |owners| filter.decide(&OfSocket { socket: &socket, facts: &facts, owners });
    assert_eq!(decide(Looked::NotYet), None);
    assert_eq!(decide(Looked::AtSome), None);
    assert_eq!(decide(Looked::AtAll), Some(false));
}

/// Sockets that often meet what is asked.
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
    let inet = (ends, port(), port(), 1..13_u8, numbers, 0..3_usize).prop_map(
        |((local, remote), from, to, state, (mark, interface, group, inode), protocol)| {
            let kinds = [(Kind::Tcp, Kind::Tcp6), (Kind::Udp, Kind::Udp6), (Kind::Raw, Kind::Raw6)];
            let (v4, v6) = kinds[protocol];
            let kind = if local.is_ipv4() { v4 } else { v6 };
            let socket = diag(kind, State(state), "0.0.0.0:0", "0.0.0.0:0");
            let socket = with(socket, |diag| {
                diag.local = SocketAddr::new(local, from);
                diag.remote = SocketAddr::new(remote, to);
                diag.mark = mark.map(u32::from);
                diag.uid = inode.then_some(0);
                diag.interface = NonZeroU32::new(interface);
                diag.control_group = group.then_some(1);
            });
            Socket { inode: socket.inode.filter(|_| inode), ..socket }
        },
    );
    prop_oneof![9 => inet, 1 => select(vec![unix(b"\x000001f"), unix(b"/a\0")])]
}

proptest! {
    /// What is left out because of its kind, its state or its row is what is left out anyway.
    #[test]
    fn what_is_known_early_stays_so(filter in crate::filter::tests::filters(), socket in sockets()) {
        let facts = Facts::default();
        let known = |owners| filter.decide(&OfSocket { socket: &socket, facts: &facts, owners });
        let (kind, state) = (socket.kind, Some(socket.state));
        let steps = [
            filter.decide(&OfKind { kind, state: None }),
            filter.decide(&OfKind { kind, state }),
            known(Looked::NotYet),
            known(Looked::AtSome),
            known(Looked::AtAll),
        ];
        for pair in steps.windows(2) {
            prop_assert!(pair[0].is_none() || pair[0] == pair[1], "{}: {:?}", filter, steps);
        }
    }
}
