//! As `engine`, and its heap allocations are counted. Not for timing: counting takes time.
#![expect(unsafe_code, reason = "an allocator that counts; it hands everything on unchanged")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU64, Ordering},
};

use procnet_benches::{engine, protocol};

struct Counted;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: each call goes to the system's allocator as it came, and so does its result; the
// counter is all that is added. `alloc_zeroed` and `realloc` are those of the trait, which
// call `alloc` here.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: what the caller promises is what the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above, and the pointer is one that the system's allocator gave.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTED: Counted = Counted;

fn main() -> Result<(), String> {
    let (mut engine, version) = engine::of_command_line()?;
    protocol::serve(&version, &mut engine, || Some(ALLOCATIONS.load(Ordering::Relaxed)))
}
