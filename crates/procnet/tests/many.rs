//! A hundred thousand sockets of a hundred processes: each is listed once, with its owner.

use procnet::{Kinds, Query, Scanner, State};
use procnet_corpus::live::{Entry, LoadGenerator, Workload, differences, private};

mod common;

#[test]
fn a_hundred_thousand_sockets_are_each_listed_once() {
    private(|_| {
        let load = LoadGenerator::default()
            .spawn(Workload::Tcp, 60, 1000)
            .spawn(Workload::Tcp6, 10, 1000)
            .spawn(Workload::Udp, 10, 1000)
            .spawn(Workload::Udp6, 10, 1000)
            .spawn(Workload::Unix, 10, 1000);
        let known = load.entries();
        // In addition to the generated load: both ends of the channel to each process.
        assert_eq!(known.len(), 100_000 + 2 * load.processes().len());
        let mut scanner = Scanner::new().unwrap();
        everything_twice(&mut scanner, &known);
        // Most of the dump is received after the walk, by another thread.
        let mut ahead = Scanner::new().unwrap().threads(2).read_ahead(1 << 20);
        everything_twice(&mut ahead, &known);
        fewer(&mut ahead, &known);
        one_process(&mut scanner, &load, &known);
        fewer(&mut scanner, &known);
    });
}

fn same(name: &str, seen: &[Entry], known: &[Entry]) {
    let mut text = differences(("the library", seen), ("the generated load", known));
    text.truncate(4000);
    assert!(text.is_empty(), "{name}:\n{text}");
}

/// The second answer equals the first, although it reuses much of its state.
fn everything_twice(scanner: &mut Scanner, known: &[Entry]) {
    for refresh in ["first", "second"] {
        let answer = scanner.collect(&Query::new()).unwrap();
        let coverage = answer.coverage;
        assert!(coverage.is_complete() && !coverage.truncated, "{coverage}");
        let seen = common::without_numbers(common::entries(&answer.sockets));
        same(refresh, &seen, known);
        assert_eq!(coverage.sockets, known.len() as u64);
        assert_eq!((coverage.rows, coverage.repeated), (coverage.sockets, 0));
        assert_eq!((coverage.ownerless, coverage.without_inode), (0, 0));
    }
}

fn one_process(scanner: &mut Scanner, load: &LoadGenerator, known: &[Entry]) {
    for helper in [&load.processes()[0], &load.processes()[95]] {
        let pid = helper.pid();
        let answer = scanner.collect(&Query::new().pid(pid)).unwrap();
        let seen = common::without_numbers(common::entries(&answer.sockets));
        let is_its = |entry: &&Entry| entry.owners.iter().all(|owner| owner.pid == pid);
        let its: Vec<Entry> = known.iter().filter(is_its).cloned().collect();
        assert_eq!(its.len(), 1001);
        same("one process", &seen, &its);
    }
}

/// Queries that do not have to read everything.
fn fewer(scanner: &mut Scanner, known: &[Entry]) {
    let count = |kind: &str, state: &str| {
        known.iter().filter(|entry| entry.kind == kind && entry.state == state).count() as u64
    };
    let mut ask = |query: Query| scanner.visit(&query, |_| ()).unwrap();
    let tcp = Query::new().kinds(Kinds::TCP4);
    let listening = ask(tcp.clone().listening().owners(false));
    assert_eq!(listening.sockets, count("tcp", "LISTEN"));
    assert!(listening.rows < 2 * listening.sockets, "the connections were read too");
    let established = ask(tcp.clone().states([State::ESTABLISHED]).owners(false));
    assert_eq!(established.sockets, count("tcp", "ESTABLISHED"));
    assert!(established.processes.is_none());
    let limited = ask(tcp.limit(10));
    assert_eq!((limited.sockets, limited.truncated), (10, true));
    assert!(limited.rows < 100, "the whole table was read");
}
