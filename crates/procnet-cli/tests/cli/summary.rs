//! `procnet summary` on a directory laid out like /proc.

use serde_json::json;

use procnet_corpus::live::private;

use crate::{
    run::{has, run, skipped},
    tree::Tree,
};

const TCP: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 11 1 0 100 0 0 10 0
   1: 0100007F:0050 0100007F:8000 01 00000000:00000000 00:00000000 00000000  1000        0 12 1 0 20 4 30 10 -1
   2: 0100007F:8000 0100007F:0050 01 00000005:00000000 00:00000000 00000000     0        0 13 1 0 20 4 30 10 -1
";

#[test]
fn counts_in_every_format() {
    let tree = Tree::new();
    tree.file("1/net/tcp", TCP);
    let summary =
        |args: &[&str]| run([&["summary"], &tree.root()[..], &["--kind", "tcp4"], args].concat());
    let rows = summary(&["--format", "ndjson"]).complete().lines();
    let row = |by: &str, kind: Option<&str>, key: &str, sockets: u64| json!({"by": by, "kind": kind, "key": key, "sockets": sockets});
    assert_eq!(
        rows,
        [
            row("total", None, "sockets", 3),
            row("total", Some("tcp"), "sockets", 3),
            row("state", Some("tcp"), "ESTABLISHED", 2),
            row("state", Some("tcp"), "LISTEN", 1),
            row("port", None, "80", 2),
            row("port", None, "ephemeral", 1),
            row("uid", None, "0", 1),
            row("uid", None, "1000", 2),
            row("rx_queue", None, "0", 2),
            row("rx_queue", None, "2-3", 1),
            row("tx_queue", None, "0", 2),
            row("tx_queue", None, "4-7", 1),
        ]
    );
    assert_eq!(summary(&["--format", "json"]).complete().array(), rows);
    let records = summary(&["--format", "csv"]).complete().records();
    assert_eq!(records[0], ["by", "kind", "key", "sockets"]);
    assert_eq!(records[5], ["port", "", "80", "2"]);
    let of_listeners = summary(&["--state", "listen", "--format", "json"]).complete().array();
    assert_eq!(of_listeners[2], row("state", Some("tcp"), "LISTEN", 1));
    assert_eq!(of_listeners[3], row("port", None, "80", 1));
}

#[test]
fn ten_ports_are_shown_by_default() {
    let tree = Tree::new();
    let listener = TCP.lines().nth(1).unwrap();
    let many = (0..30).map(|port| {
        let inode = format!(" 0 {} 1 0 100", 100 + port);
        listener.replace(":0050", &format!(":{:04X}", 1000 + port)).replace(" 0 11 1 0 100", &inode)
    });
    let rows: Vec<String> = many.collect();
    let heading = TCP.lines().next().unwrap();
    tree.file("1/net/tcp", format!("{heading}\n{}\n", rows.join("\n")));
    let ports = |args: &[&str]| {
        let args = [&["summary"], &tree.root()[..], &["--kind", "tcp4", "--format", "json"], args];
        let rows = run(args.concat()).complete().array();
        rows.into_iter().filter(|row| row["by"] == "port").count()
    };
    // And the sum of the others.
    assert_eq!((ports(&[]), ports(&["--all-ports"])), (11, 30));
}

#[test]
fn a_table_has_totals_first_and_a_line_for_each_attribute() {
    let tree = Tree::new();
    tree.file("1/net/tcp", TCP);
    let table = run([&["summary"], &tree.root()[..], &["--kind", "tcp4"]].concat()).complete().out;
    let expected = "\
By      Sockets  Of these
total         3  tcp:3
tcp           3  ESTABLISHED:2 LISTEN:1
port          3  80:2 ephemeral:1
uid           3  0:1 1000:2
recv-q        3  0:2 2-3:1
send-q        3  0:2 4-7:1
";
    assert_eq!(table, expected);
}

#[test]
fn ports_that_the_kernel_chooses_are_folded_if_one_socket_has_them() {
    let tree = Tree::new();
    tree.file("1/net/tcp", TCP);
    tree.file("sys/net/ipv4/ip_local_port_range", "80\t90\n");
    let ports = |args: &[&str]| -> Vec<String> {
        let args = [&["summary", "-t", "--format", "ndjson"], &tree.root()[..], args].concat();
        let rows = run(args).complete().lines();
        let rows = rows.into_iter().filter(|row| row["by"] == "port");
        rows.map(|row| row["key"].as_str().unwrap().to_owned()).collect()
    };
    // A server has many sockets with its port, whichever it is.
    assert_eq!(ports(&[]), ["80", "32768"]);
    tree.file("sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
    assert_eq!(ports(&[]), ["80", "ephemeral"]);
    assert_eq!(ports(&["--all-ports"]), ["80", "32768"]);
}

#[test]
fn the_kernels_own_counts_are_those_of_ss() {
    private(|_| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
        let here = listener.local_addr().expect("an address");
        let client = std::net::TcpStream::connect(here).expect("a connection");
        let server = listener.accept().expect("its other end");
        let rows = run(["-s", "--format", "ndjson"]).complete().lines();
        let count = |kind: Option<&str>, key: &str| {
            let is_it = |row: &&serde_json::Value| {
                row["by"] == "kernel" && row["kind"] == json!(kind) && row["key"] == key
            };
            rows.iter().find(is_it).unwrap_or_else(|| panic!("{key}: {rows:?}"))["sockets"].clone()
        };
        assert_eq!(count(Some("tcp"), "established"), 2);
        assert_eq!(count(Some("tcp"), "inuse"), 3);
        assert_eq!(count(Some("udp"), "inuse"), 0);
        let table = run(["-s"]).complete().out;
        assert!(table.lines().count() < 24, "{table}");
        assert!(table.contains("in use"), "{table}");
        drop((client, server));
        if !has("ss", "-V") {
            return skipped("ss is not installed");
        }
        // Some are counts of the whole host, where others open and close sockets.
        let ss = || {
            let ran = std::process::Command::new("ss").arg("-s").output().expect("ss runs");
            String::from_utf8(ran.stdout).expect("text")
        };
        let both = || (ss(), run(["-s", "--format", "ndjson"]).complete().lines());
        let mut looks = std::iter::repeat_with(both).take(50);
        let (theirs, table) = looks.find(|(before, _)| ss() == *before).expect("a quiet moment");
        let waiting = |row: &&serde_json::Value| row["by"] == "kernel" && row["key"] == "time_wait";
        let waiting = table.iter().find(waiting).expect("a count")["sockets"].as_u64();
        let waiting = waiting.expect("a number");
        assert!(waiting > 0, "the connection that has ended");
        for (kind, key, name) in [
            ("tcp", "established", "estab"),
            ("tcp", "closed", "closed"),
            ("tcp", "orphaned", "orphaned"),
            ("tcp", "time_wait", "timewait"),
        ] {
            let ours = table.iter().find(|row| row["kind"] == kind && row["key"] == key);
            let ours = ours.expect("a count")["sockets"].as_u64().expect("a number");
            // `ss` subtracts those in TIME_WAIT from those in use, among which they are not.
            let ours = if key == "closed" { ours + waiting } else { ours };
            assert!(theirs.contains(&format!("{name} {ours}")), "{name}: {ours} in {theirs}");
        }
    });
}
