//! `--watch` and `--events` into pipes and files.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, ChildStdout, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    run::{procnet, run},
    tree::{TCP_HEADING, Tree, row},
};

fn tcp(rows: &[(u16, &str, u64)]) -> String {
    let rows = rows.iter().map(|(port, state, inode)| {
        row(&format!("0100007F:{port:04X} 00000000:0000"), state, "00000000:00000000", 0, *inode)
    });
    rows.fold(TCP_HEADING.to_owned(), |table, row| table + &row)
}

fn start(tree: &Tree, args: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut command = procnet();
    command.args(args).args(tree.root()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let out = BufReader::new(child.stdout.take().expect("a pipe"));
    (child, out)
}

fn line(out: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    line
}

#[test]
fn tables_follow_each_other_in_a_pipe() {
    let tree = Tree::new();
    tree.file("1/net/tcp", tcp(&[(80, "0A", 1)]));
    let (mut child, mut out) = start(&tree, &["-t", "--watch", "0.3", "--times", "3"]);
    assert!(line(&mut out).starts_with("   Kind"));
    assert!(line(&mut out).starts_with("   tcp   LISTEN"));
    tree.file("1/net/tcp", tcp(&[(81, "0A", 2)]));
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let rows: Vec<&str> = rest.lines().filter(|line| !line.contains("Kind")).collect();
    let begins = ["", "+  tcp   LISTEN", "-  tcp   LISTEN", "", "   tcp   LISTEN"];
    assert_eq!(rows.len(), begins.len(), "{rest}");
    assert!(rows.iter().zip(begins).all(|(row, begin)| row.starts_with(begin)), "{rest}");
    assert!(!rest.contains('\x1b'), "{rest}");
}

/// Those of the first look may be older than it.
#[test]
fn the_age_of_a_socket_is_the_time_since_the_first_look_that_saw_it() {
    let tree = Tree::new();
    tree.file("1/net/tcp", tcp(&[(80, "0A", 1)]));
    let args = ["-t", "--watch", "1.2", "--times", "3", "--sort", "age"];
    let (mut child, mut out) = start(&tree, &args);
    assert!(line(&mut out).contains("Age"));
    assert!(line(&mut out).contains(" ≥0s "));
    tree.file("1/net/tcp", tcp(&[(81, "0A", 2), (80, "0A", 1)]));
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("UTF-8");
    child.wait().expect("it ends");
    let age = |line: &str| {
        let word = line
            .split_whitespace()
            .find(|word| word.ends_with('s') && word.contains(|c: char| c.is_ascii_digit()));
        let word = word.unwrap_or_else(|| panic!("no age in {line}"));
        let seconds = word.trim_start_matches('≥').trim_end_matches('s').parse::<u64>();
        (word.starts_with('≥'), seconds.expect("seconds"))
    };
    let rows: Vec<&str> = rest.lines().filter(|line| line.contains("LISTEN")).collect();
    // The oldest first.
    let ports: Vec<bool> = rows.iter().map(|row| row.contains(":80 ")).collect();
    assert_eq!(ports, [true, false, true, false], "{rest}");
    let [(true, first), (false, 0), (true, later), (false, new)] =
        [0, 1, 2, 3].map(|at| age(rows[at]))
    else {
        panic!("{rest}");
    };
    assert!(first >= 1 && later > first && new >= 1 && new < later, "{rest}");
}

/// Whose a socket was that no look saw is known by BPF only.
#[test]
fn ends_that_cannot_be_counted_are_said_to_be_unseen() {
    let Some(mut nobody) = crate::privilege::as_nobody() else { return };
    nobody.command.args(["-t", "--process", "x", "--watch", "0.1", "--times", "2"]);
    let ran = crate::run::Ran::from(nobody.command.output().expect("it runs"));
    let said = "procnet: sockets that live only between two looks are not seen: ";
    assert!(ran.err.lines().any(|line| line.starts_with(said)), "{}", ran.err);
    // Without a filter about owners, it takes no privilege.
    let Some(mut nobody) = crate::privilege::as_nobody() else { return };
    nobody.command.args(["-t", "--watch", "0.1", "--times", "2"]);
    let ran = crate::run::Ran::from(nobody.command.output().expect("it runs"));
    assert!(!ran.err.contains("not seen: "), "{}", ran.err);
}

#[test]
fn events_are_changes_only() {
    let tree = Tree::new();
    tree.file("1/net/tcp", tcp(&[(80, "07", 1), (81, "0A", 2)]));
    tree.file("77/fd", "not a directory");
    let (mut child, mut out) = start(&tree, &["sockets", "-E", "--watch", "0.2"]);
    // The first snapshot only reports what could not be read.
    let mut messages = String::new();
    let err = child.stderr.take().expect("a pipe");
    BufReader::new(err).read_line(&mut messages).expect("a line");
    assert!(messages.contains("pid 77"), "{messages}");
    tree.file("1/net/tcp", tcp(&[(80, "0A", 1), (82, "0A", 3)]));
    let events: Vec<Value> =
        (0..3).map(|_| serde_json::from_str(&line(&mut out)).expect("an object")).collect();
    let changes: Vec<(&Value, &Value)> =
        events.iter().map(|event| (&event["event"], &event["socket"]["local_port"])).collect();
    let (appeared, changed, vanished) = (json!("appeared"), json!("changed"), json!("vanished"));
    let expected = [(&changed, &json!(80)), (&appeared, &json!(82)), (&vanished, &json!(81))];
    assert_eq!(changes, expected);
    assert_eq!(events[0]["what"], json!(["state"]));
    assert_eq!(events[0]["before"]["state"], "UNCONN");
    assert_eq!(events[0]["socket"]["state"], "LISTEN");
    assert!(events[1]["time"].as_f64().expect("seconds") > 1.7e9);
    // Sockets in events have the same form as in listings.
    let listed = run([&["sockets", "--format", "json"], &tree.root()[..]].concat());
    assert_eq!(events[1]["socket"], listed.array()[1]);
    // It ends when the pipe is closed.
    drop(out);
    let limit = Instant::now() + Duration::from_secs(30);
    while child.try_wait().expect("a child").is_none() {
        assert!(Instant::now() < limit, "it goes on for nobody");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn missing_data_is_reported_once() {
    let tree = Tree::small();
    tree.file("77/fd", "not a directory");
    let args = [&["-E", "--watch", "0.1", "--times", "4"], &tree.root()[..]].concat();
    let ran = run(args);
    assert_eq!((ran.code, &*ran.out, ran.err.lines().count()), (1, "", 1), "{}", ran.err);
}

#[test]
fn formats_that_cannot_be_watched_name_the_alternative() {
    let tree = Tree::small();
    for (args, help) in [
        (&["sockets", "--watch", "1", "--format", "ndjson"][..], "--events"),
        (&["top", "--watch", "1", "--format", "json"], "without it"),
        (&["--events", "--format", "csv"], "ndjson"),
        (&["--watch", "0"], "from 0.05"),
        (&["--watch", "soon"], "such as 2 or 0.5"),
        (&["--events", "--sort", "port"], "--sort"),
        (&["--sort", "rate"], "add --watch"),
        (&["--sort", "age"], "add --watch"),
        (&["top", "--by", "tx"], "add --watch"),
        (&["top", "--sort", "rate"], "add --watch"),
        (&["top", "--sort", "age", "--watch", "1"], "rate, tx or rx"),
    ] {
        let ran = run([args, &tree.root()[..]].concat());
        assert_eq!((ran.code, &*ran.out), (2, ""), "{args:?}");
        assert!(ran.err.contains(help), "{args:?}: {}", ran.err);
    }
}

const SNMP: &str = "Tcp: CurrEstab ActiveOpens\nTcp: 7 1000\n";

/// A row of net/dev.
fn dev(name: &str, rx_bytes: u64, rx_packets: u64) -> String {
    format!("Inter-|\n face |\n{name}: {rx_bytes} {rx_packets} 0 0 0 0 0 0 5 5 0 0 0 0 0 0\n")
}

#[test]
fn rates_are_correct_across_wraps_and_resets() {
    let tree = Tree::new();
    tree.file("1/net/dev", dev("eth0", u64::MAX - 499, 100));
    let args = ["dev", "--watch", "0.5", "--times", "2", "--format", "ndjson"];
    let (mut child, mut out) = start(&tree, &args);
    // There is no rate after the first reading; the file is replaced before or after the second.
    tree.file("1/net/dev", dev("eth0", 500, 102));
    let rows: Vec<Value> =
        (0..16).map(|_| serde_json::from_str(&line(&mut out)).expect("an object")).collect();
    tree.file("1/net/dev", dev("eth0", 3, 1));
    let bytes = &rows[0];
    assert_eq!((&bytes["interface"], &bytes["name"]), (&json!("eth0"), &json!("rx_bytes")));
    let (seconds, rate) = (bytes["seconds"].as_f64().unwrap(), bytes["per_second"].as_f64());
    let counted = rate.expect("a rate") * seconds;
    assert!(counted == 0.0 || (counted - 1000.0).abs() < 0.01, "{bytes}");
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("UTF-8");
    let second: Value = serde_json::from_str(rest.lines().next().expect("a line")).unwrap();
    assert_eq!((&second["per_second"], &second["value"]), (&Value::Null, &json!(3)));
    assert_eq!(second["unknown"], "reset");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn gauges_have_no_rate_and_tables_show_active_counters() {
    let tree = Tree::new();
    tree.file("1/net/snmp", SNMP);
    let (mut child, mut out) = start(&tree, &["snmp", "tcp", "--watch", "0.4", "--times", "2"]);
    assert!(line(&mut out).starts_with("Of   Name"));
    assert_eq!(line(&mut out).split_whitespace().collect::<Vec<_>>(), ["Tcp", "CurrEstab", "7"]);
    tree.file("1/net/snmp", SNMP.replace("7 1000", "9 1400"));
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("UTF-8");
    let rows: Vec<Vec<&str>> = rest.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(rows.contains(&vec!["Tcp", "CurrEstab", "9"]), "{rest}");
    let opens = rows.iter().rev().find(|row| row.get(1) == Some(&"ActiveOpens")).expect("a row");
    assert_eq!(opens[2], "1400");
    let rate: f64 = opens[3].parse().expect("a rate");
    assert!(rate > 100.0 && rate < 1100.0, "{rest}");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let ran = run(["snmp", "--watch", "1", "--format", "json"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("ndjson"), "{}", ran.err);
}
