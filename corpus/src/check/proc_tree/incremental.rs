//! The incremental join while a tree changes: what it promises, and no more.
//!
//! A directory does not tell how many descriptors a process has, as kernels before 6.2, and
//! whether its time of change differs is chance. So what is done to the descriptors of a
//! process that lives on may be found late; what is done by processes that come and go is not.

use std::collections::HashSet;

use procnet::{Error, Query, owners::Budget};

use super::{
    Choice,
    answer::{self, Known, Seen},
    query, scanner,
};
use crate::{
    naive::join::{self, Processes, Question, Socket},
    proc_tree::{Change, Disk},
};

/// In so many visits every process is looked at whole.
const PERIOD: usize = 128;

/// The incremental join sees a tree, sees it again, and sees it change.
pub(super) fn follows(disk: &mut Disk, changes: &[Change], choice: &Choice) {
    let root = disk.root().to_owned();
    // Which sockets a limit leaves out depends on which are found first.
    let question = Question { limit: None, ..choice.question.clone() };
    let query = query(&question).incremental(Budget::unlimited());
    let mut scanner = scanner(&root, choice);
    let mut ask = |query: &Query| answer::visit(&mut scanner, query, |_| ());
    let before = join::processes(&root);
    let told = join::join(&root, &question);
    // Where threads of a process hold different things, only the full join looks at all.
    if before.unshared {
        return;
    }
    exact("at first", &question, &ask(&query), &told);
    exact("unchanged", &question, &ask(&query), &told);
    if changes.is_empty() {
        return;
    }
    let edits = Edits::of(changes, &before);
    for change in changes {
        disk.change(change).expect("room for a change");
    }
    let after = join::processes(&root);
    let known = join::join(&root, &question);
    if after.unshared {
        return;
    }
    let seen = ask(&query);
    if edits.any {
        let rows = told.as_ref().map_or(&[][..], |(answer, _)| &answer.sockets);
        edits.kept(&question, &seen, &known, (&before, rows), &after);
        // What nobody owned was looked for twice, and is in the fourth visit.
        edits.kept(&question, &ask(&query), &known, (&before, &[]), &after);
        for _ in 0..PERIOD {
            let _ = ask(&query);
        }
        exact("in time", &question, &ask(&query), &known);
    } else {
        exact("changed", &question, &seen, &known);
        exact("after a change", &question, &ask(&query), &known);
    }
}

/// The answer is that of the naive join, in whatever order.
fn exact(when: &str, question: &Question, seen: &Result<Seen, Error>, known: &Known) {
    let (seen, (answer, processes)) = match (seen, known) {
        (Ok(seen), Ok(known)) => (seen, known),
        (Err(error), Err(refusal)) => return answer::refused(question, error, *refusal),
        (seen, known) => panic!("{when}, {question:?}: {seen:?}, naive: {known:?}"),
    };
    let (found, expected) = (sorted(&seen.sockets), sorted(&answer.sockets));
    for (seen, known) in found.iter().zip(&expected) {
        assert!(seen == known, "{when}, {question:?}: {seen:?}, naive: {known:?}");
    }
    assert_eq!(found.len(), expected.len(), "{when}, {question:?}: sockets");
    answer::counted(question, &seen.coverage, answer);
    answer::walked(question, &seen.coverage, processes.as_ref(), false);
}

fn sorted(sockets: &[Socket]) -> Vec<&Socket> {
    let mut sockets: Vec<&Socket> = sockets.iter().collect();
    sockets.sort_by_cached_key(|socket| format!("{socket:?}"));
    sockets
}

/// What changes do to processes.
struct Edits {
    /// Processes that end; others may bear their numbers.
    ended: HashSet<u32>,
    /// Something is done to a process that lives on.
    any: bool,
}

impl Edits {
    fn of(changes: &[Change], before: &Processes) -> Edits {
        let mut edits = Edits { ended: HashSet::new(), any: false };
        for change in changes {
            let (Change::Put(path, _) | Change::Remove(path)) = change;
            let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
            let pid = std::str::from_utf8(parts[0]).ok().and_then(|pid| pid.parse().ok());
            let Some(pid) = pid.filter(|pid| before.pids.contains(pid)) else { continue };
            match parts[1..] {
                // The directory by which a process is known from another.
                [] | [b"fd"] => drop(edits.ended.insert(pid)),
                [b"net", ..] => {}
                _ => edits.any |= !edits.ended.contains(&pid),
            }
        }
        edits
    }

    /// All sockets are told; those that were neither held before nor in `rows` have an owner, if
    /// anyone owns them; and each owner owns it now, or did before and lives on.
    fn kept(
        &self,
        question: &Question,
        seen: &Result<Seen, Error>,
        known: &Known,
        (before, rows): (&Processes, &[Socket]),
        after: &Processes,
    ) {
        let (Ok(seen), Ok((answer, _))) = (seen, known) else {
            return exact("edited", question, seen, known);
        };
        let unowned = |socket: &Socket| Socket { owners: Vec::new(), ..socket.clone() };
        let all = |sockets: &[Socket]| sockets.iter().map(unowned).collect::<Vec<Socket>>();
        assert_eq!(sorted(&all(&seen.sockets)), sorted(&all(&answer.sockets)), "{question:?}");
        for socket in &seen.sockets {
            let owns = |processes: &Processes, pid: u32, fd: u32| {
                let holders = processes.holders.get(&socket.inode).map_or(&[][..], |all| all);
                holders.iter().any(|owner| (owner.pid, owner.fd) == (pid, fd))
            };
            for owner in &socket.owners {
                let (pid, fd) = (owner.pid, owner.fd);
                let did = || !self.ended.contains(&pid) && owns(before, pid, fd);
                assert!(owns(after, pid, fd) || did(), "{question:?}: {owner:?} owns {socket:?}");
            }
            let was_there = before.holders.contains_key(&socket.inode)
                || rows.iter().any(|row| row.inode == socket.inode);
            let owned = after.holders.contains_key(&socket.inode);
            let found = was_there || !owned || !socket.owners.is_empty();
            assert!(found, "{question:?}: nobody was found to own {socket:?}");
        }
    }
}
