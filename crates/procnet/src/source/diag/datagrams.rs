//! Datagrams that were received and are kept, one after the other.

use rustix::io::Errno;

use crate::netlink::{DATAGRAM, NetlinkSocket, Waited};

/// A list of datagrams in one buffer. Clearing it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    bytes: Vec<u8>,
    /// The end of each datagram.
    ends: Vec<usize>,
}

impl Datagrams {
    /// Forgets all datagrams.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Allocates room for this many bytes of datagrams, of which only what is used takes memory. So
    /// it does not depend on how much each dump needs whether something is allocated.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
        // The kernel fills them, but for the last of a dump (net/netlink/af_netlink.c `netlink_dump`).
        self.ends.reserve(bytes / (DATAGRAM / 4));
    }

    /// The number of datagrams.
    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    /// The number of bytes of all datagrams.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Receives another datagram, and returns it.
    pub(super) fn receive(
        &mut self,
        socket: &NetlinkSocket,
        waited: &mut Waited,
    ) -> Result<&[u8], Errno> {
        let start = self.bytes.len();
        self.bytes.resize(start + DATAGRAM, 0);
        let received = socket.receive(self.bytes.get_mut(start..).unwrap_or_default(), waited);
        self.bytes.truncate(start + received.unwrap_or(0));
        received?;
        self.ends.push(self.bytes.len());
        Ok(self.bytes.get(start..).unwrap_or_default())
    }

    /// A datagram by its index.
    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(index).copied()?;
        self.bytes.get(start.unwrap_or_default()..end)
    }
}
