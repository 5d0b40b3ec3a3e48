//! What the programs share with the reader: `MAP` in bpf/kernel.h.

use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};

use rustix::{io::Errno, param::page_size};

use crate::{
    Refusal, probe,
    relocate::MapReference,
    storage::SK_STORAGE,
    sys::{self, Map, SharedMemory},
};

/// include/uapi/linux/bpf.h: `enum bpf_map_type`, and flags of `BPF_MAP_CREATE`.
const ARRAY: u32 = 2;
const RINGBUF: u32 = 27;
const NO_PREALLOC: u32 = 1;
const MMAPABLE: u32 = 1 << 10;

/// `struct life` in bpf/events.bpf.c, in words of eight bytes.
const LIFE_WORDS: u32 = 5;
/// `struct counts`: of the words, the first two are read.
const COUNTS_WORDS: u32 = 3;

/// The types of the storage, which the kernel wants to know (`bpf_local_storage_map_check_btf`): 1, a key
/// of four bytes; 3, a value of so many words.
const TYPES: [u32; 6 + 4 + 4 + 6 + 3] = [
    0x0001_eb9f, // magic number and version, no flags
    24,          // the length of this header
    0,           // types,
    14 * 4,      // of so many bytes
    14 * 4,      // and strings,
    12,
    // 1: `u32`
    1,
    1 << 24,
    4,
    32,
    // 2: `u64`
    5,
    1 << 24,
    8,
    64,
    // 3: `u64[]`, indexed by `u32`
    0,
    3 << 24,
    0,
    2,
    1,
    LIFE_WORDS,
    u32::from_le_bytes(*b"\0u32"),
    u32::from_le_bytes(*b"\0u64"),
    0,
];

#[derive(Debug)]
pub(crate) struct Maps {
    storage: OwnedFd,
    pub(super) ring: OwnedFd,
    pub(super) ring_size: usize,
    counts: OwnedFd,
    counted: SharedMemory,
}

impl Maps {
    /// Creates them, with a ring buffer of at least so many bytes.
    pub(crate) fn new(ring_size: u32) -> Result<Maps, Refusal> {
        let page = u32::try_from(page_size()).unwrap_or(u32::MAX);
        let ring_size = ring_size.max(page).checked_next_power_of_two().unwrap_or(1 << 31);
        let types: Vec<u8> = TYPES.iter().flat_map(|word| word.to_le_bytes()).collect();
        let types = sys::btf_load(&types).map_err(failed("BPF_BTF_LOAD"))?;
        let map = |name, map_type, max_entries, flags| Map {
            name,
            map_type,
            key_size: 0,
            value_size: 0,
            max_entries,
            flags,
            types: None,
        };
        let storage = Map {
            key_size: 4,
            value_size: 8 * LIFE_WORDS,
            types: Some((types.as_fd(), [1, 3])),
            ..map("lives", SK_STORAGE, 0, NO_PREALLOC)
        };
        let counts =
            Map { key_size: 4, value_size: 8 * COUNTS_WORDS, ..map("counts", ARRAY, 1, MMAPABLE) };
        let create = |map| sys::map_create(map).map_err(failed("BPF_MAP_CREATE"));
        let counts = create(&counts)?;
        let counted = SharedMemory::new(counts.as_fd(), 0, page_size(), false);
        Ok(Maps {
            storage: create(&storage)?,
            ring: create(&map("events", RINGBUF, ring_size, 0))?,
            ring_size: ring_size as usize,
            counted: counted.map_err(failed("mmap"))?,
            counts,
        })
    }

    /// By their numbers in the programs.
    pub(crate) fn references(&self) -> [MapReference; 3] {
        [
            MapReference::Map(self.storage.as_raw_fd()),
            MapReference::Map(self.ring.as_raw_fd()),
            MapReference::Value(self.counts.as_raw_fd()),
        ]
    }

    /// How many births and ends were lost so far.
    pub(super) fn lost(&self) -> [u64; 2] {
        self.counted.copy(0).unwrap_or_default()
    }
}

pub(super) fn failed(command: &'static str) -> impl Fn(Errno) -> Refusal {
    move |errno| match errno {
        Errno::PERM => probe::denied(command),
        _ => Refusal::Failed { command, errno: errno.raw_os_error() },
    }
}
