//! Columns of addresses and queues, as options of ss change them.

use crate::{
    run::run,
    tree::{TCP_HEADING, Tree, row},
};

#[test]
fn ports_have_names_where_that_is_asked_for() {
    let tree = Tree::new();
    let rows = [
        ("0100007F:01BB 00000000:0000", "0A"),
        ("0100007F:C001 0200000A:1538", "01"),
        ("0100007F:C002 0200000A:C003", "01"),
    ];
    let rows = rows.into_iter().zip(1..);
    let rows: String = rows
        .map(|((ends, state), inode)| row(ends, state, "00000000:00000000", 0, inode))
        .collect();
    tree.file("1/net/tcp", [TCP_HEADING, &rows].concat());
    let ends = |args: &[&str]| -> Vec<String> {
        let table = run([&["-t"], &tree.root()[..], args].concat()).complete().out;
        let ends =
            |line: &str| line.split_whitespace().skip(4).take(2).collect::<Vec<_>>().join(" ");
        table.lines().skip(1).map(ends).collect()
    };
    let numbers = [
        "127.0.0.1:443 0.0.0.0:*",
        "127.0.0.1:49153 10.0.0.2:5432",
        "127.0.0.1:49154 10.0.0.2:49155",
    ];
    assert_eq!(ends(&[]), numbers);
    let names = [
        "127.0.0.1:https 0.0.0.0:*",
        "127.0.0.1:49153 10.0.0.2:postgresql",
        "127.0.0.1:49154 10.0.0.2:49155",
    ];
    assert_eq!(ends(&["--services"]), names);
    assert_eq!(ends(&["--services", "-n"]), numbers);
    // Programs get numbers.
    let csv = |args: &[&str]| run([&["--format", "csv"], &tree.root()[..], args].concat()).out;
    assert_eq!(csv(&["--services"]), csv(&[]));
}

#[test]
fn queues_are_left_out_of_tables_on_request() {
    let tree = Tree::small();
    let ask = |args: &[&str]| run([args, &tree.root()[..]].concat()).complete().out;
    let table = ask(&["-tQ"]);
    assert!(!table.contains("Recv-Q") && !table.contains("Send-Q"), "{table}");
    let expected = "\
Kind  State        Local Address:Port  Peer Address:Port   Uid  Inode  Process
tcp   LISTEN       127.0.0.1:8080      0.0.0.0:*          1000    501  web(12)/6 web(13)/6
";
    assert!(table.starts_with(expected), "{table}");
    let csv = |args: &[&str]| ask(&[&["-t", "--format", "csv"], args].concat());
    assert_eq!(csv(&["--no-queues"]), csv(&[]));
}
