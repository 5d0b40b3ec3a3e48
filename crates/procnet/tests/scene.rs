//! What the library answers is what the scene knows, and what `ss` says: socket by socket,
//! owner by owner, and nothing besides.

use std::time::Duration;

use procnet_corpus::live::{Entry, Owner, Scene, differences, private, skip_part, ss, state_of};

mod common;

/// A thing that the library and another source show differently, and why.
struct Difference {
    reason: &'static str,
    /// Brings an entry of the library, or the other's, to what both can say; whether it had
    /// to, or that the entry is not to be compared at all.
    of_ours: fn(&mut Entry) -> Change,
    of_theirs: fn(&mut Entry) -> Change,
}

#[derive(PartialEq)]
enum Change {
    Same,
    Made,
    Remove,
}

fn same(_: &mut Entry) -> Change {
    Change::Same
}

/// Changes `entry` if it is one of those meant.
fn change(entry: &mut Entry, meant: bool, how: impl FnOnce(&mut Entry)) -> Change {
    if !meant {
        return Change::Same;
    }
    how(entry);
    Change::Made
}

/// The table is text: a name ends where its line does.
fn cut_at_newline(entry: &mut Entry) -> Change {
    let newline = |name: &Vec<u8>| name.iter().position(|byte| *byte == b'\n');
    match entry.name.as_ref().and_then(newline) {
        None => Change::Same,
        Some(at) => change(entry, true, |entry| entry.name.as_mut().unwrap().truncate(at)),
    }
}

const NEWLINES: Difference = Difference {
    reason: "/proc/net/unix prints names raw, so a newline ends the row and cuts the name; what \
             follows is a row that does not decode, and is counted",
    of_ours: same,
    of_theirs: cut_at_newline,
};

/// How the scene's own knowledge differs from what the library can see.
const FROM_SCENE: &[Difference] = &[NEWLINES];

/// How `ss` differs.
const FROM_SS: &[Difference] = &[
    NEWLINES,
    Difference {
        reason: "unix_diag leaves connections out that were not accepted yet; the table has them",
        of_ours: |entry| match (&entry.kind[..], entry.inode) {
            ("unix", None) => Change::Remove,
            _ => Change::Same,
        },
        of_theirs: same,
    },
    Difference {
        reason: "ss reads the name of a process only up to a parenthesis in it",
        of_ours: |entry| {
            let is_odd = |owner: &Owner| owner.comm.contains(&b')');
            change(entry, entry.owners.clone().iter().any(is_odd), |entry| {
                let cut = |mut owner: Owner| {
                    let at = owner.comm.iter().position(|byte| *byte == b')');
                    owner.comm.truncate(at.unwrap_or(owner.comm.len()));
                    owner
                };
                entry.owners = std::mem::take(&mut entry.owners).into_iter().map(cut).collect();
            })
        },
        of_theirs: same,
    },
    Difference {
        reason: "ss looks at the first thread of a process only, so one whose first thread has \
                 ended owns nothing",
        of_ours: |entry| {
            let is_leaderless = |owner: &Owner| state_of(owner.pid) == Some('Z');
            change(entry, entry.owners.clone().iter().any(is_leaderless), |entry| {
                entry.owners.retain(|owner| !is_leaderless(owner));
            })
        },
        of_theirs: same,
    },
    Difference {
        reason: "for a listener ss shows in Send-Q how many connections may wait, which the \
                 table does not tell",
        of_ours: same,
        of_theirs: |entry| {
            let listens = entry.kind.starts_with("tcp") && entry.state == "LISTEN";
            change(entry, listens, |entry| {
                entry.numbers = entry.numbers.map(|(uid, rx, _)| (uid, rx, 0));
            })
        },
    },
    Difference {
        reason: "tcp_diag gives request socks the user 0; the table gives them their listener's",
        of_ours: |entry| {
            let is_request = entry.state == "SYN_RECV" && entry.inode.is_none();
            change(entry, is_request, |entry| {
                entry.numbers = entry.numbers.map(|(_, rx, tx)| (0, rx, tx));
            })
        },
        of_theirs: same,
    },
];

/// The differences between two lists, but for the known ones; and which of those there were.
fn compare(
    mut ours: Vec<Entry>,
    (name, mut theirs): (&str, Vec<Entry>),
    known: &'static [Difference],
) -> (String, Vec<&'static str>) {
    let mut met = Vec::new();
    for Difference { reason, of_ours, of_theirs } in known {
        let mut is_met = false;
        for (entries, apply) in [(&mut ours, of_ours), (&mut theirs, of_theirs)] {
            entries.retain_mut(|entry| {
                let change = apply(entry);
                is_met |= change != Change::Same;
                change != Change::Remove
            });
        }
        if is_met {
            met.push(*reason);
        }
    }
    (differences(("the library", &ours), (name, &theirs)), met)
}

#[test]
fn every_socket_and_every_owner() {
    private(|_| {
        let scene = Scene::new();
        let mut last = String::new();
        // Sockets that were closed last may need a moment to come to rest.
        for _attempt in 0..100 {
            let before = ss::sockets();
            let answer = common::everything();
            let after = ss::sockets();
            let ours = common::entries(&answer.sockets);
            let known = ("the scene", scene.entries().to_vec());
            let (differs, met) = compare(common::without_numbers(ours.clone()), known, FROM_SCENE);
            last = differs;
            if last.is_empty() {
                assert_eq!(met.len(), FROM_SCENE.len(), "a known difference is none: {met:?}");
            }
            match (before, after) {
                (Ok(before), Ok(after)) if before == after => {
                    let (differs, met) = compare(ours, ("ss", after), FROM_SS);
                    last += &differs;
                    if last.is_empty() {
                        assert_eq!(met.len(), FROM_SS.len(), "a known difference is none: {met:?}");
                    }
                }
                (Ok(_), Ok(_)) => last += "sockets changed between two runs of ss\n",
                (Err(reason), _) | (_, Err(reason)) if last.is_empty() => {
                    skip_part("the comparison with ss", &reason);
                }
                (Err(_), _) | (_, Err(_)) => {}
            }
            if last.is_empty() {
                return covers(&answer.coverage, scene.entries());
            }
            last += &format!("the library could not see:\n{}", answer.coverage);
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{last}");
    });
}

/// What the answer says of itself is true.
fn covers(coverage: &procnet::Coverage, known: &[Entry]) {
    assert_eq!(coverage.sockets, known.len() as u64);
    assert_eq!(coverage.repeated, 0);
    let debris = |entry: &&Entry| entry.name.as_ref().is_some_and(|name| name.contains(&b'\n'));
    assert_eq!(coverage.undecodable.count, known.iter().filter(debris).count() as u64);
    let without_inode = known.iter().filter(|entry| entry.inode.is_none()).count();
    assert_eq!(coverage.without_inode, without_inode as u64);
    let unowned = |entry: &&Entry| entry.inode.is_some() && entry.owners.is_empty();
    assert_eq!(coverage.ownerless, known.iter().filter(unowned).count() as u64);
    assert_eq!(coverage.processes.as_ref().unwrap().unreadable(), 0);
    assert!(!coverage.truncated && coverage.unreadable.is_empty());
}
