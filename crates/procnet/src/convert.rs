//! Conversions from and to types of the standard library and constants of `socket(2)`.

use std::{fmt, io};

use crate::{Error, ErrorKind, Kind, Kinds, OwnedSocket, visit::Answer};

const AF_UNIX: i32 = 1;
const AF_INET: i32 = 2;
const AF_INET6: i32 = 10;
const AF_NETLINK: i32 = 16;
const AF_PACKET: i32 = 17;
const AF_TIPC: i32 = 30;
const AF_VSOCK: i32 = 40;
const AF_SMC: i32 = 43;
const AF_XDP: i32 = 44;
const IPPROTO_ICMP: i32 = 1;
const IPPROTO_TCP: i32 = 6;
const IPPROTO_UDP: i32 = 17;
const IPPROTO_ICMPV6: i32 = 58;
const IPPROTO_DCCP: i32 = 33;
const IPPROTO_SCTP: i32 = 132;
const IPPROTO_UDPLITE: i32 = 136;
const IPPROTO_MPTCP: i32 = 262;

impl Kind {
    /// The kind whose table in `/proc/net` has this name.
    ///
    /// ```
    /// use procnet::Kind;
    ///
    /// assert!(Kind::ALL.into_iter().all(|kind| Kind::from_name(kind.name()) == Some(kind)));
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The address family, as for `socket(2)`: `AF_UNIX` (1), `AF_INET` (2), `AF_INET6`
    /// (10), `AF_NETLINK` (16), `AF_PACKET` (17), `AF_TIPC` (30), `AF_VSOCK` (40), `AF_SMC` (43) or
    /// `AF_XDP` (44).
    #[must_use]
    pub fn family(self) -> i32 {
        match self {
            Kind::Unix => AF_UNIX,
            Kind::Netlink => AF_NETLINK,
            Kind::Packet => AF_PACKET,
            Kind::Tipc => AF_TIPC,
            Kind::Vsock => AF_VSOCK,
            Kind::Smc => AF_SMC,
            Kind::Xdp => AF_XDP,
            kind if kind.is_ipv4() => AF_INET,
            _ => AF_INET6,
        }
    }

    /// The protocol number, as for `socket(2)` and as assigned by the IANA: 6 for TCP; for MPTCP 262,
    /// a number of Linux alone. `None` for
    /// unix sockets and others, which have none, and for raw, packet and netlink sockets, which may have
    /// any.
    #[must_use]
    pub fn protocol(self) -> Option<i32> {
        match self {
            Kind::Tcp | Kind::Tcp6 => Some(IPPROTO_TCP),
            Kind::Udp | Kind::Udp6 => Some(IPPROTO_UDP),
            Kind::UdpLite | Kind::UdpLite6 => Some(IPPROTO_UDPLITE),
            Kind::Icmp => Some(IPPROTO_ICMP),
            Kind::Icmp6 => Some(IPPROTO_ICMPV6),
            Kind::Mptcp | Kind::Mptcp6 => Some(IPPROTO_MPTCP),
            Kind::Sctp | Kind::Sctp6 => Some(IPPROTO_SCTP),
            Kind::Dccp | Kind::Dccp6 => Some(IPPROTO_DCCP),
            Kind::Unix | Kind::Raw | Kind::Raw6 | Kind::Packet | Kind::Netlink => None,
            Kind::Smc | Kind::Vsock | Kind::Tipc | Kind::Xdp => None,
        }
    }
}

/// Converts from the address family and the protocol, as returned by [`Kind::family`] and
/// [`Kind::protocol`]. The protocol of a unix socket is 0; that of a socket of another family without
/// protocols is ignored. No pair yields a raw socket, whose protocol may be any.
///
/// ```
/// use procnet::Kind;
///
/// assert_eq!(Kind::try_from((10, 17)), Ok(Kind::Udp6));
/// assert_eq!(Kind::try_from((16, 15)), Ok(Kind::Netlink));
/// assert!(Kind::try_from((38, 0)).is_err()); // AF_ALG
/// ```
impl TryFrom<(i32, i32)> for Kind {
    type Error = NoKind;

    fn try_from((family, protocol): (i32, i32)) -> Result<Kind, NoKind> {
        let is_it = |kind: &Kind| kind.family() == family && kind.protocol() == Some(protocol);
        match (family, protocol) {
            (AF_UNIX, 0) => Ok(Kind::Unix),
            (AF_NETLINK, _) => Ok(Kind::Netlink),
            (AF_PACKET, _) => Ok(Kind::Packet),
            (AF_TIPC, _) => Ok(Kind::Tipc),
            (AF_VSOCK, _) => Ok(Kind::Vsock),
            (AF_SMC, _) => Ok(Kind::Smc),
            (AF_XDP, _) => Ok(Kind::Xdp),
            _ => Kind::ALL.into_iter().find(is_it).ok_or(NoKind { family, protocol }),
        }
    }
}

