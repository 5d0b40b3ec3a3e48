//! `procnet summary` on a directory laid out like /proc.

use serde_json::json;

use crate::{run::run, tree::Tree};

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
            row("state", Some("tcp"), "ESTABLISHED", 2),
            row("state", Some("tcp"), "LISTEN", 1),
            row("port", None, "80", 2),
            row("port", None, "32768", 1),
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
    assert_eq!(records[3], ["port", "", "80", "2"]);
    let of_listeners = summary(&["--state", "listen", "--format", "json"]).complete().array();
    assert_eq!(of_listeners[0], row("state", Some("tcp"), "LISTEN", 1));
    assert_eq!(of_listeners[1], row("port", None, "80", 1));
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
    assert_eq!((ports(&[]), ports(&["--all-ports"])), (10, 30));
}
