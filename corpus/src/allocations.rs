//! An allocator that counts.
#![expect(unsafe_code, reason = "an allocator; it hands everything on unchanged")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU64, Ordering},
};

/// The system's allocator, with the number of allocations by all threads of the process: one more for
/// each block that is allocated, or whose size changes.
///
/// ```
/// use procnet_corpus::allocations::CountingAllocator;
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator = CountingAllocator::new();
///
/// let before = ALLOCATOR.count();
/// drop(vec![1_u8; 10]);
/// assert!(ALLOCATOR.count() > before);
/// ```
#[derive(Debug, Default)]
pub struct CountingAllocator(AtomicU64);

impl CountingAllocator {
    /// With a count of 0.
    #[must_use]
    pub const fn new() -> CountingAllocator {
        CountingAllocator(AtomicU64::new(0))
    }

    /// The number of allocations since the program began.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: every call is forwarded unchanged to the system's allocator, and its result is returned
// unchanged; counting has no influence on them.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.add();
        // SAFETY: the caller's obligations are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above; the pointer came from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.add();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.add();
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
