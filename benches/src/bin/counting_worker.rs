//! As `worker`, but also counts heap allocations, which takes time and so distorts timings.
#![expect(unsafe_code, reason = "a counting allocator, which passes everything on unchanged")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU64, Ordering},
};

use procnet_benches::{operation, protocol};

struct Counted;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: each call and its result are passed on unchanged to and from the system's allocator;
// only the counter is added. `alloc_zeroed` and `realloc` are the trait's default methods, which
// call `alloc` here.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller upholds the contract of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above, and the pointer comes from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTED: Counted = Counted;

fn main() -> Result<(), String> {
    let (mut operation, version) = operation::of_command_line()?;
    protocol::serve(&version, &mut operation, || Some(ALLOCATIONS.load(Ordering::Relaxed)))
}
