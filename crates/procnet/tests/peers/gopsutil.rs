//! gopsutil (Go): a small program built from the source in Debian's package.

use std::{collections::BTreeSet, path::PathBuf, process::Command, sync::OnceLock};

use procnet::{Error, ErrorKind};
use procnet_corpus::live::{skip, skip_part};
use serde_json::Value;

use super::{
    Peer, counters,
    row::{BLANKS, Difference, End, LEADERLESS, NO_STATE, ROW_EACH},
};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/peers/gopsutil/main.go");

pub(crate) const PEER: Peer = Peer { name: "gopsutil", ask, differences: DIFFERENCES };

const DIFFERENCES: &[Difference] = &[
    LEADERLESS,
    Difference {
        reason: "of all descriptors that hold an inet socket it names one: the first of the \
                 process that is listed first",
        apply: |rows| {
            for row in rows.iter_mut().filter(|row| !row.is_unix()) {
                row.owners.truncate(1);
            }
        },
    },
    ROW_EACH,
    Difference {
        reason: "who has no owner is owned by process 0",
        apply: |rows| {
            for row in rows.iter_mut().filter(|row| row.owners.is_empty()) {
                row.owners.push((0, 0));
            }
        },
    },
    NO_STATE,
    BLANKS,
    Difference {
        reason: "it prints addresses of IPv4 in a socket of IPv6 as those of IPv4",
        apply: |rows| {
            for end in rows.iter_mut().flat_map(|row| [&mut row.local, &mut row.remote]) {
                if let End::Address(address) = end {
                    address.set_ip(address.ip().to_canonical());
                }
            }
        },
    },
    Difference {
        reason: "rows with the same type, ends and state are one, and the first is it: \
                 SO_REUSEPORT groups, unnamed unix sockets, a unix listener and what it accepts",
        apply: |rows| {
            let mut seen = BTreeSet::new();
            rows.retain(|row| {
                let ends = (row.local.clone(), row.remote.clone());
                seen.insert((row.socket_type, ends, row.status.clone()))
            });
        },
    },
];

/// Builds the program; skips the test if that is not possible here.
pub(crate) fn require() {
    program();
}

fn program() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // Tests that build at the same time must not write the same file.
        let unique = format!("gopsutil-{}", std::thread::current().name().unwrap_or("test"));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(unique.replace(':', "-"));
        let mut go = Command::new("go");
        go.args(["build", "-o"]).arg(&path).arg(PROGRAM);
        go.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env_remove("GOFLAGS");
        match go.output() {
            Ok(built) if built.status.success() => path,
            Ok(built) => {
                let said = String::from_utf8_lossy(&built.stderr).into_owned();
                if said.contains("cannot find package") {
                    skip("there is no package golang-github-shirou-gopsutil-dev");
                }
                panic!("{said}");
            }
            Err(error) => skip(&format!("go: {error}")),
        }
    })
}

fn ask() -> Value {
    let ran = Command::new(program()).output().expect("the program that was built");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("what gopsutil says")
}

/// Differences in the counters of interfaces, protocols and connection tracking.
pub(crate) fn compare_counters(ours: &counters::Ours, said: &Value) -> String {
    interfaces(ours, said) + &protocols(ours, said) + &conntrack(ours, said)
}

fn interfaces(ours: &counters::Ours, said: &Value) -> String {
    const KEYS: [&str; 8] = [
        "bytesRecv",
        "packetsRecv",
        "errin",
        "dropin",
        "bytesSent",
        "packetsSent",
        "errout",
        "dropout",
    ];
    let theirs = |counters: &Value| KEYS.map(|key| counters[key].as_u64().expect("a counter"));
    let fifos = |counters: &Value| ["fifoin", "fifoout"].map(|key| counters[key].as_u64());
    let interfaces = said["interfaces"].as_array().expect("interfaces");
    let names: Vec<&str> =
        interfaces.iter().map(|interface| interface["name"].as_str().expect("a name")).collect();
    let mut found = counters::difference("interfaces", &ours.interfaces()[..], &names[..]);
    for (name, counters) in names.iter().zip(interfaces) {
        found += &counters::difference(name, &ours.eight(Some(name)), &theirs(counters));
        found += &counters::difference(name, &ours.fifos(name).map(Some), &fifos(counters));
    }
    let total = &said["total"][0];
    // It does not sum the fifo counters: ours are not compared with its zeros.
    found += &counters::difference("the total", &ours.eight(None), &theirs(total));
    found + &counters::difference("its fifo counters", &[Some(0); 2], &fifos(total))
}

fn protocols(ours: &counters::Ours, said: &Value) -> String {
    let theirs = said["protocols"].as_array().expect("protocols");
    let mut found = counters::difference("protocols", &ours.protocols.len(), &theirs.len());
    for (our, their) in ours.protocols.iter().zip(theirs) {
        // Its names of protocols are in lower case.
        let name = our.name.to_ascii_lowercase();
        found +=
            &counters::difference("a protocol", &name[..], their["protocol"].as_str().unwrap());
        let stats = their["stats"].as_object().expect("counters");
        found += &counters::difference(&name, &our.counters.len(), &stats.len());
        for (counter, value) in &our.counters {
            let their = stats.get(counter).and_then(Value::as_i64).map(i128::from);
            found += &counters::difference(&format!("{name} {counter}"), &Some(*value), &their);
        }
    }
    found
}

/// By the position of a column: its name of the second is older than this kernel's.
const CONNTRACK: [&str; 17] = [
    "entries",
    "searched",
    "found",
    "new",
    "invalid",
    "ignore",
    "delete",
    "deleteList",
    "insert",
    "insertFailed",
    "drop",
    "earlyDrop",
    "icmpError",
    "expectNew",
    "expectCreate",
    "expectDelete",
    "searchRestart",
];

fn conntrack(ours: &counters::Ours, said: &Value) -> String {
    let not_loaded = |error: &Error| error.kind() == ErrorKind::ConntrackNotLoaded;
    let (filter, stats) = match (&ours.filter, &ours.conntrack) {
        (Ok(filter), Ok(stats)) => (filter, stats),
        (Err(filter), Err(stats)) if not_loaded(filter) && not_loaded(stats) => {
            skip_part("the counters of connection tracking", "it is not loaded");
            let fail = said["filter"].is_string() && said["conntrack"].is_string();
            return counters::difference("failures without conntrack", &true, &fail);
        }
        (filter, stats) => panic!("{filter:?}, {stats:?}"),
    };
    let theirs = &said["filter"][0];
    let theirs = [&theirs["connTrackCount"], &theirs["connTrackMax"]].map(Value::as_u64);
    let mut found = counters::difference("tracked", &[filter.count, filter.max].map(Some), &theirs);
    let row = |cpu: &Value| CONNTRACK.map(|key| cpu[key].as_u64().expect("a counter")).to_vec();
    let cpus: Vec<Vec<u64>> = said["conntrack"].as_array().expect("CPUs").iter().map(row).collect();
    found += &counters::difference("conntrack", &stats.cpus, &cpus);
    // It sums `entries`, which is the same number in every CPU's line.
    let mut summary: Vec<u64> = stats.summary().map(|(_, value)| value).collect();
    summary[0] *= stats.cpus.len() as u64;
    found + &counters::difference("conntrack's sum", &summary, &row(&said["conntrack_total"][0]))
}
