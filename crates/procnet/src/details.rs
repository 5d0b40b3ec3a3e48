//! Details of sockets that a query may request, and what sock_diag reported.
//!
//! The attributes are borrowed as the kernel sent them, and decoded on access: a visitor that reads
//! one number of `tcp_info` pays for one. If nothing is requested, nothing is borrowed.

mod owned;

use std::{fmt, ops::BitOr};

use procnet_core::{
    ByteOrder,
    netlink::{Attributes, Shutdown, SocketMemory, inet, unix},
};

pub use self::owned::{OwnedDetails, OwnedTcpInfo};
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
pub struct Details(u16);

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

    /// Every detail.
    pub const ALL: Details = Details((1 << Details::NAMED.len()) - 1);

    /// The details of all sockets with addresses, besides those of TCP.
    const INET: Details = Details(
        Details::SOCKET_MEMORY.0
            | Details::TYPE_OF_SERVICE.0
            | Details::CONTROL_GROUP.0
            | Details::MARK.0
            | Details::SHUTDOWN.0,
    );
    const TCP: Details = Details(Details::TCP_INFO.0 | Details::CONGESTION.0);
    const UNIX: Details = Details(
        Details::SOCKET_MEMORY.0
            | Details::SHUTDOWN.0
            | Details::QUEUE.0
            | Details::PENDING.0
            | Details::FILE.0,
    );

    /// Every detail and its name.
    pub const NAMED: [(&'static str, Details); 11] = [
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
    ];

    /// The details in this set that sockets of a kind can have.
    #[must_use]
    pub fn of(self, kind: Kind) -> Details {
        let has = match kind {
            Kind::Tcp => Details::INET | Details::TCP,
            Kind::Tcp6 => Details::INET | Details::TCP | Details::V6_ONLY,
            Kind::Unix => Details::UNIX,
            Kind::Packet | Kind::Netlink => Details::NONE,
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
            (Details::TYPE_OF_SERVICE, E::TYPE_OF_SERVICE.with(E::TRAFFIC_CLASS)),
        ];
        let asked = parts.into_iter().filter(|(details, _)| self.contains(*details));
        // Drops are reported with the memory, for 40 bytes a socket.
        let always = if kind.has_drops() { E::SOCKET_MEMORY } else { E::NONE };
        asked.fold(always, |all, (_, extension)| all.with(extension))
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

/// The details of a socket that sock_diag reported, during a visit.
///
/// Each is `None` if it was not requested, or if the kernel does not report it for this socket: it
/// reports none for the remains of a connection (`TIME_WAIT`) and for request socks.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct SocketDetails<'a> {
    /// The requested details that its kind can have.
    asked: Details,
    is_unix: bool,
    /// The attributes of its message, if details were requested.
    bytes: &'a [u8],
}

impl<'a> SocketDetails<'a> {
    /// The details in the attributes of a message.
    pub(crate) fn new(asked: Details, is_unix: bool, bytes: &'a [u8]) -> Self {
        SocketDetails { asked, is_unix, bytes }
    }

    /// The requested details that sockets of its kind can have.
    #[must_use]
    pub fn asked(&self) -> Details {
        self.asked
    }

    /// The numbers of a TCP connection; newer kernels report more of them.
    #[must_use]
    pub fn tcp_info(&self) -> Option<inet::TcpInfo<'a>> {
        self.of_inet(Details::TCP_INFO, |detail| match detail {
            inet::Detail::TcpInfo(info) => Some(info),
            _ => None,
        })
    }

    /// The memory it uses, in bytes, and its limits.
    #[must_use]
    pub fn memory(&self) -> Option<SocketMemory> {
        let asked = Details::SOCKET_MEMORY;
        let inet = self.of_inet(asked, |detail| match detail {
            inet::Detail::SocketMemory(memory) => Some(memory),
            _ => None,
        });
        inet.or_else(|| {
            self.of_unix(asked, |detail| match detail {
                unix::Detail::SocketMemory(memory) => Some(memory),
                _ => None,
            })
        })
    }

    /// The name of its congestion control algorithm. A kernel module chooses it, so it may have any
    /// bytes.
    #[must_use]
    pub fn congestion(&self) -> Option<&'a [u8]> {
        self.of_inet(Details::CONGESTION, |detail| match detail {
            inet::Detail::Congestion(name) => Some(name),
            _ => None,
        })
    }

    /// The type of service of the packets it sends over IPv4.
    #[must_use]
    pub fn type_of_service(&self) -> Option<u8> {
        self.of_inet(Details::TYPE_OF_SERVICE, |detail| match detail {
            inet::Detail::TypeOfService(value) => Some(value),
            _ => None,
        })
    }

    /// The traffic class of the packets it sends over IPv6.
    #[must_use]
    pub fn traffic_class(&self) -> Option<u8> {
        self.of_inet(Details::TYPE_OF_SERVICE, |detail| match detail {
            inet::Detail::TrafficClass(value) => Some(value),
            _ => None,
        })
    }

    /// The version 2 control group in which it was created, by its inode.
    #[must_use]
    pub fn control_group(&self) -> Option<u64> {
        self.of_inet(Details::CONTROL_GROUP, |detail| match detail {
            inet::Detail::ControlGroup(inode) => Some(inode),
            _ => None,
        })
    }

    /// Its mark, which is reported only with `CAP_NET_ADMIN`.
    #[must_use]
    pub fn mark(&self) -> Option<u32> {
        self.of_inet(Details::MARK, |detail| match detail {
            inet::Detail::Mark(mark) => Some(mark),
            _ => None,
        })
    }

    /// The directions that were shut down.
    #[must_use]
    pub fn shutdown(&self) -> Option<Shutdown> {
        let asked = Details::SHUTDOWN;
        let inet = self.of_inet(asked, |detail| match detail {
            inet::Detail::Shutdown(shutdown) => Some(shutdown),
            _ => None,
        });
        inet.or_else(|| {
            self.of_unix(asked, |detail| match detail {
                unix::Detail::Shutdown(shutdown) => Some(shutdown),
                _ => None,
            })
        })
    }

    /// Whether an IPv6 socket does not accept IPv4 (`IPV6_V6ONLY`); reported for sockets that
    /// listen or are not connected.
    #[must_use]
    pub fn v6_only(&self) -> Option<bool> {
        self.of_inet(Details::V6_ONLY, |detail| match detail {
            inet::Detail::V6Only(only) => Some(only),
            _ => None,
        })
    }

    /// The queues of a unix socket, in bytes; for a listening socket, the number of waiting
    /// connections, and its limit.
    #[must_use]
    pub fn queue(&self) -> Option<unix::Queue> {
        self.of_unix(Details::QUEUE, |detail| match detail {
            unix::Detail::Queue(queue) => Some(queue),
            _ => None,
        })
    }

    /// The connections waiting to be accepted by a listening unix socket: the inodes of their own
    /// ends, `None` for one that is already closed.
    #[must_use]
    pub fn pending(&self) -> Option<unix::Pending<'a>> {
        self.of_unix(Details::PENDING, |detail| match detail {
            unix::Detail::Pending(pending) => Some(pending),
            _ => None,
        })
    }

    /// The file that the unix socket is or was bound to.
    #[must_use]
    pub fn file(&self) -> Option<unix::File> {
        self.of_unix(Details::FILE, |detail| match detail {
            unix::Detail::File(file) => Some(file),
            _ => None,
        })
    }

    fn of_inet<T>(
        &self,
        asked: Details,
        pick: impl Fn(inet::Detail<'a>) -> Option<T>,
    ) -> Option<T> {
        let requested = !self.is_unix && self.asked.contains(asked);
        let bytes = if requested { self.bytes } else { &[] };
        let attributes = Attributes::of(bytes, ByteOrder::NATIVE).flatten();
        attributes.flat_map(inet::Detail::decode).find_map(pick)
    }

    fn of_unix<T>(
        &self,
        asked: Details,
        pick: impl Fn(unix::Detail<'a>) -> Option<T>,
    ) -> Option<T> {
        let requested = self.is_unix && self.asked.contains(asked);
        let bytes = if requested { self.bytes } else { &[] };
        let attributes = Attributes::of(bytes, ByteOrder::NATIVE).flatten();
        attributes.flat_map(unix::Detail::decode).find_map(pick)
    }

    /// An owned copy; `None` if no details were requested.
    #[must_use]
    pub fn to_owned(&self) -> Option<OwnedDetails> {
        (!self.asked.is_empty()).then(|| OwnedDetails::new(self))
    }
}

impl fmt::Debug for SocketDetails<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_owned().fmt(f)
    }
}
