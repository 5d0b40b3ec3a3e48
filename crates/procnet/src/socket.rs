//! A socket and its owners, borrowed while it is visited.

mod diag_row;
mod fields;
mod id;
mod kept;
mod other_families;
mod owned;
mod packet_netlink;
mod row;
mod unix_name;

use std::{net::SocketAddr, num::NonZeroU32, time::Duration};

use procnet_core::{
    Inode, State,
    table::{
        inet::{self, Timer},
        unix::{self, SocketType},
    },
};

#[cfg(any(test, feature = "bpf"))]
pub(crate) use self::fields::{Ends, Span};
#[cfg(feature = "serde")]
pub(crate) use self::owned::Origin;
pub(crate) use self::{
    diag_row::{own_family_row, withholds_filter},
    fields::{Form, Interface, Own, RunningTimer, SocketFields},
    id::SocketKey,
    kept::KeptSockets,
    row::{Attributes, fill_inet_diag, inet_diag_row, unix_diag_row, unix_row},
};
pub use self::{
    id::SocketId,
    other_families::{OwnedSctp, OwnedSmc, OwnedTipc, OwnedVsock, OwnedXdp},
    owned::{OwnedOwner, OwnedSocket, OwnedUnix},
    packet_netlink::{OwnedNetlink, OwnedPacket},
    row::SocketRow,
    unix_name::UnixName,
};
use crate::{
    Kind, Owners,
    details::{Details, SocketDetails},
    netns::Namespace,
    owners::OwnerLookup,
};

/// A socket during a visit.
///
/// It is the same type for every source: a method returns `None` if the source does not report the
/// value, or if sockets of this kind do not have it. What only one source reports is available
/// through [`raw`](Socket::raw).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Socket<'a> {
    /// The table it is listed in.
    pub kind: Kind,
    /// Its state. Unix sockets have the states that `ss` shows: `LISTEN`,
    /// `ESTABLISHED`, `SYN_SENT` (connecting, or not accepted yet), `UNCONN` (not connected).
    pub state: State,
    /// The number by which the descriptors of its owners name it. `None` where no file belongs to
    /// it: `TIME_WAIT`, request socks, connections not accepted yet, orphans. It finds owners, and
    /// does not identify the socket: see [`id`](Socket::id).
    pub inode: Option<Inode>,
    /// Every descriptor that holds it, as far as requested and visible.
    pub owners: Owners<'a>,
    /// The network namespace that it is in; `None` unless [`Query::netns`](crate::Query::netns)
    /// was given.
    pub netns: Option<&'a Namespace>,
    /// Whether the row may be forged, or does not show the socket's true name and inode.
    ///
    /// Any user of the host may give a unix socket a name that contains newlines, and part of that
    /// name then looks like a row of `/proc/net/unix`. A row is suspect if the text shows evidence
    /// of that: another row has the same inode; an adjacent line is not a row but a fragment that
    /// such a name leaves; its pointer has a different form from the others; or the table has more
    /// rows than the kernel has sockets and this row is among the surplus. The socket that really
    /// has such a name is suspect too, and so may be the row after it.
    ///
    /// In the caller's own network namespace, doubtful rows are verified with sock_diag where it is
    /// available: a row that sock_diag confirms is not suspect, and one that it does not know is. A
    /// socket whose own name contains a newline stays suspect, as its name is cut off.
    ///
    /// Where sock_diag is unavailable, a row that is *not* suspect may still be forged by someone
    /// who knows how to leave no such evidence: the text of the table cannot rule that out. Sockets
    /// from sock_diag are never suspect, as nobody can forge them.
    pub suspect: bool,
    fields: &'a SocketFields,
    bytes: &'a [u8],
    peers: OwnerLookup<'a>,
}

/// A running timer of a TCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SocketTimer {
    /// Which timer it is.
    pub kind: Timer,
    /// The time until it expires: to the millisecond from sock_diag, to 10 ms from a table. 0 if it
    /// is overdue.
    pub expires: Duration,
    /// The number of retransmissions or unanswered probes it has caused. For a request sock, how
    /// often its SYN-ACK was sent again: from a table, how often that was due.
    pub retransmits: u32,
}

