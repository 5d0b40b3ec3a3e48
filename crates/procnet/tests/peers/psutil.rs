//! psutil (Python).

use std::{env, process::Command};

use procnet_corpus::live::skip;
use serde_json::Value;

use super::{
    Peer, counters,
    row::{BLANKS, Difference, End, LEADERLESS, NO_STATE, ROW_EACH},
};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/peers/psutil/main.py");

pub(crate) const PEER: Peer = Peer { name: "psutil", ask, differences: DIFFERENCES };

const DIFFERENCES: &[Difference] = &[
    LEADERLESS,
    Difference {
        reason: "of all processes that hold a socket it keeps the one that is listed last",
        apply: |rows| {
            for row in rows {
                let last = row.owners.last().map(|(pid, _)| *pid);
                row.owners.retain(|(pid, _)| Some(*pid) == last);
            }
        },
    },
    Difference {
        reason: "of an inet socket's descriptors it names the first",
        apply: |rows| {
            for row in rows.iter_mut().filter(|row| !row.is_unix()) {
                row.owners.truncate(1);
            }
        },
    },
    ROW_EACH,
    NO_STATE,
    BLANKS,
    Difference {
        reason: "an address with port 0 is none",
        apply: |rows| {
            for end in rows.iter_mut().flat_map(|row| [&mut row.local, &mut row.remote]) {
                if matches!(end, End::Address(address) if address.port() == 0) {
                    *end = End::Nowhere;
                }
            }
        },
    },
    Difference {
        reason: "rows that are alike but for the inode, which it does not show, are one: here \
                 connections to a unix socket that were not accepted yet",
        apply: |rows| {
            rows.sort();
            rows.dedup();
        },
    },
];

fn python() -> String {
    env::var("PROCNET_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Skips the test if there is no psutil.
pub(crate) fn require() {
    let python = python();
    match Command::new(&python).args(["-c", "import psutil"]).output() {
        Ok(ran) if ran.status.success() => {}
        Ok(_) => skip(&format!("{python} has no psutil")),
        Err(error) => skip(&format!("{python}: {error}")),
    }
}

fn ask() -> Value {
    let ran = Command::new(python()).arg(PROGRAM).output().expect("python");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("what psutil says")
}

/// Differences in the counters of interfaces; psutil has no others.
pub(crate) fn compare_counters(ours: &counters::Ours, said: &Value) -> String {
    const KEYS: [&str; 8] = [
        "bytes_recv",
        "packets_recv",
        "errin",
        "dropin",
        "bytes_sent",
        "packets_sent",
        "errout",
        "dropout",
    ];
    let theirs = |counters: &Value| KEYS.map(|key| counters[key].as_u64().expect("a counter"));
    let mut found = counters::difference("the total", &ours.eight(None), &theirs(&said["total"]));
    let interfaces = said["interfaces"].as_object().expect("interfaces");
    found += &counters::difference("interfaces", &ours.interfaces().len(), &interfaces.len());
    for name in ours.interfaces() {
        let (eight, theirs) = (ours.eight(Some(&name)), theirs(&interfaces[&name]));
        found += &counters::difference(&name, &eight, &theirs);
    }
    found
}
