//! A socket and its owners, borrowed while it is visited, and its owned twin.

use std::net::SocketAddr;

use procnet_core::{
    Inode, State,
    table::{inet, netlink, packet, unix},
};
use smallvec::SmallVec;

use crate::{
    InetDiag, Kind, Name, Namespace, OwnedDetails, OwnedNetlink, OwnedPacket, Owners, Process,
    SocketDetails, UnixDiag, UnixName, owners::Join,
};

/// A socket, while it is visited.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Socket<'a> {
    /// The table that it is in.
    pub kind: Kind,
    /// Its state. Unix sockets have the states that `ss` gives them: `LISTEN`,
    /// `ESTABLISHED`, `SYN_SENT` (connecting, or not accepted yet), `CLOSE` (not connected).
    pub state: State,
    /// What its owners' descriptors name it by. `None` where no file belongs to it:
    /// `TIME_WAIT`, request socks, connections not accepted yet, orphans.
    pub inode: Option<Inode>,
    /// What only sockets of its kind have.
    pub detail: Detail<'a>,
    /// Every descriptor that holds it, as far as asked for and seen.
    pub owners: Owners<'a>,
    /// The network namespace that it is in; `None` unless [`Query::netns`](crate::Query::netns)
    /// was given.
    pub netns: Option<&'a Namespace>,
    /// There may be no such socket, or not under this name and inode.
    ///
    /// Any user of the host may give a unix socket a name with newlines, part of which then
    /// stands in the table like a row. A row is suspect if the text shows evidence of that:
    /// another row bears its inode; a line beside it is no row but what such a name leaves;
    /// its pointer is not like the others; or the table has so many rows more than the kernel
    /// has sockets that this one must be too many. The true owner of such a name is suspect
    /// too, and so may be the row behind it.
    ///
    /// In the caller's own network namespace, socket diagnostics are asked about the rows that
    /// are in doubt, where they work: then a row that they confirm is not suspect, and one that
    /// they do not know is. The true owner of a name with a newline stays suspect, as its name
    /// is not whole.
    ///
    /// A row that is *not* suspect may be forged all the same, where they cannot be asked, by someone who knows how to
    /// leave no such evidence: the text of the table cannot exclude that. What came from
    /// socket diagnostics is never suspect, as nobody can forge it.
    pub suspect: bool,
}

