//! The fields of sockets that only sock_diag lists: vsock, TIPC, XDP and SMC sockets, and associations
//! of SCTP.

use std::num::NonZeroU32;

use procnet_core::{
    netlink::{inet::Association, smc::Mode, tipc, vsock},
    table::SocketType,
};

use super::{Own, Socket};

/// The fields that only vsock sockets have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedVsock {
    /// Stream, datagram or seqpacket.
    pub kind: SocketType,
    /// The address it is bound to.
    pub local: vsock::Address,
    /// The address of its peer.
    pub remote: vsock::Address,
}

/// The fields that only TIPC sockets have. Their queues are numbers of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedTipc {
    /// Stream, seqpacket, datagram, or reliably delivered messages (`SOCK_RDM`, 4).
    pub kind: SocketType,
    /// Its own address: the node, and its number there.
    pub local: tipc::Address,
    /// That of the socket it is connected to.
    pub peer: Option<tipc::Address>,
    /// The service it was connected through.
    pub service: Option<tipc::Service>,
    /// Whether services are bound to it; not reported of a connected socket.
    pub published: bool,
    /// The number of messages dropped.
    pub drops: Option<u32>,
}

/// The fields that only XDP sockets have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedXdp {
    /// The index of the interface it is bound to; `None` if it is not bound yet.
    pub interface: Option<NonZeroU32>,
    /// The number of the interface's queue.
    pub queue: u32,
}

/// The fields that only SMC sockets have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedSmc {
    /// How data is exchanged.
    pub mode: Mode,
}

/// The fields that only SCTP sockets have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedSctp {
    /// The state of an association, of which [`Socket::state`](crate::Socket::state) is the one of TCP
    /// that corresponds to it; `None` for the socket itself, which has the same inode and cookie as
    /// its associations.
    pub association: Option<Association>,
}

impl From<&vsock::Socket> for OwnedVsock {
    fn from(socket: &vsock::Socket) -> OwnedVsock {
        OwnedVsock { kind: socket.kind, local: socket.local, remote: socket.remote }
    }
}

impl From<&tipc::Socket> for OwnedTipc {
    fn from(socket: &tipc::Socket) -> OwnedTipc {
        OwnedTipc {
            kind: socket.kind,
            local: socket.local,
            peer: socket.peer,
            service: socket.service,
            published: socket.is_published,
            drops: socket.drops,
        }
    }
}

impl Socket<'_> {
    /// The fields that only vsock sockets have.
    #[must_use]
    pub fn vsock(&self) -> Option<OwnedVsock> {
        match self.fields.own {
            Own::Vsock(vsock) => Some(vsock),
            _ => None,
        }
    }

    /// The fields that only TIPC sockets have.
    #[must_use]
    pub fn tipc(&self) -> Option<OwnedTipc> {
        match self.fields.own {
            Own::Tipc(tipc) => Some(tipc),
            _ => None,
        }
    }

    /// The fields that only XDP sockets have.
    #[must_use]
    pub fn xdp(&self) -> Option<OwnedXdp> {
        match self.fields.own {
            Own::Xdp(xdp) => Some(xdp),
            _ => None,
        }
    }

    /// The fields that only SMC sockets have.
    #[must_use]
    pub fn smc(&self) -> Option<OwnedSmc> {
        match self.fields.own {
            Own::Smc(smc) => Some(smc),
            _ => None,
        }
    }

    /// The fields that only SCTP sockets have.
    #[must_use]
    pub fn sctp(&self) -> Option<OwnedSctp> {
        match self.fields.own {
            Own::Sctp(sctp) => Some(sctp),
            _ => None,
        }
    }
}
