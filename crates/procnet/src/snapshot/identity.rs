//! What makes two rows of different visits rows of the same socket.

use std::net::SocketAddr;

use procnet_core::Inode;

use crate::{Detail, Kind, Socket, UnixName};

/// What a socket keeps as long as it lives.
///
/// Rows without inode have none of their own. Where the kernel makes their addresses unique
/// (`TIME_WAIT`, request socks, orphans), those tell them apart; connections to a unix socket
/// that were not accepted yet have its name, and are told apart by their number only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity<'a> {
    Inode(Kind, Inode),
    Addresses(Kind, SocketAddr, SocketAddr),
    Name(Kind, &'a [u8]),
}

impl<'a> Identity<'a> {
    pub(super) fn of(socket: &Socket<'a>) -> Identity<'a> {
        let kind = socket.kind;
        match (socket.inode, socket.local(), socket.remote()) {
            (Some(inode), ..) => Identity::Inode(kind, inode),
            (None, Some(local), Some(remote)) => Identity::Addresses(kind, local, remote),
            _ => Identity::Name(kind, socket.name().map_or(&[], name_bytes)),
        }
    }
}

/// The bytes of a name, as its source tells them.
pub(super) fn name_bytes(name: UnixName<'_>) -> &[u8] {
    match name {
        UnixName::Printed(name) => name.as_bytes(),
        UnixName::Exact(name) => name.as_bytes(),
    }
}

/// Whether two sockets with the same inode are known to be different ones: the first is gone,
/// and the other has got its number.
pub(super) fn is_other(before: &Socket<'_>, after: &Socket<'_>) -> bool {
    let cookies = before.inode.and(cookie(before)).zip(cookie(after));
    cookies.is_some_and(|(before, after)| before != after)
}

fn cookie(socket: &Socket<'_>) -> Option<u64> {
    match socket.detail {
        Detail::InetDiag(diag) => Some(diag.cookie),
        Detail::UnixDiag(diag) => Some(diag.cookie),
        Detail::Inet(_) | Detail::Unix(_) => None,
    }
}