/// What a source received for a socket, unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Raw<'a> {
    /// A line of its kind's table in `/proc/net`, without the newline.
    Line(&'a [u8]),
    /// `struct inet_diag_msg` and the attributes that follow it, in native byte order.
    InetDiag(&'a [u8]),
    /// `struct unix_diag_msg` and the attributes that follow it, in native byte order.
    UnixDiag(&'a [u8]),
    /// The payload of a message about a packet, vsock, TIPC, XDP or SMC socket: the `Socket` of that module
    /// of [`procnet_core::netlink`] decodes it.
    Diag(&'a [u8]),
    /// A record of the BPF program: `procnet_bpf::Row` decodes it.
    Bpf(&'a [u8]),
}

impl<'a> Socket<'a> {
    /// A socket without owners.
    #[inline]
    pub(crate) fn new(fields: &'a SocketFields, bytes: &'a [u8]) -> Socket<'a> {
        let SocketFields { kind, state, inode, suspect, .. } = *fields;
        let (owners, peers) = (Owners::default(), OwnerLookup::None);
        Socket { kind, state, inode, owners, netns: None, suspect, fields, bytes, peers }
    }

    /// Sets its owners, and where to look up the owners of its peer.
    #[inline]
    pub(crate) fn set_owners(&mut self, owners: Owners<'a>, peers: OwnerLookup<'a>) {
        (self.owners, self.peers) = (owners, peers);
    }

    /// The same socket with its owners, and with where to look up the owners of its peer.
    #[inline]
    pub(crate) fn with_owners(self, owners: Owners<'a>, peers: OwnerLookup<'a>) -> Socket<'a> {
        Socket { owners, peers, ..self }
    }

    pub(crate) fn fields(&self) -> &'a SocketFields {
        self.fields
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its identity: unique among all sockets of its host as long as it exists.
    #[must_use]
    pub fn id(&self) -> SocketId {
        SocketId::of(self.kind, SocketKey::of(self.fields), self.netns)
    }

    /// The kernel's cookie: no other socket of this boot has the same one. `None` from a table, and
    /// from a BPF iterator if nobody has asked the kernel for it before.
    #[must_use]
    pub fn cookie(&self) -> Option<u64> {
        self.fields.cookie.map(std::num::NonZeroU64::get)
    }

    /// The address and port it is bound to; `None` for a unix socket.
    #[must_use]
    #[inline]
    pub fn local(&self) -> Option<SocketAddr> {
        self.fields.ends.map(|ends| ends.local)
    }

    /// The peer's address and port, all zeros if there is none; `None` for a unix socket.
    #[must_use]
    #[inline]
    pub fn remote(&self) -> Option<SocketAddr> {
        self.fields.ends.map(|ends| ends.remote)
    }

    /// The index of the interface it is bound to (`SO_BINDTODEVICE`). `None` if it is bound to
    /// none, and for TCP, UDP and similar sockets from a table, which does not report it.
    #[must_use]
    pub fn interface(&self) -> Option<NonZeroU32> {
        match self.fields.interface {
            Interface::Index(index) => Some(index),
            Interface::Any | Interface::Unknown => None,
        }
    }

    /// The user it belongs to. `None` if the source does not report it: the table of unix sockets
    /// does not, nor does sock_diag for `TIME_WAIT` and request socks.
    #[must_use]
    #[inline]
    pub fn uid(&self) -> Option<u32> {
        self.fields.uid
    }

    /// Bytes waiting to be read; for a TCP listener, connections waiting to be accepted.
    /// `None` for a unix socket.
    #[must_use]
    #[inline]
    pub fn rx_queue(&self) -> Option<u32> {
        self.fields.rx_queue
    }

    /// Bytes waiting to be sent or acknowledged. `None` for a unix socket, and for a TCP
    /// listener from sock_diag, which reports its [`backlog`](Socket::backlog) instead.
    #[must_use]
    #[inline]
    pub fn tx_queue(&self) -> Option<u32> {
        self.fields.tx_queue
    }

    /// How many connections may wait at a TCP listener; only sock_diag reports it.
    #[must_use]
    #[inline]
    pub fn backlog(&self) -> Option<u32> {
        self.fields.backlog
    }

    /// The number of packets dropped since the socket was created, mostly because its receive
    /// buffer was full. It wraps at 2^32. `None` for kinds without [drops](Kind::has_drops), and if
    /// the kernel does not report it, as old ones do not (`drops` of a row; sk_drops in net/core/sock.c
    /// `sk_get_meminfo`). It is decoded when this method is called.
    #[must_use]
    pub fn drops(&self) -> Option<u32> {
        match (self.fields.form, self.fields.kind) {
            (_, Kind::Netlink) => self.netlink()?.drops,
            (_, Kind::Tipc) => self.tipc()?.drops,
            (_, kind) if !kind.has_drops() => None,
            (Form::Line(order), kind) => {
                let row = inet::Row::decode(self.bytes, kind.inet_table(order)?).ok()?;
                row.drops().ok().flatten()
            }
            (Form::Bpf | Form::Diag | Form::PacketDiag, _) => None,
            (form @ (Form::InetDiag | Form::UnixDiag), _) => {
                let attributes = self.fields.attributes(self.bytes);
                let all = Details::SOCKET_MEMORY;
                SocketDetails::new(all, form, attributes).memory()?.drops
            }
        }
    }

    /// The running timer of a TCP socket; `None` if none is running.
    #[must_use]
    pub fn timer(&self) -> Option<SocketTimer> {
        let RunningTimer { kind, retransmits, expires_ms } = self.fields.timer?;
        Some(SocketTimer { kind, expires: Duration::from_millis(expires_ms), retransmits })
    }

    /// The type of a unix socket; `None` for all other kinds.
    #[must_use]
    pub fn unix_type(&self) -> Option<SocketType> {
        match self.fields.own {
            Own::Unix { kind, .. } => Some(kind),
            _ => None,
        }
    }

    /// The name of a unix socket; `None` if it is not bound, and for all other kinds.
    #[must_use]
    pub fn name(&self) -> Option<UnixName<'a>> {
        let Own::Unix { name: Some(name), .. } = self.fields.own else { return None };
        let name = self.bytes.get(name.range()).unwrap_or_default();
        Some(match self.fields.form {
            Form::Line(_) => UnixName::Printed(unix::Name::new(name)),
            Form::InetDiag | Form::UnixDiag | Form::PacketDiag | Form::Diag | Form::Bpf => {
                UnixName::Exact(procnet_core::netlink::unix::Name::new(name))
            }
        })
    }

    /// The inode of the other end of a unix socket; only sock_diag reports it.
    #[must_use]
    pub fn peer(&self) -> Option<Inode> {
        match self.fields.own {
            Own::Unix { peer, .. } => peer,
            _ => None,
        }
    }

    /// Every descriptor that holds the other end of a unix socket. The same walk finds them as
    /// [`owners`](Socket::owners); they are looked up when this method is called.
    ///
    /// Empty if the [`peer`](Socket::peer) is unknown, as it is in a table, and without
    /// [`Query::owners`](crate::Query::owners). A [`Snapshot`](crate::snapshot::Snapshot) keeps them
    /// as they were during its visit. [`Query::pid`](crate::Query::pid) examines one process only,
    /// so then the result is empty unless that process holds both ends.
    #[must_use]
    pub fn peer_owners(&self) -> Owners<'a> {
        self.peer().map(|peer| self.peers.of(peer)).unwrap_or_default()
    }

    /// The fields that only packet sockets have.
    #[must_use]
    pub fn packet(&self) -> Option<OwnedPacket> {
        match self.fields.own {
            Own::Packet(packet) => Some(packet),
            _ => None,
        }
    }

    /// The fields that only netlink sockets have.
    #[must_use]
    pub fn netlink(&self) -> Option<OwnedNetlink> {
        match self.fields.own {
            Own::Netlink(netlink) => Some(netlink),
            _ => None,
        }
    }

    /// Whether it certainly belongs to the kernel and not to a process: only its netlink sockets are
    /// bound to port ID 0 (net/netlink/af_netlink.c `__netlink_kernel_create`).
    pub(crate) fn is_kernels(&self) -> bool {
        self.netlink().is_some_and(|netlink| netlink.port == 0)
    }

    /// The details that [`Query::details`](crate::Query::details) requested; `None` if it requested
    /// none, and for a socket from a table, which has no details.
    #[must_use]
    pub fn details(&self) -> Option<SocketDetails<'a>> {
        let asked = self.fields.details;
        (!asked.is_empty()).then(|| {
            SocketDetails::new(asked, self.fields.form, self.fields.attributes(self.bytes))
        })
    }

    /// The line or message it was decoded from.
    #[must_use]
    pub fn raw(&self) -> Raw<'a> {
        match self.fields.form {
            Form::Line(_) => Raw::Line(self.bytes),
            Form::InetDiag => Raw::InetDiag(self.bytes),
            Form::UnixDiag => Raw::UnixDiag(self.bytes),
            Form::PacketDiag | Form::Diag => Raw::Diag(self.bytes),
            Form::Bpf => Raw::Bpf(self.bytes),
        }
    }

    /// All columns of a socket with addresses, if it came from a table: decoded from its
    /// [line](Raw::Line).
    #[must_use]
    pub fn inet(&self) -> Option<inet::Record> {
        let Form::Line(order) = self.fields.form else { return None };
        let table = self.fields.kind.inet_table(order)?;
        inet::Row::decode(self.bytes, table).and_then(|row| row.record()).ok()
    }

    /// All columns of a unix socket, if it came from a table: decoded from its
    /// [line](Raw::Line).
    #[must_use]
    pub fn unix(&self) -> Option<unix::Row<'a>> {
        let is_line = matches!(self.fields.form, Form::Line(_));
        let is_row = is_line && self.fields.kind == Kind::Unix;
        is_row.then(|| unix::Row::decode(self.bytes).ok()).flatten()
    }

    /// An owned copy.
    #[must_use]
    pub fn to_owned(&self) -> OwnedSocket {
        OwnedSocket::from(self)
    }
}
