//! Queries: each answer is a part of the answer to the query for everything.

use std::{
    net::{TcpListener, TcpStream},
    ops::ControlFlow,
};

use procnet::{
    ErrorKind, Filter, Kinds, Query, Scanner, State,
    owners::{Budget, OwnerSource},
    summary::Summary,
};
use procnet_corpus::live::{
    Entry, Scene, Uncommon, close_in_order, differences, private, state_of,
};

mod common;

/// An answer without users and queues, which may change.
fn ask(scanner: &mut Scanner, query: &Query) -> Vec<Entry> {
    let answer = scanner.collect(query).unwrap();
    assert_eq!(answer.coverage.sockets, answer.sockets.len() as u64);
    common::without_numbers(common::entries(&answer.sockets))
}

/// Asserts that the answer to `query` is the part of `all` that `wanted` selects.
fn is_part(
    scanner: &mut Scanner,
    query: &Query,
    all: &[Entry],
    wanted: impl Fn(&Entry) -> bool,
) -> usize {
    let part: Vec<Entry> = all.iter().filter(|entry| wanted(entry)).cloned().collect();
    let text = differences(("the answer", &ask(scanner, query)), ("the part", &part));
    assert!(text.is_empty(), "{query:?}:\n{text}");
    part.len()
}

#[test]
fn kinds_states_and_ports_select_a_part_of_everything() {
    private(|_| Scene::with(parts));
}

fn parts(scene: &Scene) {
    // sock_diag does not report unix connections that are not accepted yet.
    let is_reported = |entry: &&Entry| entry.kind != "unix" || entry.inode.is_some();
    let reported = scene.entries().iter().filter(is_reported).count();
    for (source, count) in common::SOURCES.into_iter().zip([scene.entries().len(), reported]) {
        parts_from(&Query::new().source(source), count);
    }
}

fn parts_from(all_of_them: &Query, count: usize) {
    let mut scanner = Scanner::new().unwrap();
    let all = ask(&mut scanner, all_of_them);
    assert_eq!(all.len(), count);

    for (name, kinds) in Kinds::PSUTIL {
        let query = all_of_them.clone().kinds(kinds);
        let in_set = |entry: &Entry| kinds.iter().any(|kind| kind.name() == entry.kind);
        assert!(is_part(&mut scanner, &query, &all, in_set) > 0, "{name}");
    }
    for state in (1..=11).map(State) {
        let query = all_of_them.clone().states([state]);
        let in_state = |entry: &Entry| entry.state == state.to_string();
        let some = is_part(&mut scanner, &query, &all, in_state) > 0;
        // These two states are too short-lived.
        assert_eq!(some, state != State::LAST_ACK && state != State::CLOSING, "{state}");
    }
    let ends = [State::TIME_WAIT, State::FIN_WAIT2];
    let query = all_of_them.clone().states(ends).kinds(Kinds::TCP4);
    is_part(&mut scanner, &query, &all, |entry| {
        entry.kind == "tcp" && ends.iter().any(|state| entry.state == state.to_string())
    });
    let ports: Vec<u16> = all.iter().filter_map(|entry| Some(entry.local?.port())).collect();
    for port in ports {
        let query = all_of_them.clone().local_port(port);
        let at_port = |entry: &Entry| entry.local.is_some_and(|local| local.port() == port);
        assert!(is_part(&mut scanner, &query, &all, at_port) > 0, "{port}");
    }
    is_part(&mut scanner, &all_of_them.clone().listening(), &all, |entry| match &*entry.state {
        "LISTEN" => true,
        "UNCONN" => !entry.kind.starts_with("tcp"),
        _ => false,
    });
    let nothing = ask(&mut scanner, &all_of_them.clone().kinds(Kinds::NONE));
    assert!(nothing.is_empty());
}

