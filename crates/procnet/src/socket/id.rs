//! What identifies a socket.

use std::num::NonZeroU64;

use procnet_core::Inode;

use super::{SocketFields, fields::Ends};
use crate::{Kind, netns::Namespace};

/// What identifies a socket among all sockets of its host while it lives.
///
/// - Where the source reports the socket's cookie, as sock_diag does: the cookie, which no other
///   socket of this boot has (net/core/sock_diag.c `__sock_gen_cookie`).
/// - In a table's row: the kernel's pointer to the socket, which the table prints hashed but
///   distinct (lib/vsprintf.c `ptr_to_id`), with the inode. Where the pointer is hidden, all zeros
///   under `kptr_restrict=2`, and where there is no inode, the addresses as well.
///
/// An inode alone identifies no socket: several share one (MPTCP subflows bear that of their MPTCP
/// socket, net/mptcp/subflow.c), and those in `TIME_WAIT` have none. Ids from different sources
/// are never equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SocketId {
    kind: Kind,
    /// The inode of its network namespace, if namespaces were asked for.
    netns: Option<u64>,
    key: SocketKey,
}

/// What identifies a socket within its network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SocketKey {
    Cookie(NonZeroU64),
    Row { inode: Option<Inode>, pointer: Option<NonZeroU64>, ends: Option<Ends> },
}

impl SocketId {
    pub(super) fn of(kind: Kind, fields: &SocketFields, netns: Option<&Namespace>) -> SocketId {
        let netns = netns.and_then(|netns| netns.inode);
        SocketId { kind, netns, key: SocketKey::of(fields) }
    }
}

impl SocketKey {
    #[inline]
    pub(crate) fn of(fields: &SocketFields) -> SocketKey {
        let SocketFields { cookie, inode, pointer, ends, .. } = *fields;
        match cookie {
            Some(cookie) => SocketKey::Cookie(cookie),
            // Its addresses may change while it lives.
            None if inode.is_some() && pointer.is_some() => {
                SocketKey::Row { inode, pointer, ends: None }
            }
            None => SocketKey::Row { inode, pointer, ends },
        }
    }

    /// Whether nothing distinguishes it from other sockets of its kind.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, SocketKey::Row { inode: None, pointer: None, ends: None })
    }
}