/// What only sockets of some kinds have.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Detail<'a> {
    /// TCP, UDP and all others that have addresses.
    Inet(inet::Record),
    /// Unix sockets.
    Unix(unix::Row<'a>),
    /// TCP and all others that have addresses, from socket diagnostics.
    InetDiag(InetDiag<'a>),
    /// Unix sockets, from socket diagnostics.
    UnixDiag(UnixDiag<'a>),
    /// Packet sockets.
    Packet(packet::Row<'a>),
    /// Netlink sockets.
    Netlink(netlink::Row<'a>),
}

impl<'a> Socket<'a> {
    /// A socket from its row, without owners.
    #[must_use]
    pub fn from_inet(kind: Kind, record: inet::Record) -> Socket<'a> {
        let inet::Record { state, inode, .. } = record;
        let (detail, owners) = (Detail::Inet(record), Owners::default());
        Socket { kind, state, inode, detail, owners, netns: None, suspect: false }
    }

    /// A unix socket from its row, without owners.
    #[must_use]
    pub fn from_unix(row: unix::Row<'a>) -> Socket<'a> {
        let state = unix_state(&row);
        let (kind, inode) = (Kind::Unix, row.inode);
        let (detail, owners) = (Detail::Unix(row), Owners::default());
        Socket { kind, state, inode, detail, owners, netns: None, suspect: false }
    }

    #[inline]
    pub(crate) fn from_diag(
        kind: Kind,
        state: State,
        inode: Option<Inode>,
        detail: Detail<'a>,
    ) -> Socket<'a> {
        let owners = Owners::default();
        Socket { kind, state, inode, detail, owners, netns: None, suspect: false }
    }

    /// The same socket with its owners, and with whom to ask for those of its peer.
    #[inline]
    pub(crate) fn joined(mut self, owners: Owners<'a>, join: Join<'a>) -> Socket<'a> {
        if let Detail::UnixDiag(diag) = &mut self.detail {
            diag.join = join;
        }
        self.owners = owners;
        self
    }

    /// The address and port that it is bound to; `None` for a unix socket.
    #[must_use]
    pub fn local(&self) -> Option<SocketAddr> {
        match &self.detail {
            Detail::Inet(record) => Some(record.local),
            Detail::InetDiag(diag) => Some(diag.local),
            Detail::Unix(_) | Detail::UnixDiag(_) | Detail::Packet(_) | Detail::Netlink(_) => None,
        }
    }

    /// The peer's address and port, all zeros if there is none; `None` for a unix socket.
    #[must_use]
    pub fn remote(&self) -> Option<SocketAddr> {
        match &self.detail {
            Detail::Inet(record) => Some(record.remote),
            Detail::InetDiag(diag) => Some(diag.remote),
            Detail::Unix(_) | Detail::UnixDiag(_) | Detail::Packet(_) | Detail::Netlink(_) => None,
        }
    }

    /// The user that it belongs to; `None` where its source does not tell: the table of unix
    /// sockets does not, nor do socket diagnostics for `TIME_WAIT` and request socks.
    #[must_use]
    pub fn uid(&self) -> Option<u32> {
        match &self.detail {
            Detail::Inet(record) => Some(record.uid),
            Detail::InetDiag(diag) => diag.uid,
            Detail::UnixDiag(diag) => diag.uid,
            Detail::Packet(row) => Some(row.uid),
            Detail::Unix(_) | Detail::Netlink(_) => None,
        }
    }

    /// Bytes waiting to be read; for a TCP listener, connections waiting to be accepted.
    /// `None` for a unix socket.
    #[must_use]
    pub fn rx_queue(&self) -> Option<u32> {
        match &self.detail {
            Detail::Inet(record) => Some(record.rx_queue),
            Detail::InetDiag(diag) => Some(diag.rx_queue),
            Detail::Packet(row) => Some(row.rx_queue),
            Detail::Netlink(row) => Some(row.rx_queue),
            Detail::Unix(_) | Detail::UnixDiag(_) => None,
        }
    }

    /// Bytes waiting to be sent or acknowledged. `None` for a unix socket, and for a TCP
    /// listener from socket diagnostics, which tell its [`backlog`](Socket::backlog) instead.
    #[must_use]
    pub fn tx_queue(&self) -> Option<u32> {
        match &self.detail {
            Detail::Inet(record) => Some(record.tx_queue),
            Detail::InetDiag(diag) => diag.tx_queue,
            Detail::Netlink(row) => Some(row.tx_queue),
            Detail::Unix(_) | Detail::UnixDiag(_) | Detail::Packet(_) => None,
        }
    }

    /// How many connections may wait at a TCP listener, which only socket diagnostics tell.
    #[must_use]
    pub fn backlog(&self) -> Option<u32> {
        match &self.detail {
            Detail::InetDiag(diag) => diag.backlog,
            _ => None,
        }
    }

    /// The type of a unix socket; `None` for all others.
    #[must_use]
    pub fn unix_type(&self) -> Option<unix::SocketType> {
        match &self.detail {
            Detail::Unix(row) => Some(row.kind),
            Detail::UnixDiag(diag) => Some(diag.kind),
            _ => None,
        }
    }

    /// The name of a unix socket; `None` if it is not bound, and for all others.
    #[must_use]
    pub fn name(&self) -> Option<UnixName<'a>> {
        match &self.detail {
            Detail::Unix(row) => row.name.map(UnixName::Printed),
            Detail::UnixDiag(diag) => diag.name.map(UnixName::Exact),
            _ => None,
        }
    }

    /// The inode of the other end of a unix socket, which only socket diagnostics tell.
    #[must_use]
    pub fn peer(&self) -> Option<Inode> {
        match &self.detail {
            Detail::UnixDiag(diag) => diag.peer,
            _ => None,
        }
    }

    /// Every descriptor that holds the other end of a unix socket, found in the same walk as
    /// [`owners`](Socket::owners), and looked up when it is asked for.
    ///
    /// Empty where the [`peer`](Socket::peer) is not told, as in what came from a table; with
    /// [`Query::pid`](crate::Query::pid), for which no other process is looked at, unless that
    /// one holds both ends; without [`Query::owners`](crate::Query::owners); and in a
    /// [`Snapshot`](crate::Snapshot), which does not keep it.
    #[must_use]
    pub fn peer_owners(&self) -> Owners<'a> {
        match &self.detail {
            Detail::UnixDiag(diag) => diag.peer.map(|peer| diag.join.of(peer)).unwrap_or_default(),
            _ => Owners::default(),
        }
    }

    /// What else was asked for with [`Query::details`](crate::Query::details); `None` where
    /// nothing was, and in what came from a table, which has no details.
    #[must_use]
    pub fn details(&self) -> Option<SocketDetails<'a>> {
        let details = match &self.detail {
            Detail::InetDiag(diag) => diag.details,
            Detail::UnixDiag(diag) => diag.details,
            _ => return None,
        };
        (!details.asked().is_empty()).then_some(details)
    }

    /// All columns of a socket that has addresses, if it came from a table.
    #[must_use]
    pub fn inet(&self) -> Option<&inet::Record> {
        match &self.detail {
            Detail::Inet(record) => Some(record),
            _ => None,
        }
    }

    /// All columns of a unix socket, if it came from a table.
    #[must_use]
    pub fn unix(&self) -> Option<&unix::Row<'a>> {
        match &self.detail {
            Detail::Unix(row) => Some(row),
            _ => None,
        }
    }

    /// A copy to keep.
    #[must_use]
    pub fn to_owned(&self) -> OwnedSocket {
        let owner = |owner: crate::Owner<'_>| {
            let Process { pid, comm, .. } = owner.process;
            OwnedOwner { pid: *pid, fd: owner.fd, comm: comm.clone() }
        };
        OwnedSocket {
            kind: self.kind,
            state: self.state,
            inode: self.inode,
            local: self.local(),
            remote: self.remote(),
            uid: self.uid(),
            rx_queue: self.rx_queue(),
            tx_queue: self.tx_queue(),
            unix: self.unix_type().map(|kind| OwnedUnix {
                kind,
                name: self.name().map(|name| name.to_bytes().into_owned()),
                peer: self.peer(),
                peer_owners: self.peer_owners().iter().map(owner).collect(),
            }),
            packet: self.packet().map(OwnedPacket::from),
            netlink: self.netlink().map(OwnedNetlink::from),
            owners: self.owners.iter().map(owner).collect(),
            netns: self.netns.cloned(),
            suspect: self.suspect,
            details: self.details().and_then(|details| details.to_owned()).map(Box::new),
        }
    }
}

