//! The socket tables, and sets of them.

use std::{fmt, str::FromStr};

use procnet_core::{ByteOrder, table::inet};

pub use crate::convert::{KindsIter, NoKind};

/// A kind of socket: one table of the kernel, under its name in `/proc/net`.
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
}

impl Kind {
    /// Every kind, in the order in which they are visited.
    ///
    /// Kinds after [`Unix`](Kind::Unix) are in none of the sets that psutil names, not even in its
    /// `all` ([`Kinds::DEFAULT`]).
    pub const ALL: [Kind; 13] = [
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
    ];

    /// The name of its table in `/proc/net`.
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
        }
    }

    /// Whether it is TCP.
    #[must_use]
    pub fn is_tcp(self) -> bool {
        matches!(self, Kind::Tcp | Kind::Tcp6)
    }

    /// Whether its sockets may have [`drops`](crate::Socket::drops): all kinds but TCP, unix and
    /// packet, for which no source has such a column.
    #[must_use]
    pub fn has_drops(self) -> bool {
        !matches!(self, Kind::Tcp | Kind::Tcp6 | Kind::Unix | Kind::Packet)
    }

    /// How its rows decode in the table of a host of a given byte order; `None` for
    /// [`Unix`](Kind::Unix), [`Packet`](Kind::Packet) and [`Netlink`](Kind::Netlink), whose rows
    /// have [their own formats](procnet_core::table).
    #[must_use]
    pub fn inet_table(self, order: ByteOrder) -> Option<inet::Table> {
        Some(match self {
            Kind::Tcp => inet::Table::tcp4(order),
            Kind::Tcp6 => inet::Table::tcp6(order),
            Kind::Udp | Kind::UdpLite | Kind::Raw | Kind::Icmp => inet::Table::datagram4(order),
            Kind::Udp6 | Kind::UdpLite6 | Kind::Raw6 | Kind::Icmp6 => inet::Table::datagram6(order),
            Kind::Unix | Kind::Packet | Kind::Netlink => return None,
        })
    }

    /// Whether its sockets have IP addresses and ports.
    pub(crate) fn has_addresses(self) -> bool {
        !matches!(self, Kind::Unix | Kind::Packet | Kind::Netlink)
    }

    /// Whether its addresses are IPv4.
    pub(crate) fn is_ipv4(self) -> bool {
        matches!(self, Kind::Tcp | Kind::Udp | Kind::UdpLite | Kind::Raw | Kind::Icmp)
    }

    /// Its index in [`ALL`](Kind::ALL).
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A set of [`Kind`]s.
///
/// It parses from the names of the [eleven kinds](Kinds::PSUTIL) of psutil and gopsutil, and of
/// [further sets](Kinds::NAMED):
///
/// ```
/// use procnet::{Kind, Kinds};
///
/// let tcp: Kinds = "tcp".parse()?;
/// assert!(tcp.contains(Kind::Tcp) && tcp.contains(Kind::Tcp6));
/// assert_eq!(Kinds::INET4 | Kinds::INET6, Kinds::INET);
/// assert_eq!("packet".parse(), Ok(Kinds::PACKET));
/// assert!("sctp".parse::<Kinds>().unwrap_err().to_string().contains("udp6"));
/// # Ok::<(), procnet::kind::UnknownKind>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Kinds(u16);

impl Kinds {
    /// The empty set.
    pub const NONE: Kinds = Kinds(0);
    /// TCP, UDP and unix sockets: the default of a query, and what psutil and gopsutil call `all`.
    pub const DEFAULT: Kinds = Kinds(Kinds::INET.0 | Kinds::UNIX.0);
    /// TCP over both IP versions.
    pub const TCP: Kinds = Kinds(Kinds::TCP4.0 | Kinds::TCP6.0);
    /// TCP over IPv4.
    pub const TCP4: Kinds = Kinds(Kind::Tcp.bit());
    /// TCP over IPv6.
    pub const TCP6: Kinds = Kinds(Kind::Tcp6.bit());
    /// UDP over both IP versions.
    pub const UDP: Kinds = Kinds(Kinds::UDP4.0 | Kinds::UDP6.0);
    /// UDP over IPv4.
    pub const UDP4: Kinds = Kinds(Kind::Udp.bit());
    /// UDP over IPv6.
    pub const UDP6: Kinds = Kinds(Kind::Udp6.bit());
    /// Unix sockets.
    pub const UNIX: Kinds = Kinds(Kind::Unix.bit());
    /// TCP and UDP over both IP versions.
    pub const INET: Kinds = Kinds(Kinds::TCP.0 | Kinds::UDP.0);
    /// TCP and UDP over IPv4.
    pub const INET4: Kinds = Kinds(Kinds::TCP4.0 | Kinds::UDP4.0);
    /// TCP and UDP over IPv6.
    pub const INET6: Kinds = Kinds(Kinds::TCP6.0 | Kinds::UDP6.0);

