//! What programs write, decoded where it lies.
//!
//! Records are made of numbers in the machine's byte order, which is little-endian where programs are
//! loaded; decoders read that order on any machine. **Any input is accepted.**

mod event;
mod filter;
mod owner;
mod row;

pub(crate) use owner::Descriptor;
pub use {
    event::{Change, Direction, EventOwner, Evidence, MalformedEvent, SocketEvent, Traffic},
    filter::RowFilter,
    owner::{OtherFile, Owner},
    row::{Addresses, MalformedRow, Row},
};

/// A part of fixed length, by offset. Offsets are constants below its length.
struct Fixed<'a, const LENGTH: usize>(&'a [u8; LENGTH]);

impl<const LENGTH: usize> Fixed<'_, LENGTH> {
    #[inline]
    fn array<const SIZE: usize>(&self, at: usize) -> [u8; SIZE] {
        let bytes = self.0.get(at..).and_then(<[u8]>::first_chunk);
        bytes.copied().unwrap_or([0; SIZE])
    }

    #[inline]
    fn u8(&self, at: usize) -> u8 {
        let [byte] = self.array(at);
        byte
    }

    #[inline]
    fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.array(at))
    }

    #[inline]
    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.array(at))
    }

    #[inline]
    fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.array(at))
    }
}