/// As `ss` maps them (misc/ss.c `unix_show`), so that one set of states serves all kinds.
fn unix_state(row: &unix::Row<'_>) -> State {
    match row.state {
        _ if row.is_listening() => State::LISTEN,
        unix::SocketState::UNCONNECTED => State::CLOSE,
        unix::SocketState::CONNECTING => State::SYN_SENT,
        unix::SocketState::CONNECTED => State::ESTABLISHED,
        unix::SocketState::DISCONNECTING => State::CLOSING,
        unix::SocketState(other) => State(other),
    }
}

/// A socket and its owners, to keep: what [`Socket`] has, without borrowing anything.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is the field or method of `Socket` with its name")]
pub struct OwnedSocket {
    pub kind: Kind,
    pub state: State,
    pub inode: Option<Inode>,
    pub local: Option<SocketAddr>,
    pub remote: Option<SocketAddr>,
    pub uid: Option<u32>,
    pub rx_queue: Option<u32>,
    pub tx_queue: Option<u32>,
    pub unix: Option<OwnedUnix>,
    pub packet: Option<OwnedPacket>,
    pub netlink: Option<OwnedNetlink>,
    pub owners: SmallVec<[OwnedOwner; 1]>,
    pub netns: Option<Namespace>,
    pub suspect: bool,
    pub details: Option<Box<OwnedDetails>>,
}

/// What only unix sockets have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnedUnix {
    /// Stream, datagram or sequenced packets.
    pub kind: unix::SocketType,
    /// The name, raw, as [`UnixName::to_bytes`] has it; `None` if the socket is not bound.
    pub name: Option<Vec<u8>>,
    /// The inode of the other end, which only socket diagnostics tell.
    pub peer: Option<Inode>,
    /// Who holds the other end.
    pub peer_owners: SmallVec<[OwnedOwner; 1]>,
}

/// A process, and the descriptor by which it holds a socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedOwner {
    /// The process's number.
    pub pid: u32,
    /// The number of the descriptor.
    pub fd: u32,
    /// The process's name.
    pub comm: Name,
}
