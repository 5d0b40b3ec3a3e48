//! How procnet's answer may differ from what a scene knows and from what `ss` says: one
//! table for each, with the reasons. Nothing else may differ, and everything in the tables does.

use std::time::Duration;

use super::{Entry, Owner, Scene, differences, skip_part, ss, state_of};

/// A thing that procnet and another source show differently, and why.
struct Difference {
    reason: &'static str,
    /// Brings an entry of procnet to what both can say.
    of_ours: fn(&mut Entry) -> Change,
    /// The same for an entry of the other source.
    of_theirs: fn(&mut Entry) -> Change,
}

#[derive(PartialEq)]
enum Change {
    /// There is no such difference in this entry.
    None,
    Made,
    /// The other source does not have the entry at all.
    Remove,
}

fn none(_: &mut Entry) -> Change {
    Change::None
}

/// Changes `entry` if it is one of those meant.
fn change(entry: &mut Entry, meant: bool, how: impl FnOnce(&mut Entry)) -> Change {
    if !meant {
        return Change::None;
    }
    how(entry);
    Change::Made
}

fn cut_at_newline(entry: &mut Entry) -> Change {
    let newline = |name: &Vec<u8>| name.iter().position(|byte| *byte == b'\n');
    let at = entry.name.as_ref().and_then(newline);
    change(entry, at.is_some(), |entry| {
        if let (Some(name), Some(at)) = (&mut entry.name, at) {
            name.truncate(at);
        }
    })
}

const NEWLINES: Difference = Difference {
    reason: "/proc/net/unix prints names raw, so a newline ends the row and cuts the name; what \
             follows is a row that does not decode, and is counted",
    of_ours: none,
    of_theirs: cut_at_newline,
};

const FROM_SCENE: &[Difference] = &[NEWLINES];

const FROM_SS: &[Difference] = &[
    NEWLINES,
    Difference {
        reason: "unix_diag leaves connections out that were not accepted yet; the table has them",
        of_ours: |entry| match (&entry.kind[..], entry.inode) {
            ("unix", None) => Change::Remove,
            _ => Change::None,
        },
        of_theirs: none,
    },
    Difference {
        reason: "ss reads the name of a process only up to a parenthesis in it",
        of_ours: |entry| {
            let is_odd = |owner: &Owner| owner.comm.contains(&b')');
            change(entry, entry.owners.iter().any(is_odd), |entry| {
                let cut = |mut owner: Owner| {
                    let at = owner.comm.iter().position(|byte| *byte == b')');
                    owner.comm.truncate(at.unwrap_or(owner.comm.len()));
                    owner
                };
                entry.owners = std::mem::take(&mut entry.owners).into_iter().map(cut).collect();
            })
        },
        of_theirs: none,
    },
    Difference {
        reason: "ss looks at the first thread of a process only, so one whose first thread has \
                 ended owns nothing",
        of_ours: |entry| {
            let is_leaderless = |owner: &Owner| state_of(owner.pid) == Some('Z');
            change(entry, entry.owners.iter().any(is_leaderless), |entry| {
                entry.owners.retain(|owner| !is_leaderless(owner));
            })
        },
        of_theirs: none,
    },
    Difference {
        reason: "for a listener ss shows in Send-Q how many connections may wait, which the \
                 table does not tell",
        of_ours: none,
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
        of_theirs: none,
    },
];

/// Compares until sockets that were closed last have come to rest, for which they may need
/// a moment; then everything that `answer` gives is what the scene knows, and what `ss` says
/// before and after it, but for the known differences.
///
/// # Panics
///
/// If something else differs, or a known difference is none.
pub fn assert_agrees(scene: &Scene, mut answer: impl FnMut() -> Vec<Entry>) {
    let mut found = String::new();
    for _attempt in 0..100 {
        let before = ss::sockets();
        let ours = answer();
        let after = ss::sockets();
        let without_numbers = |mut entry: Entry| {
            entry.numbers = None;
            entry
        };
        let plain = ours.iter().cloned().map(without_numbers).collect();
        found = compare(plain, ("the scene", scene.entries().to_vec()), FROM_SCENE);
        match (before, after) {
            (Ok(before), Ok(after)) if before == after => {
                found += &compare(ours, ("ss", after), FROM_SS);
            }
            (Ok(_), Ok(_)) => found += "sockets changed between two runs of ss\n",
            (Err(reason), _) | (_, Err(reason)) if found.is_empty() => {
                skip_part("the comparison with ss", &reason);
            }
            (Err(_), _) | (_, Err(_)) => {}
        }
        if found.is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{found}");
}

/// What differs but for the known differences, and which of those there was not.
fn compare(
    mut ours: Vec<Entry>,
    (name, mut theirs): (&str, Vec<Entry>),
    known: &[Difference],
) -> String {
    let mut unmet = String::new();
    for Difference { reason, of_ours, of_theirs } in known {
        let mut is_met = false;
        for (entries, apply) in [(&mut ours, of_ours), (&mut theirs, of_theirs)] {
            entries.retain_mut(|entry| {
                let change = apply(entry);
                is_met |= change != Change::None;
                change != Change::Remove
            });
        }
        if !is_met {
            unmet += &format!("no such difference any more: {reason}\n");
        }
    }
    differences(("procnet", &ours), (name, &theirs)) + &unmet
}