#[test]
fn udplite_raw_and_icmp_sockets_are_listed() {
    private(|_| {
        let uncommon = Uncommon::new();
        let mut scanner = Scanner::new().unwrap();
        let kinds = Kinds::UDPLITE | Kinds::RAW | Kinds::ICMP;
        let seen = ask(&mut scanner, &Query::new().kinds(kinds));
        let text = differences(("the library", &seen), ("the scene", uncommon.entries()));
        assert!(text.is_empty(), "{text}");
    });
}

#[test]
fn a_limit_or_the_visitor_ends_a_visit() {
    private(|_| Scene::with(limits));
}

fn limits(_scene: &Scene) {
    for source in common::SOURCES {
        limits_from(_scene, &Query::new().source(source));
    }
}

fn limits_from(_scene: &Scene, all_of_them: &Query) {
    let mut scanner = Scanner::new().unwrap();
    let all = ask(&mut scanner, all_of_them);
    let total = all.len() as u64;
    for limit in [0, 1, 10, total - 1, total, total + 1, u64::MAX] {
        let answer = scanner.collect(&all_of_them.clone().limit(limit)).unwrap();
        let seen = common::without_numbers(common::entries(&answer.sockets));
        let expected = &all[..usize::try_from(limit.min(total)).unwrap()];
        assert_eq!(seen, expected, "the first {limit}");
        assert_eq!(answer.coverage.truncated, limit < total, "{limit} of {total}");
    }
    let mut left = 3;
    let coverage = scanner.visit(&all_of_them.clone(), |_| {
        left -= 1;
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let (coverage, stopped) = coverage.unwrap();
    assert_eq!((left, coverage.sockets, stopped), (0, 3, Some(())));
    assert!(!coverage.truncated, "it was not the limit that ended it");
}

#[test]
fn an_error_of_the_visitor_ends_a_visit_and_is_returned() {
    private(|_| Scene::with(errors));
}

fn errors(_scene: &Scene) {
    for source in common::SOURCES {
        let query = Query::new().source(source);
        let mut scanner = Scanner::new().unwrap();
        let total = scanner.visit(&query, |_| ()).unwrap().sockets;
        let mut visited = 0;
        let mut until = |last: u64| {
            visited = 0;
            let answer = scanner.visit(&query, |socket| {
                visited += 1;
                if visited == last { Err(format!("no room for {}", socket.kind)) } else { Ok(()) }
            });
            let (coverage, result) = answer.unwrap();
            assert_eq!((coverage.sockets, coverage.truncated), (visited, false));
            (visited, result)
        };
        let (visited, result) = until(3);
        assert!(result.unwrap_err().starts_with("no room for "));
        assert_eq!(visited, 3);
        assert_eq!(until(u64::MAX), (total, Ok(())));
    }
}

#[test]
fn options_that_contradict_each_other_are_an_error() {
    let (query, kept) = (Query::new().kinds(Kinds::NONE), Budget::unlimited());
    let (bpf, unowned) = (OwnerSource::Bpf, query.clone().owners(false));
    let by_pid = unowned.clone().filter(Filter::pid(1));
    let contradictions = [
        (unowned.clone().incremental(kept), "incremental owners, but no owners"),
        (query.clone().owner_source(bpf).pid(1), "owners by BPF, but of one process"),
        (query.clone().owner_source(bpf).incremental(kept), "owners by BPF, but incremental"),
        (unowned.clone().owner_source(bpf), "owners by BPF, but no owners"),
        (query.clone().one_pass(true), "one pass"),
        (query.clone().one_pass(true).owner_source(OwnerSource::Walk), "one pass"),
        (by_pid.clone().one_pass(true).owner_source(bpf), "one pass"),
        (unowned.clone().process_uids(true), "user ids of owning processes, but no owners"),
        (by_pid.clone().process_uids(true), "user ids of owning processes, but no owners"),
    ];
    let mut scanner = Scanner::new().unwrap();
    for (query, why) in contradictions {
        let error = scanner.visit(&query, |_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidQuery, "{query:?}");
        let expected = format!("the query contradicts itself: {why}");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    // A summary has no owners, and so it has no use for the options about them.
    let options = query.clone().process_uids(true).owner_source(bpf).one_pass(true);
    for query in [options, query.incremental(kept), by_pid.incremental(kept)] {
        scanner.summarize(&query, &mut Summary::default()).unwrap();
    }
}

#[test]
fn the_incremental_owners_of_one_process_are_found_by_a_walk_of_it_alone() {
    private(|_| Scene::with(incremental_of_one));
}

fn incremental_of_one(scene: &Scene) {
    let pid = scene.client().pid();
    for source in common::SOURCES {
        let query = Query::new().source(source).pid(pid);
        let mut scanner = Scanner::new().unwrap();
        let expected = ask(&mut scanner, &query);
        assert!(!expected.is_empty());
        let kept = query.clone().incremental(Budget::unlimited());
        for _refresh in 0..2 {
            assert_eq!(ask(&mut scanner, &kept), expected);
        }
        // It alone is examined, so its user ids can be read without looking for other owners.
        let query = kept.owners(false).process_uids(true);
        let coverage = scanner.visit(&query, |socket| {
            let mut owners = socket.owners.iter();
            assert!(owners.all(|owner| owner.pid() == pid && owner.process.uids.is_some()));
        });
        assert_eq!(coverage.unwrap().processes.unwrap().seen, 1);
    }
}

#[test]
fn owners_are_found_only_on_request() {
    private(|_| Scene::with(with_and_without_owners));
}

fn with_and_without_owners(scene: &Scene) {
    for source in common::SOURCES {
        with_and_without_owners_from(scene, &Query::new().source(source));
    }
}

fn with_and_without_owners_from(scene: &Scene, all_of_them: &Query) {
    let mut scanner = Scanner::new().unwrap();
    let all = ask(&mut scanner, all_of_them);
    let answer = scanner.collect(&all_of_them.clone().owners(false)).unwrap();
    assert!(answer.coverage.processes.is_none());
    assert_eq!(answer.coverage.ownerless, 0, "nobody was looked for");
    let bare = |mut entry: Entry| {
        entry.owners.clear();
        entry
    };
    let bare: Vec<Entry> = all.into_iter().map(bare).collect();
    let seen = common::without_numbers(common::entries(&answer.sockets));
    assert_eq!(seen, bare);

    // The users of a process, once per process; its start time distinguishes it from a later one.
    let client = scene.client().pid();
    let leaderless = scene.leaderless().pid();
    let mut seen = Vec::new();
    let query = all_of_them.clone().process_uids(true);
    let visited = scanner.visit(&query, |socket| {
        for owner in socket.owners {
            let uids = owner.process.uids.expect("a process that can be read");
            assert_eq!((uids.real, uids.effective), (0, 0));
            seen.push((owner.pid(), owner.process.start_time.expect("when it started")));
        }
    });
    visited.unwrap();
    seen.sort_unstable();
    seen.dedup();
    let pids: Vec<u32> = seen.iter().map(|(pid, _)| *pid).collect();
    assert!(pids.contains(&client) && pids.contains(&leaderless), "{seen:?}");
    assert!(pids.is_sorted_by(|a, b| a < b), "a process with two starts: {seen:?}");
    assert_eq!(state_of(leaderless), Some('Z'));
    assert_eq!(scanner.process_uids(client).unwrap().real, 0);
    assert!(pids.iter().all(|pid| scanner.pids().unwrap().contains(pid)));
}

/// A table is not read if the kernel counts no sockets in it; a table that only has `TIME_WAIT`
/// sockets is read.
#[test]
fn a_table_that_only_has_time_wait_sockets_is_read() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().kinds(Kinds::TCP6 | Kinds::UDP6).owners(false);
        assert!(scanner.collect(&query).unwrap().sockets.is_empty());
        let listener = TcpListener::bind("[::1]:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        close_in_order(client, server);
        drop(listener);
        let sockets = scanner.collect(&query).unwrap().sockets;
        let states: Vec<State> = sockets.iter().map(|socket| socket.state).collect();
        assert_eq!(states, [State::TIME_WAIT]);
    });
}
