//! The identity of a socket.

use std::num::NonZeroU64;

use procnet_core::Inode;

use super::{Form, SocketFields, fields::Ends};
use crate::{Kind, netns::Namespace};

/// The identity of a socket: unique among all sockets of its host as long as it exists.
///
/// - If the source reports the socket's cookie, as sock_diag does: the cookie, which no other
///   socket of this boot has (net/core/sock_diag.c `__sock_gen_cookie`).
/// - Of an SCTP association: the cookie, which is that of its socket, and its addresses.
/// - From a BPF iterator: the inode, as it reports the sockets of files only.
/// - For a row of a table: the kernel's pointer to the socket, which the table prints hashed, in 32
///   bits (lib/vsprintf.c `ptr_to_id`), and the inode. If the pointer is hidden (all zeros under
///   `kptr_restrict=2`), or there is no inode, the addresses as well.
///
/// With a cookie, a connection keeps its identity when it loses its inode and goes through
/// `TIME_WAIT` (net/ipv4/inet_timewait_sock.c `inet_twsk_alloc`); in a table it does not. If a row
/// has neither inode nor pointer, its id may be that of several sockets:
/// [`Coverage::maybe_repeated`](crate::Coverage::maybe_repeated) counts them.
///
/// An inode alone does not identify a socket: several may share one (MPTCP subflows have that of
/// their MPTCP socket, net/mptcp/subflow.c), and sockets in `TIME_WAIT` have none. Ids from
/// different sources are never equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SocketId {
    kind: Kind,
    /// The inode of its network namespace, if the query selects namespaces.
    netns: Option<u64>,
    key: SocketKey,
}

/// The identity of a socket within its network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SocketKey {
    Cookie(NonZeroU64),
    /// That of the socket, with the addresses of an association.
    Association(NonZeroU64, Option<Ends>),
    /// That of its own file.
    Inode(Inode),
    Pointer(NonZeroU64, Inode),
    /// Includes the kind, as tcp and udp may have the same addresses.
    Row {
        kind: Kind,
        inode: Option<Inode>,
        pointer: Option<NonZeroU64>,
        ends: Option<Ends>,
    },
}

/// What an identity is made of.
#[derive(Clone, Copy)]
pub(super) struct Identifying {
    pub(super) kind: Kind,
    pub(super) cookie: Option<NonZeroU64>,
    pub(super) inode: Option<Inode>,
    pub(super) pointer: Option<NonZeroU64>,
    pub(super) ends: Option<Ends>,
    /// Whether a BPF iterator reported it.
    pub(super) by_bpf: bool,
    pub(super) is_association: bool,
}

impl SocketId {
    pub(super) fn of(kind: Kind, key: SocketKey, netns: Option<&Namespace>) -> SocketId {
        SocketId { kind, netns: netns.and_then(|netns| netns.inode), key }
    }
}

impl SocketKey {
    #[inline]
    pub(crate) fn of(fields: &SocketFields) -> SocketKey {
        let SocketFields { kind, cookie, inode, pointer, ends, form, .. } = *fields;
        let (by_bpf, is_association) = (form == Form::Bpf, fields.is_association());
        let by = Identifying { kind, cookie, inode, pointer, ends, by_bpf, is_association };
        SocketKey::made_of(by)
    }

    #[inline]
    pub(super) fn made_of(identifying: Identifying) -> SocketKey {
        let Identifying { kind, cookie, inode, pointer, ends, by_bpf, is_association } =
            identifying;
        if let (true, Some(inode)) = (by_bpf, inode) {
            // The kernel assigns a cookie only once somebody asks for it.
            return SocketKey::Inode(inode);
        }
        if let (true, Some(cookie)) = (is_association, cookie) {
            return SocketKey::Association(cookie, ends);
        }
        match (cookie, pointer, inode) {
            (Some(cookie), ..) => SocketKey::Cookie(cookie),
            // Its addresses may change while it exists.
            (None, Some(pointer), Some(inode)) => SocketKey::Pointer(pointer, inode),
            (None, ..) => SocketKey::Row { kind, inode, pointer, ends },
        }
    }

    /// Whether nothing distinguishes it from other sockets of its kind.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, SocketKey::Row { inode: None, pointer: None, ends: None, .. })
    }
}