    /// UDP-Lite over both IP versions.
    pub const UDPLITE: Kinds = Kinds(Kind::UdpLite.bit() | Kind::UdpLite6.bit());
    /// Raw sockets over both IP versions.
    pub const RAW: Kinds = Kinds(Kind::Raw.bit() | Kind::Raw6.bit());
    /// ICMP echo over both IP versions.
    pub const ICMP: Kinds = Kinds(Kind::Icmp.bit() | Kind::Icmp6.bit());
    /// Packet sockets.
    pub const PACKET: Kinds = Kinds(Kind::Packet.bit());
    /// Netlink sockets.
    pub const NETLINK: Kinds = Kinds(Kind::Netlink.bit());
    /// Every kind with IPv4 addresses.
    pub(crate) const WITH_IPV4: Kinds =
        Kinds(Kinds::INET4.0 | Kind::UdpLite.bit() | Kind::Raw.bit() | Kind::Icmp.bit());
    /// Every kind with IPv6 addresses.
    pub(crate) const WITH_IPV6: Kinds =
        Kinds(Kinds::INET6.0 | Kind::UdpLite6.bit() | Kind::Raw6.bit() | Kind::Icmp6.bit());
    /// Every kind.
    pub const ALL: Kinds = Kinds((1 << Kind::ALL.len()) - 1);

    /// The sets with a name: first those of [psutil](Kinds::PSUTIL), then `raw` and similar ones,
    /// for both IP versions and for each, `packet`, `netlink`, and `every` for all kinds.
    pub const NAMED: [(&'static str, Kinds); 23] = [
        ("all", Kinds::DEFAULT),
        ("tcp", Kinds::TCP),
        ("tcp4", Kinds::TCP4),
        ("tcp6", Kinds::TCP6),
        ("udp", Kinds::UDP),
        ("udp4", Kinds::UDP4),
        ("udp6", Kinds::UDP6),
        ("unix", Kinds::UNIX),
        ("inet", Kinds::INET),
        ("inet4", Kinds::INET4),
        ("inet6", Kinds::INET6),
        ("udplite", Kinds::UDPLITE),
        ("udplite4", Kinds(Kind::UdpLite.bit())),
        ("udplite6", Kinds(Kind::UdpLite6.bit())),
        ("raw", Kinds::RAW),
        ("raw4", Kinds(Kind::Raw.bit())),
        ("raw6", Kinds(Kind::Raw6.bit())),
        ("icmp", Kinds::ICMP),
        ("icmp4", Kinds(Kind::Icmp.bit())),
        ("icmp6", Kinds(Kind::Icmp6.bit())),
        ("packet", Kinds::PACKET),
        ("netlink", Kinds::NETLINK),
        ("every", Kinds::ALL),
    ];

    /// The sets that psutil and gopsutil name, with the same meaning: `all` is TCP, UDP and unix
    /// sockets, and `inet` is TCP and UDP.
    pub const PSUTIL: [(&'static str, Kinds); 11] = match Kinds::NAMED.first_chunk() {
        Some(first) => *first,
        None => unreachable!(),
    };

    /// Whether the set contains `kind`.
    #[must_use]
    pub fn contains(self, kind: Kind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `other` contains all of them.
    pub(crate) fn is_in(self, other: Kinds) -> bool {
        self.0 & !other.0 == 0
    }

    /// The kinds, in the order in which they are visited.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl From<Kind> for Kinds {
    fn from(kind: Kind) -> Kinds {
        Kinds(kind.bit())
    }
}

impl std::ops::BitOr for Kinds {
    type Output = Kinds;

    fn bitor(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }
}

/// The kinds in both sets.
impl std::ops::BitAnd for Kinds {
    type Output = Kinds;

    fn bitand(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }
}

/// The kinds of the left set that are not in the right one.
impl std::ops::Sub for Kinds {
    type Output = Kinds;

    fn sub(self, other: Kinds) -> Kinds {
        Kinds(self.0 & !other.0)
    }
}

/// Collects kinds, or sets of kinds.
impl<K: Into<Kinds>> FromIterator<K> for Kinds {
    fn from_iter<I: IntoIterator<Item = K>>(sets: I) -> Kinds {
        sets.into_iter().fold(Kinds::NONE, |all, kinds| all | kinds.into())
    }
}

impl fmt::Debug for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromStr for Kinds {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Kinds, UnknownKind> {
        let named = Kinds::NAMED.into_iter().find(|(name, _)| *name == text);
        named.map(|(_, kinds)| kinds).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// A word that is not the name of a set of kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKind(String);

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Kinds::NAMED.map(|(name, _)| name).join(", ");
        write!(f, "no kind of socket is called {:?}; the kinds are {names}", self.0)
    }
}

impl std::error::Error for UnknownKind {}
