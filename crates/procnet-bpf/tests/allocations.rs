//! Passes allocate nothing.

mod common;

use common::load;
use procnet_bpf::Buffer;
use procnet_corpus::{
    allocations::CountingAllocator,
    live::{LoadGenerator, Workload, private},
};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

#[test]
fn a_pass_allocates_nothing() {
    private(|_| {
        let owners = load();
        let load = LoadGenerator::default().spawn(Workload::Udp, 2, 3_000);
        let pid = load.processes()[0].pid();
        let mut buffer = Buffer::new();
        let before = ALLOCATOR.count();
        let mut found = 0_u64;
        for _ in 0..3 {
            owners.pass(&mut buffer, |_| found += 1).expect("a pass");
            owners.pass_process(pid, &mut buffer, |_| found += 1).expect("a pass");
        }
        assert_eq!(ALLOCATOR.count(), before);
        assert!(found >= 3 * 9_000, "{found}");
    });
}
