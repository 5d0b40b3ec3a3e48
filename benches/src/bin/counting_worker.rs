//! As `worker`, but also counts heap allocations, which takes time and so distorts timings.

use procnet_benches::{operation, protocol};
use procnet_corpus::allocations::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

fn main() -> Result<(), String> {
    let (mut operation, version) = operation::of_command_line()?;
    protocol::serve(&version, &mut operation, || Some(ALLOCATOR.count()))
}
