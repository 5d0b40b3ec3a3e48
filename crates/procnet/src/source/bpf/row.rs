//! A socket from a row of the BPF program: the same as sock_diag reports of it.

use std::num::{NonZeroU32, NonZeroU64};

use procnet_bpf::{Addresses, Row};
use procnet_core::{
    Inode, State,
    netlink::unix::Name,
    table::{SocketType, inet::Timer},
};

use crate::{
    Kind, Kinds,
    socket::{Ends, Form, Interface, Own, RunningTimer, SocketFields, SocketRow, Span},
};

const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const IPPROTO_ICMP: u16 = 1;
const IPPROTO_TCP: u16 = 6;
const IPPROTO_UDP: u16 = 17;
const IPPROTO_ICMPV6: u16 = 58;
const IPPROTO_UDPLITE: u16 = 136;

/// The tables whose sockets are all in processes. Not packet: a row does not say whether the socket
/// is running. Not netlink: the kernel has sockets of its own there. Not those without a table.
pub(super) fn is_provided(kind: Kind) -> bool {
    kind.has_table() && !(Kinds::PACKET | Kinds::NETLINK).contains(kind)
}

/// The table of a socket; `None` if it is in none that is provided.
pub(super) fn kind_of(row: &Row<'_>) -> Option<Kind> {
    let of = |v4, v6| match row.family {
        AF_INET => Some(v4),
        AF_INET6 => Some(v6),
        _ => None,
    };
    match (row.family, SocketType(row.socket_type), row.protocol) {
        (AF_UNIX, ..) => Some(Kind::Unix),
        (_, SocketType::STREAM, IPPROTO_TCP) => of(Kind::Tcp, Kind::Tcp6),
        (_, SocketType::DGRAM, IPPROTO_UDP) => of(Kind::Udp, Kind::Udp6),
        (_, SocketType::DGRAM, IPPROTO_UDPLITE) => of(Kind::UdpLite, Kind::UdpLite6),
        (_, SocketType::RAW, _) => of(Kind::Raw, Kind::Raw6),
        (AF_INET, SocketType::DGRAM, IPPROTO_ICMP) => Some(Kind::Icmp),
        (AF_INET6, SocketType::DGRAM, IPPROTO_ICMPV6) => Some(Kind::Icmp6),
        _ => None,
    }
}

/// The socket of a row. `None` if the kernel's table does not list it, as it has no port, or if it is
/// only bound and such sockets are not wanted. The row borrows from `record`. `jiffy` is the length of one in nanoseconds.
#[inline]
pub(super) fn socket<'r>(
    kind: Kind,
    row: &Row<'_>,
    record: &'r [u8],
    wants_bound: bool,
    jiffy: u64,
) -> Option<SocketRow<'r>> {
    let mut fields = SocketFields::new(kind, row.state, Form::Bpf);
    fields.inode = Inode::new(row.owner.inode);
    fields.cookie = row.cookie.and_then(NonZeroU64::new);
    fields.uid = Some(row.uid);
    let ends = match row.addresses {
        Addresses::Inet { local, remote } => Some((local.into(), remote.into())),
        Addresses::Inet6 { local, remote } => Some((local.into(), remote.into())),
        Addresses::Unix { peer, name } => {
            let name = name.and_then(|name| Span::of(Name::new(name).as_bytes(), record));
            let peer = peer.and_then(Inode::new);
            fields.own = Own::Unix { kind: SocketType(row.socket_type), name, peer };
            None
        }
        Addresses::Netlink { .. } | Addresses::Other => None,
    };
    if let Some((local, remote)) = ends {
        let mut ends = Ends { local, remote };
        if ends.local.port() == 0 {
            return None;
        }
        if matches!(kind, Kind::Raw | Kind::Raw6) {
            // The address passed to `connect`; its port has no meaning.
            ends.remote.set_port(0);
        }
        fields.ends = Some(ends);
        fields.interface = Interface::of(row.interface.and_then(NonZeroU32::new));
        // The kernel returns the memory of datagrams that were read with delay, and sock_diag
        // subtracts that (net/ipv4/udp.c `udp_skb_dtor_locked`, `udp_rqueue_get`).
        let is_delayed = matches!(row.protocol, IPPROTO_UDP | IPPROTO_UDPLITE);
        fields.rx_queue = row.rx_queue.filter(|_| !is_delayed);
        fields.tx_queue = row.tx_queue;
    }
    if kind.is_tcp() {
        match row.state {
            State::LISTEN => (fields.tx_queue, fields.backlog) = (None, row.tx_queue),
            // With a port, it is in the hash of bound sockets (net/ipv4/inet_diag.c
            // `inet_diag_dump_icsk`).
            State::CLOSE if wants_bound => fields.state = State::BOUND_INACTIVE,
            State::CLOSE => return None,
            _ => {}
        }
        fields.timer = timer(row, jiffy);
    }
    Some(SocketRow { fields, bytes: record, is_distinct: false })
}

