//! The identity of a socket across visits.

use std::path::Path;

use procnet_core::table::netlink::Protocol;

use crate::{
    Kind, Socket,
    netns::Namespace,
    socket::{SocketKey, UnixName},
};

/// What identifies a socket as long as it exists: the same as its
/// [`id`](crate::Socket::id), but with all that is known of its network namespace.
///
/// Rows that have neither inode nor pointer nor addresses are identified by what else they have: a
/// netlink socket by its port id, a connection to a unix socket that is not accepted yet by the
/// socket's name. Rows that nothing distinguishes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity<'a> {
    kind: Kind,
    key: SocketKey,
    without_key: Option<WithoutKey<'a>>,
    netns: Option<NetnsKey<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum WithoutKey<'a> {
    /// The protocol and the port id of a netlink socket.
    PortId(Protocol, u32),
    Name(&'a [u8]),
}

/// The identity of a network namespace, if namespaces were requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
        let key = SocketKey::of(socket.fields());
        let without_key = key.is_empty().then(|| match socket.netlink() {
            Some(netlink) => WithoutKey::PortId(netlink.protocol, netlink.port),
            None => WithoutKey::Name(socket.name().map_or(&[], name_bytes)),
        });
        Identity { kind: socket.kind, key, without_key, netns: socket.netns.map(NetnsKey::of) }
    }

    /// Whether no other socket of a visit has the same identity.
    pub(super) fn is_unique(&self) -> bool {
        matches!(self.key, SocketKey::Cookie(_) | SocketKey::Inode(_))
    }

    /// Whether two sockets with different identities are certainly two sockets: not if they come
    /// from different sources, or a pointer is hidden.
    pub(super) fn is_comparable_with(&self, other: &Identity<'_>) -> bool {
        matches!(
            (self.key, other.key),
            (SocketKey::Cookie(_), SocketKey::Cookie(_))
                | (SocketKey::Inode(_), SocketKey::Inode(_))
                | (SocketKey::Pointer(..), SocketKey::Pointer(..))
        )
    }

    /// The kind and the network namespace.
    pub(super) fn place(&self) -> (Kind, Option<NetnsKey<'a>>) {
        (self.kind, self.netns)
    }
}

/// The bytes of a name, as its source reports it.
pub(super) fn name_bytes(name: UnixName<'_>) -> &[u8] {
    match name {
        UnixName::Printed(name) => name.as_bytes(),
        UnixName::Exact(name) => name.as_bytes(),
    }
}
