//! An owned socket, with its owners.

use std::{
    fmt,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroU64},
};

use procnet_core::{Inode, State, table::unix};

use super::{
    Form, OwnedNetlink, OwnedPacket, OwnedSctp, OwnedSmc, OwnedTipc, OwnedVsock, OwnedXdp, Socket,
    SocketId, SocketKey, SocketTimer, fields::Ends, id::Identifying,
};
use crate::{
    Kind, Name, Owner, Owners, Process, details::OwnedDetails, list::List, netns::Namespace,
};

/// A socket and its owners: the same as [`Socket`], without borrowing anything.
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
    pub backlog: Option<u32>,
    pub drops: Option<u32>,
    pub interface: Option<NonZeroU32>,
    pub cookie: Option<u64>,
    pub timer: Option<SocketTimer>,
    pub unix: Option<OwnedUnix>,
    pub packet: Option<OwnedPacket>,
    pub netlink: Option<OwnedNetlink>,
    pub sctp: Option<OwnedSctp>,
    pub smc: Option<OwnedSmc>,
    pub vsock: Option<OwnedVsock>,
    pub tipc: Option<OwnedTipc>,
    pub xdp: Option<OwnedXdp>,
    pub owners: List<OwnedOwner, 1>,
    pub netns: Option<Namespace>,
    pub suspect: bool,
    pub details: Option<Box<OwnedDetails>>,
    pub(crate) origin: Origin,
}

/// What only the identity of a socket is made of. It is nothing that a socket is compared by, as it is
/// not serialized; so it is not shown either.
#[derive(Clone, Copy, Default)]
pub(crate) struct Origin {
    /// The kernel's address of the socket as a table prints it.
    pointer: Option<NonZeroU64>,
    /// Whether a BPF iterator reported it.
    by_bpf: bool,
}

impl PartialEq for Origin {
    fn eq(&self, _other: &Origin) -> bool {
        true
    }
}

impl Eq for Origin {}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl OwnedSocket {
    /// Its identity, the same as that of the [`Socket`] it is a copy of: [`Socket::id`]. That of a
    /// socket that was deserialized is made of its inode and its addresses.
    #[must_use]
    pub fn id(&self) -> SocketId {
        let OwnedSocket { kind, inode, origin: Origin { pointer, by_bpf }, .. } = *self;
        let key = SocketKey::made_of(Identifying {
            kind,
            cookie: self.cookie.and_then(NonZeroU64::new),
            inode,
            pointer,
            ends: self.local.zip(self.remote).map(|(local, remote)| Ends { local, remote }),
            by_bpf,
            is_association: self.sctp.is_some_and(|sctp| sctp.association.is_some()),
        });
        SocketId::of(kind, key, self.netns.as_ref())
    }
}

impl From<&Socket<'_>> for OwnedSocket {
    fn from(socket: &Socket<'_>) -> OwnedSocket {
        let owners = |owners: Owners<'_>| owners.iter().map(OwnedOwner::from).collect();
        OwnedSocket {
            kind: socket.kind,
            state: socket.state,
            inode: socket.inode,
            local: socket.local(),
            remote: socket.remote(),
            uid: socket.uid(),
            rx_queue: socket.rx_queue(),
            tx_queue: socket.tx_queue(),
            backlog: socket.backlog(),
            drops: socket.drops(),
            interface: socket.interface(),
            cookie: socket.cookie(),
            timer: socket.timer(),
            unix: socket.unix_type().map(|kind| OwnedUnix {
                kind,
                name: socket.name().map(|name| name.to_bytes().into_owned()),
                peer: socket.peer(),
                peer_owners: owners(socket.peer_owners()),
            }),
            packet: socket.packet(),
            netlink: socket.netlink(),
            sctp: socket.sctp(),
            smc: socket.smc(),
            vsock: socket.vsock(),
            tipc: socket.tipc(),
            xdp: socket.xdp(),
            owners: owners(socket.owners),
            netns: socket.netns.cloned(),
            suspect: socket.suspect,
            details: socket.details().and_then(|details| details.to_owned()).map(Box::new),
            origin: Origin {
                pointer: socket.fields.pointer,
                by_bpf: socket.fields.form == Form::Bpf,
            },
        }
    }
}

impl From<Socket<'_>> for OwnedSocket {
    fn from(socket: Socket<'_>) -> OwnedSocket {
        OwnedSocket::from(&socket)
    }
}

impl From<Owner<'_>> for OwnedOwner {
    fn from(owner: Owner<'_>) -> OwnedOwner {
        let Process { pid, comm, .. } = owner.process;
        OwnedOwner { pid: *pid, fd: owner.fd, comm: comm.clone() }
    }
}

/// The fields that only unix sockets have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnedUnix {
    /// Stream, datagram or sequenced packets.
    pub kind: unix::SocketType,
    /// The raw name, as [`UnixName::to_bytes`](super::UnixName::to_bytes) returns it; `None` if the
    /// socket is not bound.
    pub name: Option<Vec<u8>>,
    /// The inode of the other end; only sock_diag reports it.
    pub peer: Option<Inode>,
    /// The owners of the other end.
    pub peer_owners: List<OwnedOwner, 1>,
}

/// A process, and the descriptor through which it holds a socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedOwner {
    /// The pid of the process.
    pub pid: u32,
    /// The number of the descriptor.
    pub fd: u32,
    /// The name of the process.
    pub comm: Name,
}
