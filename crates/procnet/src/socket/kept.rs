//! Sockets kept beyond the visit that found them.

use std::ops::Range;

use super::{Socket, SocketFields};
use crate::netns::Namespace;

/// Sockets without their owners, in the order in which they were added. Cleared, it keeps its
/// memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptSockets {
    sockets: Vec<(SocketFields, Range<usize>)>,
    /// The network namespaces that they are in, and where those of each begin: they come
    /// namespace by namespace.
    namespaces: Vec<(usize, Option<Namespace>)>,
    /// The bytes that they were decoded from.
    bytes: Vec<u8>,
}

impl KeptSockets {
    pub(crate) fn clear(&mut self) {
        self.sockets.clear();
        self.namespaces.clear();
        self.bytes.clear();
    }

    /// Keeps a socket; its owners are not kept.
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

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }

    /// The sockets, without owners.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Socket<'_>> {
        (0..self.sockets.len()).filter_map(|at| self.get(at))
    }

    /// One of them, counted from 0.
    pub(crate) fn get(&self, at: usize) -> Option<Socket<'_>> {
        let (fields, bytes) = self.sockets.get(at)?;
        let socket = Socket::new(fields, self.bytes.get(bytes.clone()).unwrap_or_default());
        let begun = self.namespaces.partition_point(|(start, _)| *start <= at);
        let namespace = begun.checked_sub(1).and_then(|last| self.namespaces.get(last));
        let netns = namespace.and_then(|(_, namespace)| namespace.as_ref());
        Some(Socket { netns, ..socket })
    }
}