/// An address family and protocol without a [`Kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoKind {
    /// The address family.
    pub family: i32,
    /// The protocol.
    pub protocol: i32,
}

impl fmt::Display for NoKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NoKind { family, protocol } = self;
        write!(f, "no kind of socket has address family {family} and protocol {protocol}")
    }
}

impl std::error::Error for NoKind {}

impl<const N: usize> From<[Kind; N]> for Kinds {
    fn from(kinds: [Kind; N]) -> Kinds {
        kinds.into_iter().collect()
    }
}

/// Iterates the kinds in the order in which they are visited.
impl IntoIterator for Kinds {
    type Item = Kind;
    type IntoIter = KindsIter;

    fn into_iter(self) -> KindsIter {
        KindsIter { kinds: self, rest: Kind::ALL.iter() }
    }
}

/// An iterator over [`Kinds`].
#[derive(Clone, Debug)]
pub struct KindsIter {
    kinds: Kinds,
    rest: std::slice::Iter<'static, Kind>,
}

impl Iterator for KindsIter {
    type Item = Kind;

    fn next(&mut self) -> Option<Kind> {
        self.rest.find(|kind| self.kinds.contains(**kind)).copied()
    }
}

impl Extend<Kind> for Kinds {
    fn extend<I: IntoIterator<Item = Kind>>(&mut self, kinds: I) {
        *self = *self | kinds.into_iter().collect();
    }
}

/// Iterates the sockets, and drops [`Answer::coverage`].
impl IntoIterator for Answer {
    type Item = OwnedSocket;
    type IntoIter = std::vec::IntoIter<OwnedSocket>;

    fn into_iter(self) -> Self::IntoIter {
        self.sockets.into_iter()
    }
}

impl<'a> IntoIterator for &'a Answer {
    type Item = &'a OwnedSocket;
    type IntoIter = std::slice::Iter<'a, OwnedSocket>;

    fn into_iter(self) -> Self::IntoIter {
        self.sockets.iter()
    }
}

/// An error of the closest kind, with this one inside.
impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        let kind = match error.kind() {
            ErrorKind::NoSuchProcess
            | ErrorKind::NotProc
            | ErrorKind::ConntrackNotLoaded
            | ErrorKind::Absent
            | ErrorKind::NotCaptured => io::ErrorKind::NotFound,
            ErrorKind::PermissionDenied => io::ErrorKind::PermissionDenied,
            ErrorKind::NoNetlink | ErrorKind::NotListed | ErrorKind::NoBpf => {
                io::ErrorKind::Unsupported
            }
            ErrorKind::Malformed => io::ErrorKind::InvalidData,
            ErrorKind::InvalidFilter | ErrorKind::InvalidQuery | ErrorKind::NotNamespace => {
                io::ErrorKind::InvalidInput
            }
            ErrorKind::Io | ErrorKind::CannotWrite => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_convert_from_their_family_and_protocol() {
        for kind in Kind::ALL {
            let back = Kind::try_from((kind.family(), kind.protocol().unwrap_or(0)));
            let is_raw = matches!(kind, Kind::Raw | Kind::Raw6);
            assert_eq!(back.ok(), Some(kind).filter(|_| !is_raw));
        }
        let none = Kind::try_from((2, 50)).unwrap_err();
        assert_eq!(none.to_string(), "no kind of socket has address family 2 and protocol 50");
    }

    #[test]
    fn sets_are_collected_from_kinds() {
        let mut kinds = Kinds::from([Kind::Tcp, Kind::Tcp6]);
        assert_eq!(kinds, Kinds::TCP);
        kinds.extend([Kind::Udp, Kind::Udp6]);
        assert_eq!(kinds, Kinds::INET);
        assert_eq!(kinds.iter().collect::<Kinds>(), kinds);
        assert!(kinds.into_iter().eq([Kind::Tcp, Kind::Tcp6, Kind::Udp, Kind::Udp6]));
        assert_eq!(Kinds::NONE.into_iter().next(), None);
    }

    #[test]
    fn an_error_converts_to_io_error_with_its_text_and_type() {
        let error = crate::ProcRoot::at("/nowhere/at/all").unwrap_err();
        let text = error.to_string();
        let error = io::Error::from(error);
        assert_eq!(error.to_string(), text);
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("net")).unwrap();
        let mut scanner = crate::Scanner::with_root(crate::ProcRoot::at(dir.path()).unwrap());
        let absent = scanner.conntrack_counts().unwrap_err();
        assert_eq!(io::Error::from(absent).kind(), io::ErrorKind::NotFound);
        assert!(error.get_ref().and_then(|cause| cause.downcast_ref::<Error>()).is_some());
    }
}
