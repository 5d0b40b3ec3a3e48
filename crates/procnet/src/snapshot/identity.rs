//! What makes two rows of different visits rows of the same socket.

use std::{
    hash::{Hash, Hasher},
    net::SocketAddr,
    path::Path,
};

use procnet_core::{Inode, table::netlink::Protocol};

use crate::{Kind, Socket, netns::Namespace, socket::UnixName};

/// What a socket keeps as long as it lives.
///
/// Rows without inode have none of their own. Where the kernel makes their addresses unique
/// (`TIME_WAIT`, request socks, orphans), those distinguish them, and so does the number of a
/// netlink socket; connections to a unix socket that were not accepted yet have its name, and are
/// as many as there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    kind: Kind,
    mark: Mark<'a>,
    space: Option<Space<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mark<'a> {
    Inode(Inode),
    Addresses(SocketAddr, SocketAddr),
    /// The protocol and the number of a netlink socket.
    Number(Protocol, u32),
    Name(&'a [u8]),
}

/// What identifies a network namespace, if namespaces were requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space<'a> {
    Inode(u64),
    /// One that may not be looked at.
    Pid(u32),
    Path(Option<&'a Path>),
}

impl<'a> Space<'a> {
    pub(super) fn of(namespace: &'a Namespace) -> Space<'a> {
        match (namespace.inode, namespace.pid) {
            (Some(inode), _) => Space::Inode(inode),
            (None, Some(pid)) => Space::Pid(pid),
            (None, None) => Space::Path(namespace.path.as_deref()),
        }
    }
}

impl<'a> Identity<'a> {
    pub(super) fn of(socket: &Socket<'a>) -> Identity<'a> {
        let mark = match (socket.inode, socket.local(), socket.remote()) {
            (Some(inode), ..) => Mark::Inode(inode),
            (None, Some(local), Some(remote)) => Mark::Addresses(local, remote),
            _ => match socket.netlink() {
                Some(netlink) => Mark::Number(netlink.protocol, netlink.port),
                None => Mark::Name(socket.name().map_or(&[], name_bytes)),
            },
        };
        Identity { kind: socket.kind, mark, space: socket.netns.map(Space::of) }
    }
}

/// Without the namespace, so that a socket is found by its inode wherever it is.
impl Hash for Identity<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind, self.mark).hash(state);
    }
}

/// The bytes of a name, as its source reports them.
pub(super) fn name_bytes(name: UnixName<'_>) -> &[u8] {
    match name {
        UnixName::Printed(name) => name.as_bytes(),
        UnixName::Exact(name) => name.as_bytes(),
    }
}

/// Whether two sockets with the same inode are known to be different ones: the first is gone,
/// and the other has got its number.
pub(super) fn is_other(before: &Socket<'_>, after: &Socket<'_>) -> bool {
    let cookies = before.inode.and(before.cookie()).zip(after.cookie());
    cookies.is_some_and(|(before, after)| before != after)
}
