//! The socket tables, and sets of them.

mod set;

use std::fmt;

use procnet_core::{ByteOrder, table::inet};

pub use self::set::{Kinds, UnknownKind};
pub use crate::convert::{KindsIter, NoKind};

/// A kind of socket: one table of the kernel, under its name in `/proc/net`, or one of those that
/// only sock_diag lists ([`Kind::has_table`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// TCP over IPv4.
    Tcp,
    /// TCP over IPv6, including IPv4 peers of a dual-stack socket (`::ffff:a.b.c.d`).
    Tcp6,
    /// UDP over IPv4.
    Udp,
    /// UDP over IPv6, including IPv4 peers of a dual-stack socket.
    Udp6,
    /// Unix sockets.
    Unix,
    /// UDP-Lite over IPv4.
    UdpLite,
    /// UDP-Lite over IPv6.
    UdpLite6,
    /// Raw IPv4; the local port is the protocol number.
    Raw,
    /// Raw IPv6.
    Raw6,
    /// ICMP echo ("ping") over IPv4; the local port is the identifier.
    Icmp,
    /// ICMP echo over IPv6.
    Icmp6,
    /// Packet sockets, which receive packets directly from interfaces.
    Packet,
    /// Netlink sockets, through which programs talk to the kernel.
    Netlink,
    /// MPTCP over IPv4: connections, and since Linux 5.19 listeners. Their subflows are sockets of
    /// [`Tcp`](Kind::Tcp) with the same inode.
    Mptcp,
    /// MPTCP over IPv6, including IPv4 peers of a dual-stack socket.
    Mptcp6,
    /// SCTP over IPv4: sockets and their associations.
    Sctp,
    /// SCTP over IPv6, including IPv4 peers of a dual-stack socket.
    Sctp6,
    /// DCCP over IPv4; removed in Linux 6.16.
    Dccp,
    /// DCCP over IPv6.
    Dccp6,
    /// SMC over both IP versions: streams over shared memory, for programs of TCP.
    Smc,
    /// vsock, between virtual machines and their host.
    Vsock,
    /// TIPC, between the nodes of a cluster.
    Tipc,
    /// XDP sockets (`AF_XDP`), which receive and send the frames of a queue of an interface.
    Xdp,
}

impl Kind {
    /// Every kind, in the order in which they are visited.
    ///
    /// Kinds after [`Unix`](Kind::Unix) are in none of the sets that psutil names, not even in its
    /// `all` ([`Kinds::DEFAULT`]).
    pub const ALL: [Kind; 23] = [
        Kind::Tcp,
        Kind::Tcp6,
        Kind::Udp,
        Kind::Udp6,
        Kind::Unix,
        Kind::UdpLite,
        Kind::UdpLite6,
        Kind::Raw,
        Kind::Raw6,
        Kind::Icmp,
        Kind::Icmp6,
        Kind::Packet,
        Kind::Netlink,
        Kind::Mptcp,
        Kind::Mptcp6,
        Kind::Sctp,
        Kind::Sctp6,
        Kind::Dccp,
        Kind::Dccp6,
        Kind::Smc,
        Kind::Vsock,
        Kind::Tipc,
        Kind::Xdp,
    ];

    /// The name of its table in `/proc/net`; of kinds without one, what it would be.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Tcp => "tcp",
            Kind::Tcp6 => "tcp6",
            Kind::Udp => "udp",
            Kind::Udp6 => "udp6",
            Kind::Unix => "unix",
            Kind::UdpLite => "udplite",
            Kind::UdpLite6 => "udplite6",
            Kind::Raw => "raw",
            Kind::Raw6 => "raw6",
            Kind::Icmp => "icmp",
            Kind::Icmp6 => "icmp6",
            Kind::Packet => "packet",
            Kind::Netlink => "netlink",
            Kind::Mptcp => "mptcp",
            Kind::Mptcp6 => "mptcp6",
            Kind::Sctp => "sctp",
            Kind::Sctp6 => "sctp6",
            Kind::Dccp => "dccp",
            Kind::Dccp6 => "dccp6",
            Kind::Smc => "smc",
            Kind::Vsock => "vsock",
            Kind::Tipc => "tipc",
            Kind::Xdp => "xdp",
        }
    }

    /// Whether `/proc/net` has a table of it. Those without one are listed only by sock_diag, if the
    /// kernel has a handler for them.
    #[must_use]
    pub fn has_table(self) -> bool {
        !Kinds::WITHOUT_TABLE.contains(self)
    }

    /// Whether it is TCP.
    #[must_use]
    pub fn is_tcp(self) -> bool {
        matches!(self, Kind::Tcp | Kind::Tcp6)
    }

    /// Whether its sockets may have [`drops`](crate::Socket::drops): all kinds in `/proc/net` but TCP,
    /// unix and packet, for which no source has such a column, and TIPC.
    #[must_use]
    pub fn has_drops(self) -> bool {
        let without = Kinds::TCP | Kinds::UNIX | Kinds::PACKET;
        !(without | (Kinds::WITHOUT_TABLE - Kinds::TIPC)).contains(self)
    }

    /// How its rows decode in the table of a host of a given byte order; `None` for
    /// [`Unix`](Kind::Unix), [`Packet`](Kind::Packet) and [`Netlink`](Kind::Netlink), whose rows
    /// have [their own formats](procnet_core::table), and for kinds
    /// [without a table](Kind::has_table).
    #[must_use]
    pub fn inet_table(self, order: ByteOrder) -> Option<inet::Table> {
        Some(match self {
            Kind::Tcp => inet::Table::tcp4(order),
            Kind::Tcp6 => inet::Table::tcp6(order),
            Kind::Udp | Kind::UdpLite | Kind::Raw | Kind::Icmp => inet::Table::datagram4(order),
            Kind::Udp6 | Kind::UdpLite6 | Kind::Raw6 | Kind::Icmp6 => inet::Table::datagram6(order),
            _ => return None,
        })
    }

    /// Whether its sockets have IP addresses and ports.
    pub(crate) fn has_addresses(self) -> bool {
        (Kinds::WITH_IPV4 | Kinds::WITH_IPV6).contains(self)
    }

    /// Whether its addresses are IPv4.
    pub(crate) fn is_ipv4(self) -> bool {
        Kinds::WITH_IPV4.contains(self)
    }

    /// The version of its addresses.
    pub(crate) fn family_of_addresses(self) -> Option<inet::Family> {
        let family = if self.is_ipv4() { inet::Family::V4 } else { inet::Family::V6 };
        self.has_addresses().then_some(family)
    }

    /// The name of its protocol in `/proc/net/protocols`, which lists what the kernel, as it runs, has
    /// (net/core/sock.c `proto_register`). Only of kinds that may be modules.
    pub(crate) fn registered_name(self) -> Option<&'static [u8]> {
        Some(match self {
            Kind::Mptcp => b"MPTCP",
            Kind::Mptcp6 => b"MPTCPv6",
            Kind::Sctp => b"SCTP",
            Kind::Sctp6 => b"SCTPv6",
            Kind::Dccp => b"DCCP",
            Kind::Dccp6 => b"DCCPv6",
            // Both are registered by one module.
            Kind::Smc => b"SMC",
            Kind::Vsock => b"AF_VSOCK",
            Kind::Tipc => b"TIPC",
            Kind::Packet => b"PACKET",
            Kind::Xdp => b"XDP",
            _ => return None,
        })
    }

    /// Its index in [`ALL`](Kind::ALL).
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
