//! Passes allocate nothing.
#![expect(unsafe_code, reason = "an allocator that counts; it hands everything on unchanged")]

mod common;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU64, Ordering},
};

use common::load;
use procnet_bpf::Buffer;
use procnet_corpus::live::{LoadGenerator, Workload, private};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is forwarded unchanged to the system's allocator, and its result is returned
// unchanged; counting has no influence on them. The other methods call these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's obligations are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above; the pointer came from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn a_pass_allocates_nothing() {
    private(|_| {
        let owners = load();
        let load = LoadGenerator::default().spawn(Workload::Udp, 2, 3_000);
        let pid = load.processes()[0].pid();
        let mut buffer = Buffer::new();
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        let mut found = 0_u64;
        for _ in 0..3 {
            owners.pass(&mut buffer, |_| found += 1).expect("a pass");
            owners.pass_process(pid, &mut buffer, |_| found += 1).expect("a pass");
        }
        assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), before);
        assert!(found >= 3 * 9_000, "{found}");
    });
}
