//! The incremental join on the live kernel: each visit has the result of the full join.

use procnet::{Kinds, Query, Scanner, owners::Budget};
use procnet_corpus::live::{Entry, LoadGenerator, Scene, Workload, differences, private};

mod common;

fn answer(scanner: &mut Scanner, query: &Query) -> Vec<Entry> {
    let answer = scanner.collect(query).unwrap();
    assert_eq!(answer.coverage.left_out, Default::default());
    let mut entries = common::without_numbers(common::entries(&answer.sockets));
    entries.sort();
    entries
}

fn same(what: &str, kept: &mut Scanner, kinds: Kinds) {
    let full = answer(&mut Scanner::new().unwrap(), &Query::new().kinds(kinds));
    let new = Query::new().kinds(kinds).incremental(Budget::unlimited());
    let mut text = differences(("the incremental join", &answer(kept, &new)), ("the full", &full));
    text.truncate(4000);
    assert!(text.is_empty(), "{what}:\n{text}");
    assert!(!full.is_empty(), "{what}");
}

#[test]
fn equals_the_full_join_as_sockets_come_and_go() {
    private(|_| {
        let mut kept = Scanner::new().unwrap();
        let kinds = Kinds::DEFAULT;
        let steady =
            LoadGenerator::default().spawn(Workload::Tcp, 4, 300).spawn(Workload::Udp6, 2, 50);
        same("at first", &mut kept, kinds);
        same("unchanged", &mut kept, kinds);
        let scene = Scene::new();
        same("with a scene", &mut kept, kinds);
        let more =
            LoadGenerator::default().spawn(Workload::Tcp6, 2, 200).spawn(Workload::Unix, 2, 100);
        same("with new processes", &mut kept, kinds);
        same("of one kind", &mut kept, Kinds::TCP6);
        drop(scene);
        same("without the scene", &mut kept, kinds);
        drop(more);
        same("without the new processes", &mut kept, kinds);
        let listeners = Query::new().kinds(Kinds::TCP).listening();
        let full = answer(&mut Scanner::new().unwrap(), &listeners);
        let new = listeners.incremental(Budget::unlimited());
        assert_eq!(answer(&mut kept, &new), full);
        drop(steady);
    });
}

#[test]
fn includes_process_uids_on_request() {
    private(|_| {
        let load = LoadGenerator::default().spawn(Workload::Tcp, 1, 10);
        let pid = load.processes()[0].pid();
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().kinds(Kinds::TCP).incremental(Budget::unlimited());
        for wanted in [false, true, true] {
            let mut owners = 0;
            let visited = scanner.visit(&query.clone().process_uids(wanted), |socket| {
                for owner in socket.owners.iter().filter(|owner| owner.pid() == pid) {
                    assert_eq!(owner.process.uids.map(|uids| uids.real), wanted.then_some(0));
                    owners += 1;
                }
            });
            visited.unwrap();
            assert_eq!(owners, 10);
        }
    });
}

#[test]
fn reports_what_a_budget_left_out() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 4, 300);
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().kinds(Kinds::TCP);
        let little = query.clone().incremental(Budget::unlimited().calls(200));
        let coverage = scanner.visit(&little, |_| ()).unwrap();
        assert!(coverage.left_out.sockets > 0 && !coverage.is_complete());
        assert!(coverage.to_string().contains("budget"), "{coverage}");
        assert_eq!(coverage.ownerless, coverage.left_out.sockets);
        let much = query.incremental(Budget::unlimited());
        let coverage = scanner.visit(&much, |_| ()).unwrap();
        assert_eq!((coverage.ownerless, coverage.left_out.sockets), (0, 0), "{coverage}");
    });
}
