//! A refresh in steady state allocates nothing.

use std::sync::Arc;

use procnet_agent::{
    config::{NamespacesOf, Options, OwnersBy},
    published::Published,
    refresh::Refresher,
    schedule::Outcome,
};
use procnet_corpus::{
    allocations::CountingAllocator,
    live::{LoadGenerator, Scene, Workload, private},
};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

#[test]
fn a_refresh_in_steady_state_does_not_allocate() {
    private(|_| {
        let load =
            LoadGenerator::default().spawn(Workload::Tcp, 3, 500).spawn(Workload::Unix, 2, 100);
        let _load = load.spawn(Workload::Udp, 2, 50);
        let _scene = Scene::new();
        for namespaces in [NamespacesOf::Own, NamespacesOf::All] {
            for owners in [OwnersBy::Auto, OwnersBy::Incremental, OwnersBy::None] {
                let options = Options { namespaces, owners, tcp_info: true, ..Options::default() };
                let published = Arc::new(Published::default());
                let mut refresher = Refresher::new(options, published).unwrap();
                let mut counts = Vec::with_capacity(12);
                // Other processes of this machine start and end. What always allocates does so each time.
                while counts.last() != Some(&0) && counts.len() < 12 {
                    let before = ALLOCATOR.count();
                    refresher.read_events();
                    let spent = refresher.refresh();
                    counts.push(ALLOCATOR.count() - before);
                    assert_eq!(spent.outcome, Outcome::Finished);
                }
                assert!(refresher.counted().aggregates.sockets() > 1700);
                assert_eq!(counts.last(), Some(&0), "{namespaces:?}, {owners:?}: {counts:?}");
            }
        }
    });
}
