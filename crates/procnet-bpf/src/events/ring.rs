//! The ring buffer, as a reader sees it: kernel/bpf/ringbuf.c.
//!
//! Positions count bytes, and never turn back. The kernel writes the header of a record with the first
//! bit set, the record, and the header again without that; and the position behind it before all that.
//! What is in front of the reader's position is the reader's, until it publishes another one.

use std::os::fd::BorrowedFd;

use rustix::{io::Errno, param::page_size};

use crate::{SocketEvent, sys::SharedMemory};

#[cfg(test)]
mod tests;

/// Bits of a header: the record is being written; it was given up.
const BUSY: u32 = 1 << 31;
const DISCARD: u32 = 1 << 30;
/// The length of the record, and something of the kernel's.
const HEADER: usize = 8;

/// The words of a record.
const WORDS: usize = SocketEvent::LENGTH / 8;

#[derive(Debug)]
pub(super) struct Ring {
    /// A page, with the position of the reader.
    consumer: SharedMemory,
    /// A page with the position of the kernel, and the records, twice in a row: none is ever split.
    producer: SharedMemory,
    /// The size of the records' part, a power of two.
    size: usize,
}

impl Ring {
    pub(super) fn new(map: BorrowedFd<'_>, size: usize) -> Result<Ring, Errno> {
        let page = page_size();
        Ok(Ring {
            consumer: SharedMemory::new(map, 0, page, true)?,
            producer: SharedMemory::new(map, page as u64, page + 2 * size, false)?,
            size,
        })
    }

    /// Passes on the records that wait, at most as many as fit into the ring. Returns whether there may
    /// be more.
    pub(super) fn read(&mut self, mut take: impl FnMut(&[u8])) -> bool {
        let mut position = self.consumer.load(0).unwrap_or_default();
        let limit = position.wrapping_add(self.size as u64);
        while position != limit {
            let Some(end) = self.producer.load(0).filter(|end| *end != position) else { break };
            let offset = (position & (self.size as u64 - 1)) as usize;
            let at = (page_size() + offset) / 8;
            // What is behind the header was written before it.
            let header = self.producer.load(at).unwrap_or(BUSY.into()) as u32;
            if header & BUSY != 0 {
                break;
            }
            let length = (header & !DISCARD) as usize;
            if header & DISCARD == 0 {
                let mut bytes = [0; SocketEvent::LENGTH];
                let words = self.producer.copy::<WORDS>(at + 1).unwrap_or_default();
                for (to, word) in bytes.chunks_exact_mut(8).zip(words) {
                    to.copy_from_slice(&word.to_le_bytes());
                }
                // Another length than that of a record does not decode.
                take(bytes.get(..length).unwrap_or_default());
            }
            let next = position.wrapping_add((length + HEADER).next_multiple_of(8) as u64);
            // Nobody but the kernel could have written that.
            position =
                if next.wrapping_sub(position) > end.wrapping_sub(position) { end } else { next };
            self.consumer.store(0, position);
        }
        position == limit
    }
}
