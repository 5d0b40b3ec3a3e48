//! A summary counts what a visit sees.

use std::collections::BTreeMap;

use procnet::{Kind, Query, Scanner, State, summary::Summary};
use procnet_corpus::live::{LoadGenerator, Scene, Workload, private};

#[test]
fn counts_what_a_visit_sees() {
    private(|_| {
        let _load =
            LoadGenerator::default().spawn(Workload::Tcp, 2, 50).spawn(Workload::Udp6, 1, 20);
        let _scene = Scene::new();
        let mut scanner = Scanner::new().unwrap();
        let mut summary = Summary::default();
        // A summary that is filled again has only the new counts.
        for query in [Query::new(), Query::new().states([State::LISTEN])] {
            let mut states: BTreeMap<(Kind, State), u64> = BTreeMap::new();
            let mut ports: BTreeMap<u16, u64> = BTreeMap::new();
            let (mut sockets, mut with_user, mut waiting) = (0, 0, 0);
            scanner
                .visit(&query.clone().owners(false), |socket| {
                    sockets += 1;
                    *states.entry((socket.kind, socket.state)).or_default() += 1;
                    if let Some(local) = socket.local() {
                        with_user += u64::from(socket.uid().is_some());
                        *ports.entry(local.port()).or_default() += 1;
                        waiting += u64::from(socket.rx_queue() > Some(0));
                    }
                })
                .unwrap();
            let coverage = scanner.summarize(&query, &mut summary).unwrap();
            assert!(coverage.processes.is_none(), "nobody is looked at");
            assert_eq!((summary.sockets(), coverage.sockets), (sockets, sockets));
            let counted = summary.states().map(|(kind, state, count)| ((kind, state), count));
            assert_eq!(counted.collect::<BTreeMap<_, _>>(), states);
            assert_eq!(summary.ports().collect::<BTreeMap<_, _>>(), ports);
            let users: u64 = summary.users().map(|(_, sockets)| sockets).sum();
            assert_eq!(users + summary.other_users(), with_user);
            let queued = summary.receive_queues().classes().filter(|(shortest, ..)| *shortest > 0);
            assert_eq!(queued.map(|(.., sockets)| sockets).sum::<u64>(), waiting);
            assert!(sockets > 10 && waiting > 0);
        }
    });
}
