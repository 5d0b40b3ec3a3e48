//! Sets of kinds, and their names.

use std::{fmt, str::FromStr};

use super::Kind;

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
/// assert!("quic".parse::<Kinds>().unwrap_err().to_string().contains("udp6"));
/// # Ok::<(), procnet::kind::UnknownKind>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Kinds(u32);

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
    /// MPTCP over both IP versions.
    pub const MPTCP: Kinds = Kinds(Kind::Mptcp.bit() | Kind::Mptcp6.bit());
    /// Every kind with IPv4 addresses.
    pub(crate) const WITH_IPV4: Kinds = Kinds(
        Kinds::INET4.0
            | Kind::UdpLite.bit()
            | Kind::Raw.bit()
            | Kind::Icmp.bit()
            | Kind::Mptcp.bit()
            | Kind::Sctp.bit()
            | Kind::Dccp.bit(),
    );
    /// Every kind with IPv6 addresses, which may be mapped ones of IPv4. Those of SMC are either.
    pub(crate) const WITH_IPV6: Kinds = Kinds(
        Kinds::INET6.0
            | Kind::UdpLite6.bit()
            | Kind::Raw6.bit()
            | Kind::Icmp6.bit()
            | Kind::Mptcp6.bit()
            | Kind::Sctp6.bit()
            | Kind::Dccp6.bit()
            | Kind::Smc.bit(),
    );
    /// SCTP over both IP versions.
    pub const SCTP: Kinds = Kinds(Kind::Sctp.bit() | Kind::Sctp6.bit());
    /// DCCP over both IP versions.
    pub const DCCP: Kinds = Kinds(Kind::Dccp.bit() | Kind::Dccp6.bit());
    /// SMC sockets.
    pub const SMC: Kinds = Kinds(Kind::Smc.bit());
    /// vsock sockets.
    pub const VSOCK: Kinds = Kinds(Kind::Vsock.bit());
    /// TIPC sockets.
    pub const TIPC: Kinds = Kinds(Kind::Tipc.bit());
    /// XDP sockets.
    pub const XDP: Kinds = Kinds(Kind::Xdp.bit());
    /// The kinds with addresses of which a listener has a backlog.
    pub(crate) const LISTENING: Kinds = Kinds(Kinds::TCP.0 | Kinds::MPTCP.0 | Kinds::SCTP.0);
    /// Every kind that has no table in `/proc/net`.
    pub(crate) const WITHOUT_TABLE: Kinds = Kinds(
        Kinds::MPTCP.0
            | Kinds::SCTP.0
            | Kinds::DCCP.0
            | (Kinds::OF_OWN_FAMILY.0 & !Kinds::PACKET.0),
    );
    /// The kinds besides unix whose messages of sock_diag have a format of their own.
    pub(crate) const OF_OWN_FAMILY: Kinds =
        Kinds(Kinds::SMC.0 | Kinds::VSOCK.0 | Kinds::TIPC.0 | Kinds::XDP.0 | Kinds::PACKET.0);
    /// Every kind.
    pub const ALL: Kinds = Kinds((1 << Kind::ALL.len()) - 1);

    /// The sets with a name: first those of [psutil](Kinds::PSUTIL), then `raw` and similar ones,
    /// for both IP versions and for each, those of one kind, as `packet`, and `every` for all kinds.
    pub const NAMED: [(&'static str, Kinds); 36] = [
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
        ("mptcp", Kinds::MPTCP),
        ("mptcp4", Kinds(Kind::Mptcp.bit())),
        ("mptcp6", Kinds(Kind::Mptcp6.bit())),
        ("sctp", Kinds::SCTP),
        ("sctp4", Kinds(Kind::Sctp.bit())),
        ("sctp6", Kinds(Kind::Sctp6.bit())),
        ("dccp", Kinds::DCCP),
        ("dccp4", Kinds(Kind::Dccp.bit())),
        ("dccp6", Kinds(Kind::Dccp6.bit())),
        ("smc", Kinds::SMC),
        ("vsock", Kinds::VSOCK),
        ("tipc", Kinds::TIPC),
        ("xdp", Kinds::XDP),
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

    /// The kinds in either set.
    pub(crate) const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
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
