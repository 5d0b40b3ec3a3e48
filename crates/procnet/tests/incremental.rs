//! The incremental join on the live kernel: in every refresh the full join's answer.

use procnet::{Kinds, Query, Scanner, owners::Budget};
use procnet_corpus::live::{Crop, Entry, Farm, Scene, differences, private};

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
fn follows_what_comes_and_goes() {
    private(|_| {
        let mut kept = Scanner::new().unwrap();
        let kinds = Kinds::DEFAULT;
        let steady = Farm::default().grow(Crop::Tcp, 4, 300).grow(Crop::Udp6, 2, 50);
        same("at first", &mut kept, kinds);
        same("unchanged", &mut kept, kinds);
        let scene = Scene::new();
        same("with a scene", &mut kept, kinds);
        let more = Farm::default().grow(Crop::Tcp6, 2, 200).grow(Crop::Unix, 2, 100);
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
fn knows_the_users_of_processes() {
    private(|_| {
        let farm = Farm::default().grow(Crop::Tcp, 1, 10);
        let pid = farm.actors()[0].pid();
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
fn says_what_a_budget_left_out() {
    private(|_| {
        let _farm = Farm::default().grow(Crop::Tcp, 4, 300);
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
