//! The identity of a socket across visits.

use std::{
    hash::{Hash, Hasher},
    net::SocketAddr,
    path::Path,
};

use procnet_core::{Inode, table::netlink::Protocol};

use crate::{Kind, Socket, netns::Namespace, socket::UnixName};

/// The part of a socket that does not change as long as it exists.
///
/// Rows without an inode have no identity of their own. Where the kernel keeps their addresses
/// unique (`TIME_WAIT`, request socks, orphans), the addresses identify them, and the port id
/// identifies a netlink socket. Connections to a unix socket that are not accepted yet share its
/// name, and are only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    kind: Kind,
    key: Key<'a>,
    netns: Option<NetnsKey<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key<'a> {
    Inode(Inode),
    Addresses(SocketAddr, SocketAddr),
    /// The protocol and the port id of a netlink socket.
    PortId(Protocol, u32),
    Name(&'a [u8]),
}

/// The identity of a network namespace, if namespaces were requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NetnsKey<'a> {
    Inode(u64),
    /// A namespace that may not be accessed.
    Pid(u32),
    Path(Option<&'a Path>),
}

impl<'a> NetnsKey<'a> {
    pub(super) fn of(namespace: &'a Namespace) -> NetnsKey<'a> {
        match (namespace.inode, namespace.pid) {
            (Some(inode), _) => NetnsKey::Inode(inode),
            (None, Some(pid)) => NetnsKey::Pid(pid),
            (None, None) => NetnsKey::Path(namespace.path.as_deref()),
        }
    }
}

impl<'a> Identity<'a> {
    pub(super) fn of(socket: &Socket<'a>) -> Identity<'a> {
        let key = match (socket.inode, socket.local(), socket.remote()) {
            (Some(inode), ..) => Key::Inode(inode),
            (None, Some(local), Some(remote)) => Key::Addresses(local, remote),
            _ => match socket.netlink() {
                Some(netlink) => Key::PortId(netlink.protocol, netlink.port),
                None => Key::Name(socket.name().map_or(&[], name_bytes)),
            },
        };
        Identity { kind: socket.kind, key, netns: socket.netns.map(NetnsKey::of) }
    }
}

/// Without the namespace, so that a socket is found by its inode in any namespace.
impl Hash for Identity<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind, self.key).hash(state);
    }
}

/// The bytes of a name, as its source reports it.
pub(super) fn name_bytes(name: UnixName<'_>) -> &[u8] {
    match name {
        UnixName::Printed(name) => name.as_bytes(),
        UnixName::Exact(name) => name.as_bytes(),
    }
}

/// Whether two sockets with the same inode are known to be different: the first is gone, and the
/// other reuses its inode.
pub(super) fn is_other(before: &Socket<'_>, after: &Socket<'_>) -> bool {
    let cookies = before.inode.and(before.cookie()).zip(after.cookie());
    cookies.is_some_and(|(before, after)| before != after)
}
