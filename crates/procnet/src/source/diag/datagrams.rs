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
        // The kernel fills them, but for the last of a dump (net/netlink/af_netlink.c `netlink_dump`);
        // compressed, they take a sixth.
        self.ends.reserve(bytes / (DATAGRAM / 16));
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
        self.push(DATAGRAM, |space| socket.receive(space, waited))
    }

    /// Adds a datagram of at most this length, which `write` writes into the space it is given, and
    /// returns it.
    pub(super) fn push(
        &mut self,
        most: usize,
        write: impl FnOnce(&mut [u8]) -> Result<usize, Errno>,
    ) -> Result<&[u8], Errno> {
        let start = self.bytes.len();
        self.bytes.resize(start + most, 0);
        let written = write(self.bytes.get_mut(start..).unwrap_or_default());
        self.bytes.truncate(start + written.unwrap_or(0));
        written?;
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
