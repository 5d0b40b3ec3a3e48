//! Whole trees: for every query, the facade's join returns what the naive join returns.
//!
//! A tree is written to a directory and queried
//!
//! - for everything, and as its case chooses: kinds, states, listeners, a limit;
//! - with processes walked by one thread and by two, by a scanner that is reused;
//! - without owners, and with the uids of processes;
//! - for each process alone, in its own network namespace;
//! - repeatedly by the incremental join, while the tree changes.
//!
//! All columns of the sockets are compared, their order, all owners with name and start time,
//! and the counts of the coverage. Suspect rows have tests of their own.

mod answer;
mod incremental;

use std::path::Path;

use answer::Seen;
use procnet::{Coverage, Kind, Kinds, ProcRoot, Query, Scanner, State};
use procnet_core::ByteOrder;

use crate::{
    naive::join::{self, Question, TABLES},
    proc_tree::{Case, Disk, Entry, Tree},
};

/// So many processes that the walk is divided among threads.
const MANY_PROCESSES: u32 = 140;

/// A tree with every query, and while it changes.
pub fn case(case: &Case) {
    let choice = Choice::of(case.choice);
    let mut tree = case.tree.clone();
    if choice.many_processes {
        many_processes(&mut tree);
    }
    let mut disk = Disk::new(&tree).expect("room for a tree");
    full(disk.root(), &choice);
    // The incremental join uses one thread, which takes long for many processes.
    if !choice.many_processes {
        incremental::follows(&mut disk, &case.changes, &choice);
    }
}

/// The query that a case chooses.
#[derive(Clone, Debug)]
struct Choice {
    question: Question,
    uids: bool,
    many_processes: bool,
}

impl Choice {
    fn of(byte: u8) -> Choice {
        let is = |bit: u8| byte >> bit & 1 == 1;
        let names = |chosen: &[&str]| {
            let names = TABLES.iter().map(|(name, _)| *name);
            names.filter(|name| chosen.is_empty() || chosen.contains(name)).collect()
        };
        let question = Question {
            tables: match byte >> 1 & 3 {
                0 => names(&["tcp", "tcp6", "udp", "udp6", "unix"]),
                1 => names(&["tcp6", "udp"]),
                2 => names(&["udp6", "unix", "raw", "icmp6"]),
                _ => names(&[]),
            },
            states: is(3).then(|| vec![State::ESTABLISHED.0, State::CLOSE.0, State::LISTEN.0]),
            listening: is(4),
            pid: None,
            limit: is(5).then_some(2),
            owners: true,
            order: if is(0) { ByteOrder::Big } else { ByteOrder::Little },
        };
        Choice { question, uids: is(6), many_processes: is(7) }
    }

    /// Everything, in the same byte order.
    fn everything(&self) -> Question {
        let Choice { question, .. } = Choice::of(u8::from(self.question.order == ByteOrder::Big));
        question
    }
}

/// Adds many processes that hold the same socket as some process of the tree.
fn many_processes(tree: &mut Tree) {
    let is_link = |(_, entry): &(&[u8], &Entry)| matches!(entry, Entry::Link(_));
    let Some(link) = tree.entries().find(is_link).map(|(_, link)| link.clone()) else { return };
    for pid in 100_000..100_000 + MANY_PROCESSES {
        tree.put(format!("{pid}/fd/3").as_bytes(), link.clone());
    }
}

/// The full join.
fn full(root: &Path, choice: &Choice) {
    let everything = choice.everything();
    let mut alone = scanner(root, choice).threads(1);
    let mut shared = scanner(root, choice).threads(2);
    let unowned = Question { owners: false, ..everything.clone() };
    for question in [&everything, &choice.question, &unowned, &everything] {
        for scanner in [&mut alone, &mut shared] {
            same(scanner, question, choice.uids);
        }
    }
    let pids = join::processes(root).pids;
    let own = pids.iter().copied().filter(|pid| *pid < 100_000).chain([3_999_999]);
    for pid in own {
        let question = Question { pid: Some(pid), ..everything.clone() };
        same(&mut shared, &question, choice.uids);
        let question = Question { pid: Some(pid), ..choice.question.clone() };
        same(&mut alone, &question, !choice.uids);
    }
}

/// One query, visited and collected.
fn same(scanner: &mut Scanner, question: &Question, uids: bool) {
    let root = scanner.root().path().to_owned();
    let has_owners = question.owners || question.pid.is_some();
    let query = query(question).process_uids(uids && has_owners);
    let known = join::join(&root, question);
    let seen = answer::visit(scanner, &query, |owner| {
        let expected = if uids { join::uids(&root, owner.pid()) } else { None };
        assert_eq!(owner.process.uids, expected, "the uids of process {}", owner.pid());
    });
    if let Ok(seen) = &seen {
        collected(scanner, &query, seen);
    }
    answer::same(question, &seen, &known);
}

/// `collect` returns what `visit` passed on.
fn collected(scanner: &mut Scanner, query: &Query, seen: &Seen) {
    let answer = scanner.collect(query).expect("the same answer once more");
    assert_eq!(answer.sockets, seen.owned, "collected and visited");
    let counts = |coverage: &Coverage| {
        let mut counts = coverage.clone();
        let hidden = counts.processes.iter_mut().flat_map(|walk| walk.hidden.iter_mut());
        // Which thread finds the first examples is not deterministic.
        hidden.for_each(|hidden| hidden.examples.clear());
        counts
    };
    assert_eq!(counts(&answer.coverage), counts(&seen.coverage), "collected and visited");
}

fn scanner(root: &Path, choice: &Choice) -> Scanner {
    let root = ProcRoot::at(root).expect("the root of a tree");
    Scanner::with_root(root).byte_order(choice.question.order)
}

fn query(question: &Question) -> Query {
    let Question { tables, states, listening, pid, limit, owners, order: _ } = question;
    let kind = |name: &str| Kind::ALL.into_iter().find(|kind| kind.name() == name);
    let kinds = tables.iter().map(|name| Kinds::from(kind(name).expect("a kind")));
    let mut query = Query::new().kinds(kinds.collect::<Kinds>()).owners(*owners);
    if let Some(states) = states {
        query = query.states(states.iter().map(|state| State(*state)));
    }
    if *listening {
        query = query.listening();
    }
    if let Some(pid) = pid {
        query = query.pid(*pid);
    }
    if let Some(limit) = limit {
        query = query.limit(*limit as u64);
    }
    query
}
