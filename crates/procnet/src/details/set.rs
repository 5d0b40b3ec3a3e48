//! Which details are requested.

use std::{fmt, ops::BitOr};

use procnet_core::netlink::{inet, packet, unix};

use crate::Kind;

/// A set of details of sockets, for [`Query::details`](crate::Query::details).
///
/// Only sock_diag reports them.
///
/// ```
/// use procnet::{details::Details, Kind};
///
/// let asked = Details::TCP_INFO | Details::SOCKET_MEMORY;
/// assert!(asked.contains(Details::TCP_INFO) && !asked.contains(Details::MARK));
/// // Details that sockets of a kind cannot have are left out.
/// assert_eq!(asked.of(Kind::Unix), Details::SOCKET_MEMORY);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Details(u32);

impl Details {
    /// No details: nothing is requested or kept, at no cost.
    pub const NONE: Details = Details(0);
    /// `tcp_info`: round-trip times, windows, data sent and lost. The most expensive: about 280
    /// bytes a socket.
    pub const TCP_INFO: Details = Details(1);
    /// The memory a socket uses, its limits, and the number of dropped packets.
    pub const SOCKET_MEMORY: Details = Details(1 << 1);
    /// The name of a TCP socket's congestion control algorithm.
    pub const CONGESTION: Details = Details(1 << 2);
    /// The type of service of IPv4, and the traffic class of IPv6.
    pub const TYPE_OF_SERVICE: Details = Details(1 << 3);
    /// The version 2 control group that created the socket, by its inode. Linux 4.19 and older do
    /// not report it, nor does any kernel for unix sockets.
    pub const CONTROL_GROUP: Details = Details(1 << 4);
    /// The mark (`SO_MARK`). The kernel reports it only with `CAP_NET_ADMIN`.
    pub const MARK: Details = Details(1 << 5);
    /// The directions that were shut down.
    pub const SHUTDOWN: Details = Details(1 << 6);
    /// Whether an IPv6 socket does not accept IPv4 (`IPV6_V6ONLY`); reported for sockets that
    /// listen or are not connected.
    pub const V6_ONLY: Details = Details(1 << 7);
    /// The queues of a unix socket.
    pub const QUEUE: Details = Details(1 << 8);
    /// The connections waiting to be accepted by a listening unix socket.
    pub const PENDING: Details = Details(1 << 9);
    /// The file a unix socket is bound to.
    pub const FILE: Details = Details(1 << 10);

    /// What a TCP socket's congestion control reports of itself: vegas and its kin, dctcp and bbr do.
    pub const CONGESTION_INFO: Details = Details(1 << 11);
    /// A TCP socket's upper layer protocol: kernel TLS, MPTCP and others. Since Linux 6.17 the kernel
    /// reports more than its name only with `CAP_NET_ADMIN`.
    pub const UPPER_LAYER: Details = Details(1 << 12);
    /// The keys with which a TCP socket signs (`TCP_MD5SIG`), which are secrets. The kernel reports
    /// them only with `CAP_NET_ADMIN`.
    pub const MD5_KEYS: Details = Details(1 << 13);
    /// The class ID of the control group that created the socket (`net_cls`), or if it has none the
    /// socket's priority (`SO_PRIORITY`): net/ipv4/inet_diag.c `inet_diag_msg_attrs_fill`.
    pub const CLASS_ID: Details = Details(1 << 14);
    /// Socket options that are set or not; since Linux 5.10.
    pub const SOCKET_OPTIONS: Details = Details(1 << 15);
    /// The rings, fanout group, memberships and options of a packet socket.
    pub const PACKET: Details = Details(1 << 16);
    /// The filter of classic BPF attached to a packet socket (`SO_ATTACH_FILTER`). The kernel reports it
    /// only with `CAP_NET_ADMIN`.
    pub const FILTER: Details = Details(1 << 17);

    /// What BPF maps keep with a socket with addresses (`BPF_MAP_TYPE_SK_STORAGE`), since Linux 5.7: of all
    /// maps, or of [those named](crate::Query::storage_maps). The kernel reports it only with `CAP_BPF` or
    /// `CAP_SYS_ADMIN` in the initial user namespace.
    pub const STORAGES: Details = Details(1 << 18);

    /// Every detail.
    pub const ALL: Details = Details((1 << Details::NAMED.len()) - 1);

    /// The details of all sockets with addresses, besides those of TCP.
    const INET: Details = Details(
        Details::SOCKET_MEMORY.0
            | Details::TYPE_OF_SERVICE.0
            | Details::CONTROL_GROUP.0
            | Details::MARK.0
            | Details::SHUTDOWN.0
            | Details::CLASS_ID.0
            | Details::SOCKET_OPTIONS.0
            | Details::STORAGES.0,
    );
    const TCP: Details = Details(
        Details::TCP_INFO.0
            | Details::CONGESTION.0
            | Details::CONGESTION_INFO.0
            | Details::UPPER_LAYER.0
            | Details::MD5_KEYS.0,
    );
    const UNIX: Details = Details(
        Details::SOCKET_MEMORY.0
            | Details::SHUTDOWN.0
            | Details::QUEUE.0
            | Details::PENDING.0
            | Details::FILE.0,
    );

