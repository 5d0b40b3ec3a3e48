//! How procnet's answer may differ from a scene and from `ss`: one table for each, with reasons.
//! Nothing else may differ, and every difference listed must occur.

use std::time::{Duration, Instant};

use super::{Entry, Owner, Scene, differences, skip_part, ss, state_of};

/// How long sockets may take to reach their final state. Less than the age of a scene, so that a
/// lasting difference is reported on a slow machine as well.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Something that procnet and another source show differently, and why.
struct Difference {
    reason: &'static str,
    /// Reduces an entry of procnet to what both sources can show.
    of_ours: fn(&mut Entry) -> Change,
    /// The same for an entry of the other source.
    of_theirs: fn(&mut Entry) -> Change,
}

#[derive(PartialEq)]
enum Change {
    /// This entry does not have the difference.
    None,
    Made,
    /// The other source does not have the entry at all.
    Remove,
}

fn none(_: &mut Entry) -> Change {
    Change::None
}

/// Changes `entry` if the difference applies to it.
fn change(entry: &mut Entry, applies: bool, how: impl FnOnce(&mut Entry)) -> Change {
    if !applies {
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
    reason: "/proc/net/unix prints names raw, so a newline ends the row and truncates the name; \
             what follows is counted as an undecodable row",
    of_ours: none,
    of_theirs: cut_at_newline,
};

const FROM_SCENE: &[Difference] = &[NEWLINES];

const FROM_SS: &[Difference] = &[
    NEWLINES,
    Difference {
        reason: "unix_diag omits connections that are not accepted yet; the table has them",
        of_ours: |entry| match (&entry.kind[..], entry.inode) {
            ("unix", None) => Change::Remove,
            _ => Change::None,
        },
        of_theirs: none,
    },
    Difference {
        reason: "ss reads the name of a process only up to the first closing parenthesis",
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
        reason: "ss reads only the first thread of a process, so a process whose first thread has \
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
        reason: "for a listener, Send-Q of ss is the maximum backlog, which the table does not \
                 show",
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

/// Asserts that `answer` returns what the scene contains, and what `ss` prints before and after
/// it, except for the known differences. Repeats the comparison for a while, as sockets that
/// were just closed take a moment to reach their final state.
///
/// # Panics
///
/// If anything else differs, or a known difference does not occur.
pub fn assert_agrees(scene: &Scene, mut answer: impl FnMut() -> Vec<Entry>) {
    let begin = Instant::now();
    loop {
        let before = ss::sockets();
        let ours = answer();
        let after = ss::sockets();
        let without_numbers = |mut entry: Entry| {
            entry.numbers = None;
            entry
        };
        let plain = ours.iter().cloned().map(without_numbers).collect();
        let mut found = compare(plain, ("the scene", scene.entries().to_vec()), FROM_SCENE);
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
        assert!(begin.elapsed() < TIMEOUT, "{found}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What differs apart from the known differences, and which of those did not occur.
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
            unmet += &format!("this difference no longer occurs: {reason}\n");
        }
    }
    differences(("procnet", &ours), (name, &theirs)) + &unmet
}
