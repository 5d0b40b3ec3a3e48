//! On a file in place of the kernel's ring buffer.

use std::{fs::File, os::fd::AsFd as _, os::unix::fs::FileExt as _};

use proptest::prelude::*;
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};

use super::*;

struct Kernel {
    file: File,
    size: u64,
    position: u64,
}

impl Kernel {
    fn new(size: u64) -> Kernel {
        let file = memfd_create("ring", MemfdFlags::CLOEXEC).expect("a file in memory");
        ftruncate(&file, 2 * page_size() as u64 + 2 * size).expect("a size");
        Kernel { file: file.into(), size, position: 0 }
    }

    fn reader(&self) -> Ring {
        Ring::new(self.file.as_fd(), self.size as usize).expect("memory")
    }

    /// Writes a record of so many bytes of a value, and the position behind it.
    fn write(&mut self, length: u32, flags: u32, value: u8) {
        let at = 2 * page_size() as u64 + (self.position & (self.size - 1));
        let put = |bytes: &[u8], at: u64| self.file.write_all_at(bytes, at).expect("a write");
        put(&vec![value; length as usize], at + 8);
        put(&u64::from(length | flags).to_le_bytes(), at);
        self.position += u64::from(length + 8).next_multiple_of(8);
        put(&self.position.to_le_bytes(), page_size() as u64);
    }

    fn consumed(&self) -> u64 {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, 0).expect("a position");
        u64::from_le_bytes(bytes)
    }
}

const LENGTH: u32 = SocketEvent::LENGTH as u32;

fn read(ring: &mut Ring) -> (Vec<(usize, u8)>, bool) {
    let mut records = Vec::new();
    let more = ring.read(|record| {
        assert!(record.iter().all(|byte| Some(byte) == record.first()));
        records.push((record.len(), record.first().copied().unwrap_or_default()));
    });
    (records, more)
}

#[test]
fn records_are_read_once_in_their_order_and_then_given_back() {
    let mut kernel = Kernel::new(4096);
    let mut ring = kernel.reader();
    assert_eq!(read(&mut ring), (vec![], false));
    for value in 1..=3 {
        kernel.write(LENGTH, 0, value);
    }
    assert_eq!(read(&mut ring), (vec![(136, 1), (136, 2), (136, 3)], false));
    assert_eq!(kernel.consumed(), 3 * 144);
    assert_eq!(read(&mut ring), (vec![], false));
}

#[test]
fn a_record_that_is_being_written_holds_up_those_behind_it() {
    let mut kernel = Kernel::new(4096);
    let mut ring = kernel.reader();
    kernel.write(LENGTH, 0, 1);
    kernel.write(LENGTH, BUSY, 2);
    kernel.write(LENGTH, 0, 3);
    assert_eq!(read(&mut ring), (vec![(136, 1)], false));
    let at = 2 * page_size() as u64 + 144;
    kernel.file.write_all_at(&u64::from(LENGTH).to_le_bytes(), at).expect("a write");
    assert_eq!(read(&mut ring), (vec![(136, 2), (136, 3)], false));
}

#[test]
fn records_that_were_given_up_are_left_out() {
    let mut kernel = Kernel::new(4096);
    let mut ring = kernel.reader();
    kernel.write(LENGTH, DISCARD, 1);
    kernel.write(LENGTH, 0, 2);
    assert_eq!(read(&mut ring), (vec![(136, 2)], false));
}

#[test]
fn a_record_of_another_length_is_none() {
    let mut kernel = Kernel::new(4096);
    let mut ring = kernel.reader();
    kernel.write(LENGTH + 8, 0, 1);
    kernel.write(8, 0, 2);
    kernel.write(LENGTH, 0, 3);
    assert_eq!(read(&mut ring), (vec![(0, 0), (8, 2), (136, 3)], false));
}

#[test]
fn a_call_ends_after_as_many_bytes_as_the_ring_has() {
    let mut kernel = Kernel::new(4096);
    let mut ring = kernel.reader();
    // A length that fills the ring exactly.
    kernel.write(4096 - 8, DISCARD, 0);
    assert_eq!(read(&mut ring), (vec![], true));
    assert_eq!(read(&mut ring), (vec![], false));
}

#[test]
fn a_length_beyond_what_is_written_ends_there() {
    let mut kernel = Kernel::new(4096);
    let mut ring = kernel.reader();
    kernel.write(LENGTH, 0, 1);
    let at = 2 * page_size() as u64;
    kernel.file.write_all_at(&u64::from(BUSY - DISCARD - 1).to_le_bytes(), at).expect("a write");
    assert_eq!(read(&mut ring), (vec![(0, 0)], false));
    assert_eq!(kernel.consumed(), 144);
}

proptest! {
    #[test]
    fn records_do_not_depend_on_when_they_are_read(
        steps in prop::collection::vec((any::<u8>(), any::<bool>(), any::<bool>()), 1..300),
    ) {
        let mut kernel = Kernel::new(4096);
        let mut ring = kernel.reader();
        let (mut written, mut found, mut waiting) = (Vec::new(), Vec::new(), 0);
        for (value, given_up, reads) in steps {
            kernel.write(LENGTH, if given_up { DISCARD } else { 0 }, value);
            written.extend((!given_up).then_some((136, value)));
            waiting += 1;
            // No more than there is room for.
            if reads || waiting == 27 {
                found.extend(read(&mut ring).0);
                waiting = 0;
            }
        }
        found.extend(read(&mut ring).0);
        prop_assert_eq!(found, written);
        prop_assert_eq!(kernel.consumed(), kernel.position);
    }
}