    const OF_PACKET: Details =
        Details(Details::SOCKET_MEMORY.0 | Details::PACKET.0 | Details::FILTER.0);

    /// Every detail and its name.
    pub const NAMED: [(&'static str, Details); 19] = [
        ("tcp_info", Details::TCP_INFO),
        ("memory", Details::SOCKET_MEMORY),
        ("congestion", Details::CONGESTION),
        ("tos", Details::TYPE_OF_SERVICE),
        ("cgroup", Details::CONTROL_GROUP),
        ("mark", Details::MARK),
        ("shutdown", Details::SHUTDOWN),
        ("v6_only", Details::V6_ONLY),
        ("queue", Details::QUEUE),
        ("pending", Details::PENDING),
        ("file", Details::FILE),
        ("congestion_info", Details::CONGESTION_INFO),
        ("ulp", Details::UPPER_LAYER),
        ("md5sig", Details::MD5_KEYS),
        ("class_id", Details::CLASS_ID),
        ("sockopt", Details::SOCKET_OPTIONS),
        ("packet", Details::PACKET),
        ("filter", Details::FILTER),
        ("bpf_storages", Details::STORAGES),
    ];

    /// The details in this set that sockets of a kind can have.
    #[must_use]
    pub fn of(self, kind: Kind) -> Details {
        let has = match kind {
            Kind::Tcp => Details::INET | Details::TCP,
            Kind::Tcp6 => Details::INET | Details::TCP | Details::V6_ONLY,
            Kind::Unix => Details::UNIX,
            Kind::Packet => Details::OF_PACKET,
            Kind::Netlink => Details::NONE,
            Kind::Smc | Kind::Vsock | Kind::Tipc | Kind::Xdp => Details::NONE,
            kind if kind.has_addresses() && !kind.is_ipv4() => Details::INET | Details::V6_ONLY,
            _ => Details::INET,
        };
        Details(self.0 & has.0)
    }

    /// Whether this set contains all of `details`.
    #[must_use]
    pub const fn contains(self, details: Details) -> bool {
        self.0 & details.0 == details.0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What has to be requested for inet sockets of a kind; everything else is always reported.
    pub(crate) fn extensions(self, kind: Kind) -> inet::Extensions {
        use inet::Extensions as E;
        let parts = [
            (Details::TCP_INFO, E::TCP_INFO),
            (Details::SOCKET_MEMORY, E::SOCKET_MEMORY),
            (Details::CONGESTION, E::CONGESTION),
            (Details::CONGESTION_INFO, E::CONGESTION_INFO),
            (Details::TYPE_OF_SERVICE, E::TYPE_OF_SERVICE.with(E::TRAFFIC_CLASS)),
            // Reported along with these.
            (Details::UPPER_LAYER, E::TCP_INFO),
            (Details::MD5_KEYS, E::TCP_INFO),
            (Details::CLASS_ID, E::TRAFFIC_CLASS),
        ];
        let asked = parts.into_iter().filter(|(details, _)| self.contains(*details));
        // Drops are reported with the memory, for 40 bytes a socket.
        let always = if kind.has_drops() { E::SOCKET_MEMORY } else { E::NONE };
        asked.fold(always, |all, (_, extension)| all.with(extension))
    }

    /// The same for packet sockets. What may not fit a message is left out if `is_brief`: what does not
    /// fit ends the dump (net/packet/diag.c `packet_diag_dump`).
    pub(crate) fn packet_show(self, is_brief: bool) -> packet::Show {
        use packet::Show as S;
        // As much as the table shows.
        let mut show = S::INFO.with(S::SOCKET_MEMORY);
        if self.contains(Details::PACKET) {
            show = show.with(S::RINGS).with(S::FANOUT);
        }
        if self.has_long() && !is_brief {
            // Memberships are reported even if there are none, so without a filter there is none.
            show = show.with(S::MEMBERSHIPS);
            show = if self.contains(Details::FILTER) { show.with(S::FILTER) } else { show };
        }
        show
    }

    /// Whether they include some of packet sockets that may not fit a message.
    pub(crate) fn has_long(self) -> bool {
        self.contains(Details::PACKET) || self.contains(Details::FILTER)
    }

    /// The same for unix sockets.
    pub(crate) fn show(self) -> unix::Show {
        use unix::Show as S;
        let parts = [
            (Details::SOCKET_MEMORY, S::SOCKET_MEMORY),
            (Details::QUEUE, S::QUEUE),
            (Details::PENDING, S::PENDING),
            (Details::FILE, S::FILE),
        ];
        let asked = parts.into_iter().filter(|(details, _)| self.contains(*details));
        asked.fold(S::NONE, |all, (_, show)| all.with(show))
    }
}

impl BitOr for Details {
    type Output = Details;

    fn bitor(self, other: Details) -> Details {
        Details(self.0 | other.0)
    }
}

impl FromIterator<Details> for Details {
    fn from_iter<I: IntoIterator<Item = Details>>(sets: I) -> Details {
        sets.into_iter().fold(Details::NONE, BitOr::bitor)
    }
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Details::NAMED.iter().filter(|(_, details)| self.contains(*details));
        f.debug_set().entries(named.map(|(name, _)| name)).finish()
    }
}