fn timer(row: &Row<'_>, jiffy: u64) -> Option<RunningTimer> {
    let left = u64::try_from(row.timer_jiffies).unwrap_or_default();
    let expires_ms = left.saturating_mul(jiffy) / 1_000_000;
    let retransmits = u32::from(row.retransmits);
    (row.timer != Timer::OFF).then_some(RunningTimer { kind: row.timer, retransmits, expires_ms })
}

#[cfg(test)]
pub(super) mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

    use procnet_bpf::Owner;

    use super::*;

    const IPPROTO_MPTCP: u16 = 262;

    /// 4 ms: 250 jiffies a second.
    const JIFFY: u64 = 4_000_000;

    /// A row of each kind, with a port.
    pub(crate) fn row(kind: Kind) -> Row<'static> {
        let (socket_type, protocol) = match kind {
            Kind::Tcp | Kind::Tcp6 => (1, IPPROTO_TCP),
            Kind::Udp | Kind::Udp6 => (2, IPPROTO_UDP),
            Kind::UdpLite | Kind::UdpLite6 => (2, IPPROTO_UDPLITE),
            Kind::Raw | Kind::Raw6 => (3, 47),
            Kind::Icmp => (2, IPPROTO_ICMP),
            Kind::Icmp6 => (2, IPPROTO_ICMPV6),
            Kind::Unix => (5, 0),
            Kind::Packet | Kind::Netlink => (3, 0),
            Kind::Mptcp | Kind::Mptcp6 => (1, IPPROTO_MPTCP),
            Kind::Sctp | Kind::Sctp6 => (5, 132),
            Kind::Dccp | Kind::Dccp6 => (6, 33),
            Kind::Smc | Kind::Vsock | Kind::Tipc => (1, 0),
            Kind::Xdp => (3, 0),
        };
        let (family, addresses) = match kind {
            Kind::Unix => (AF_UNIX, Addresses::Unix { peer: Some(77), name: Some(b"/run/x\0") }),
            Kind::Packet | Kind::Netlink => (17, Addresses::Other),
            Kind::Smc | Kind::Vsock | Kind::Tipc | Kind::Xdp => {
                (u16::try_from(kind.family()).unwrap(), Addresses::Other)
            }
            kind if kind.is_ipv4() => {
                let local = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080);
                let remote = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 1), 443);
                (AF_INET, Addresses::Inet { local, remote })
            }
            _ => {
                let local = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 8080, 0, 0);
                let remote = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 443, 0, 0);
                (AF_INET6, Addresses::Inet6 { local, remote })
            }
        };
        Row {
            owner: Owner { inode: 42, pid: 7, fd: 3 },
            cookie: None,
            netns: 4_026_531_840,
            uid: 1000,
            family,
            socket_type,
            protocol,
            state: State::ESTABLISHED,
            shutdown: 0,
            interface: None,
            timer: Timer::OFF,
            timer_jiffies: 0,
            retransmits: 0,
            rx_queue: Some(11),
            tx_queue: Some(22),
            requests: 0,
            addresses,
        }
    }

    /// What a row becomes, from its record.
    fn fields(row: &Row<'_>, wants_bound: bool) -> Option<(SocketFields, Vec<u8>)> {
        let mut record = Vec::new();
        row.encode(&mut record);
        let (row, _) = Row::decode(&record).unwrap().unwrap();
        let socket = socket(kind_of(&row)?, &row, &record, wants_bound, JIFFY)?;
        Some((socket.fields, record.clone()))
    }

    #[test]
    fn every_kind_is_recognised_but_those_that_a_pass_cannot_know_whole() {
        for kind in Kind::ALL {
            let recognised = kind_of(&row(kind));
            assert_eq!(recognised, Some(kind).filter(|kind| is_provided(*kind)), "{kind}");
        }
        // The connection itself, whose subflows are the rows of tcp.
        assert_eq!(kind_of(&Row { protocol: IPPROTO_MPTCP, ..row(Kind::Tcp) }), None);
    }

    #[test]
    fn a_connection_has_addresses_queues_and_a_timer_in_milliseconds() {
        let timer = Row { timer: Timer(2), timer_jiffies: 25, retransmits: 3, ..row(Kind::Tcp6) };
        let (fields, _) = fields(&Row { interface: Some(4), ..timer }, false).unwrap();
        assert_eq!(fields.ends.unwrap().local.to_string(), "[::1]:8080");
        assert_eq!((fields.rx_queue, fields.tx_queue, fields.backlog), (Some(11), Some(22), None));
        let running = RunningTimer { kind: Timer(2), retransmits: 3, expires_ms: 100 };
        assert_eq!(fields.timer, Some(running));
        assert_eq!(fields.interface, Interface::of(NonZeroU32::new(4)));
        assert_eq!((fields.uid, fields.inode), (Some(1000), Inode::new(42)));
        let late = super::timer(&Row { timer_jiffies: -1, ..timer }, JIFFY).unwrap();
        assert_eq!(late.expires_ms, 0);
    }

    #[test]
    fn a_listener_has_a_backlog_in_place_of_bytes_to_send() {
        let (fields, _) = fields(&Row { state: State::LISTEN, ..row(Kind::Tcp) }, false).unwrap();
        assert_eq!((fields.rx_queue, fields.tx_queue, fields.backlog), (Some(11), None, Some(22)));
    }

    #[test]
    fn the_memory_of_read_datagrams_is_not_taken_for_bytes_to_be_read() {
        for kind in [Kind::Udp, Kind::Udp6, Kind::UdpLite] {
            assert_eq!(fields(&row(kind), false).unwrap().0.rx_queue, None);
        }
        assert_eq!(fields(&row(Kind::Icmp), false).unwrap().0.rx_queue, Some(11));
    }

    #[test]
    fn sockets_that_no_table_lists_are_left_out() {
        let closed = Row { state: State::CLOSE, ..row(Kind::Tcp) };
        assert!(fields(&closed, false).is_none());
        assert_eq!(fields(&closed, true).unwrap().0.state, State::BOUND_INACTIVE);
        let none = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
        let addresses = Addresses::Inet { local: none, remote: none };
        for kind in [Kind::Tcp, Kind::Udp, Kind::Icmp] {
            let unbound = Row { addresses, state: State::CLOSE, ..row(kind) };
            assert!(fields(&unbound, true).is_none(), "{kind}");
        }
        assert!(fields(&Row { state: State::CLOSE, ..row(Kind::Udp) }, false).is_some());
    }

    #[test]
    fn the_port_of_a_raw_socket_is_its_protocol_and_its_peer_has_none() {
        let (fields, _) = fields(&row(Kind::Raw), false).unwrap();
        assert_eq!(fields.ends.unwrap().remote.to_string(), "10.0.0.1:0");
    }

    #[test]
    fn a_unix_socket_has_its_exact_name_and_its_peer() {
        let named = |name: Option<&[u8]>| {
            let addresses = Addresses::Unix { peer: Some(77), name };
            let (fields, record) = fields(&Row { addresses, ..row(Kind::Unix) }, false).unwrap();
            assert_eq!((fields.rx_queue, fields.tx_queue, fields.ends), (None, None, None));
            let Own::Unix { kind: SocketType::SEQPACKET, name, peer } = fields.own else {
                panic!("{fields:?}")
            };
            assert_eq!(peer, Inode::new(77));
            name.map(|name| record[name.range()].to_vec())
        };
        assert_eq!(named(None), None);
        assert_eq!(named(Some(b"/run/x\0")).unwrap(), b"/run/x");
        assert_eq!(named(Some(b"\0abstract\0")).unwrap(), b"\0abstract\0");
    }
}
