//! Datagrams that are kept compressed.
//!
//! The messages of one dump resemble each other: of the 116 bytes of a TCP socket, some twenty
//! differ from those of the socket before. LZ4 makes a third to a quarter of them, at several times
//! the speed at which the kernel produces them, so a few megabytes hold a dump of half a million
//! sockets.

use std::fmt;

use lz4_flex::block::{
    CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size,
};
use rustix::io::Errno;

use super::datagrams::Datagrams;
use crate::netlink::{DATAGRAM, NetlinkSocket, Waited};

/// The most that a datagram takes: if it cannot be compressed, it becomes longer by 0.5 %.
pub(super) const MAX_COMPRESSED: usize = DATAGRAM + DATAGRAM / 8;

/// A list of compressed datagrams. Clearing it keeps its memory.
#[derive(Default)]
pub(super) struct Compressed {
    /// The compressed ones.
    kept: Datagrams,
    /// The datagram that was received, or decompressed, last.
    datagram: Vec<u8>,
    table: Option<CompressTable>,
}

impl Compressed {
    /// Forgets all datagrams.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }

    /// Allocates room for this many bytes of compressed datagrams, of which only what is used takes
    /// memory.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.kept.reserve(bytes);
    }

    /// The number of datagrams.
    pub(super) fn count(&self) -> usize {
        self.kept.count()
    }

    /// The number of bytes of all datagrams, compressed.
    pub(super) fn size(&self) -> usize {
        self.kept.size()
    }

    /// Receives another datagram, and returns it.
    pub(super) fn receive(
        &mut self,
        socket: &NetlinkSocket,
        waited: &mut Waited,
    ) -> Result<&[u8], Errno> {
        self.datagram.resize(DATAGRAM, 0);
        let received = socket.receive(&mut self.datagram, waited)?;
        self.keep(received)?;
        Ok(self.datagram.get(..received).unwrap_or_default())
    }

    /// Keeps the first bytes of the buffer.
    fn keep(&mut self, length: usize) -> Result<(), Errno> {
        let Compressed { kept, datagram, table } = self;
        let datagram = datagram.get(..length).unwrap_or_default();
        let table = table.get_or_insert_with(CompressTable::small);
        let most = get_maximum_output_size(length);
        let compressed = kept.push(most, |space| {
            // There is room for every datagram.
            compress_into_with_table(datagram, space, table).map_err(|_| Errno::MSGSIZE)
        });
        compressed.map(drop)
    }

    /// A datagram by its index.
    pub(super) fn get(&mut self, index: usize) -> Option<&[u8]> {
        let compressed = self.kept.get(index)?;
        self.datagram.resize(DATAGRAM, 0);
        let length = decompress_into(compressed, &mut self.datagram).ok()?;
        self.datagram.get(..length)
    }
}

impl fmt::Debug for Compressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressed")
            .field("datagrams", &self.count())
            .field("bytes", &self.size())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(datagrams: &[Vec<u8>]) -> Compressed {
        let mut kept = Compressed::default();
        for datagram in datagrams {
            kept.datagram.clone_from(datagram);
            kept.keep(datagram.len()).unwrap();
        }
        kept
    }

    proptest! {
        #[test]
        fn datagrams_are_read_as_they_were_received(
            datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 0..20),
        ) {
            let mut kept = kept(&datagrams);
            prop_assert_eq!(kept.count(), datagrams.len());
            for (index, datagram) in datagrams.iter().enumerate().rev() {
                prop_assert_eq!(kept.get(index), Some(&datagram[..]));
            }
            prop_assert_eq!(kept.get(datagrams.len()), None);
            kept.clear();
            prop_assert_eq!((kept.count(), kept.size(), kept.get(0)), (0, 0, None));
        }
    }

    #[test]
    fn a_datagram_of_any_bytes_takes_the_room_that_is_left_for_it_at_most() {
        let mut number = 1_u64;
        let mut random = || {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (number >> 56) as u8
        };
        let datagram: Vec<u8> = (0..DATAGRAM).map(|_| random()).collect();
        let mut kept = kept(std::slice::from_ref(&datagram));
        assert!((DATAGRAM..=MAX_COMPRESSED).contains(&kept.size()));
        assert!(get_maximum_output_size(DATAGRAM) <= MAX_COMPRESSED);
        assert_eq!(kept.get(0), Some(&datagram[..]));
    }
}
