//! Sockets kept after the visit that found them.

use std::ops::Range;

use super::{Socket, SocketFields};
use crate::netns::Namespace;

/// Sockets without their owners, in the order in which they were added. Clearing it keeps its
/// memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptSockets {
    sockets: Vec<(SocketFields, Range<usize>)>,
    /// The network namespaces of the sockets, each with the index of its first socket: sockets are
    /// added one namespace after the other.
    namespaces: Vec<(usize, Option<Namespace>)>,
    /// The bytes the sockets were decoded from.
    bytes: Vec<u8>,
}

impl KeptSockets {
    pub(crate) fn clear(&mut self) {
        self.sockets.clear();
        self.namespaces.clear();
        self.bytes.clear();
    }

    /// Keeps a socket without its owners.
    pub(crate) fn push(&mut self, socket: &Socket<'_>) {
        let Socket { kind, state, inode, suspect, .. } = *socket;
        let start = self.bytes.len();
        self.bytes.extend_from_slice(socket.bytes());
        let before = self.namespaces.last().and_then(|(_, namespace)| namespace.as_ref());
        if before != socket.netns {
            self.namespaces.push((self.sockets.len(), socket.netns.cloned()));
        }
        let fields = SocketFields { kind, state, suspect, inode, ..*socket.fields() };
        self.sockets.push((fields, start..self.bytes.len()));
    }

    /// The number of sockets.
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }

    /// The sockets, without owners.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Socket<'_>> {
        (0..self.sockets.len()).filter_map(|at| self.get(at))
    }

    /// A socket by its index.
    pub(crate) fn get(&self, at: usize) -> Option<Socket<'_>> {
        let (fields, bytes) = self.sockets.get(at)?;
        let socket = Socket::new(fields, self.bytes.get(bytes.clone()).unwrap_or_default());
        let begun = self.namespaces.partition_point(|(start, _)| *start <= at);
        let namespace = begun.checked_sub(1).and_then(|last| self.namespaces.get(last));
        let netns = namespace.and_then(|(_, namespace)| namespace.as_ref());
        Some(Socket { netns, ..socket })
    }
}
