//! Options of `ss` that select sockets select the same ones.

use std::{collections::BTreeSet, process::Command};

use procnet_corpus::live::{Mptcp, Scene, private, skip, ss};
use serde_json::Value;

#[test]
fn options_select_the_sockets_that_ss_selects() {
    private(|_| Scene::with(compare));
}

#[test]
fn kill_selects_the_sockets_that_ss_would_close() {
    private(|_| {
        Scene::with(|_| {
            if Command::new("ss").arg("-V").output().is_err() {
                skip("ss is not there");
            }
            // Without -K, the states are the same, and nothing is closed.
            for options in [
                "-A tcp,udp sport >= :1",
                "-A tcp dport >= :1",
                "-l -A tcp,udp sport >= :1",
                "-a -A tcp,udp sport >= :1",
            ] {
                let words: Vec<&str> = options.split(' ').collect();
                let mut both = None;
                for _attempt in 0..20 {
                    let ours = by_procnet(&[&["--kill", "--dry-run"], &words[..]].concat());
                    let found = (ours, by_ss(options));
                    let is_same = found.0 == found.1;
                    both = Some(found);
                    if is_same {
                        break;
                    }
                    std::thread::sleep(std::time::Duration::from_millis(100));
                }
                let (ours, theirs) = both.expect("an attempt");
                assert!(ours == theirs && !ours.is_empty(), "{options}: {ours:?}, {theirs:?}");
            }
        });
    });
}

fn compare(_scene: &Scene) {
    if Command::new("ss").arg("-V").output().is_err() {
        skip("ss is not there");
    }
    for options in [
        "-tl",
        "-ul",
        // Sockets that are bound, but not connected, too.
        "-xl",
        "-tuxl",
        "-4tul",
        "-6tul",
        // Explicit states win over -l.
        "-tuxl state established state close-wait",
        "-tl exclude listening",
        "-xl state all",
        "-l -A tcp state listening state established sport >= :0",
        // Without a state before it, a filter does not.
        "-l -A tcp,udp sport != :1",
        // Types.
        "-a -A unix_stream",
        "-a -A unix_dgram",
        "-a -A u_seq",
        "-a -A u_str,u_dgr",
        "-l -A tcp,unix_dgram",
        // Of unix sockets alone, every value is a pattern.
        "-xa src *PROCNET*",
        "-xa src @*",
        "-xa src [!@]*",
        "-xa src *",
        "-xa not src *",
    ] {
        let args: Vec<&str> = options.split(' ').collect();
        let mut theirs: Option<BTreeSet<u64>> = None;
        let mut ours = BTreeSet::new();
        // Sockets that were just closed still change state.
        for _attempt in 0..20 {
            ours = by_procnet(&args);
            theirs = Some(by_ss(options));
            if theirs.as_ref() == Some(&ours) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        assert_eq!(Some(&ours), theirs.as_ref(), "{options}");
        let selects_none = options.contains("not src *");
        assert_eq!(ours.is_empty(), selects_none, "{options}");
    }
}

/// A connection is one socket, whatever the number of its subflows.
#[test]
fn mptcp_sockets_are_those_of_ss() {
    private(|_| {
        if Command::new("ss").arg("-V").output().is_err() {
            skip("ss is not there");
        }
        let mptcp = Mptcp::new().unwrap_or_else(|reason| skip(&reason));
        for options in ["-aM", "-lM", "-M4 state established"] {
            let args: Vec<&str> = options.split(' ').collect();
            let ran =
                Command::new("ss").args(["-H", "-O", "-n", "-e"]).args(&args).output().unwrap();
            let printed = String::from_utf8(ran.stdout).unwrap();
            let inode = |word: &str| word.strip_prefix("ino:")?.parse().ok();
            let theirs: BTreeSet<u64> = printed.split_whitespace().filter_map(inode).collect();
            assert_eq!(by_procnet(&args), theirs, "{options}");
        }
        let connected = by_procnet(&["-M", "state", "established"]);
        assert_eq!(connected, BTreeSet::from([mptcp.inodes[1], mptcp.inodes[2]]));
    });
}

/// The inodes of the sockets that `ss` prints. It is asked for one table more, as it names tables
/// only if it prints several.
fn by_ss(options: &str) -> BTreeSet<u64> {
    let mut words: Vec<String> = options.split(' ').map(str::to_owned).collect();
    match words.iter().position(|word| word == "-A") {
        Some(at) => words[at + 1].push_str(",netlink"),
        None => words.insert(0, "-0".to_owned()),
    }
    let mut command = Command::new("ss");
    let ran = command.args(["-H", "-O", "-n", "-p", "-e"]).args(words).output().unwrap();
    let messages = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && messages.is_empty(), "{options}: {messages}");
    let parsed = ss::parse(&ran.stdout).unwrap_or_else(|error| panic!("{options}: {error}"));
    parsed.iter().filter_map(|entry| entry.inode).collect()
}

/// The inodes of the sockets that the command prints.
fn by_procnet(args: &[&str]) -> BTreeSet<u64> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_procnet"));
    let format = ["sockets", "--no-owners", "--source", "netlink", "--format", "ndjson"];
    let ran = command.args(format).args(args).output().unwrap();
    let messages = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{args:?}: {messages}");
    let printed = String::from_utf8(ran.stdout).unwrap();
    let socket = |line: &str| serde_json::from_str::<Value>(line).unwrap()["inode"].as_u64();
    printed.lines().filter_map(socket).collect()
}
