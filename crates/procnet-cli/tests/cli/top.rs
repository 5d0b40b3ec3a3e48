//! `procnet top`, `--group-by` and `--sort` on a directory laid out like /proc.

use serde_json::{Value, json};

use crate::{
    run::{Ran, run},
    tree::Tree,
};

fn on(tree: &Tree, command: &[&str]) -> Ran {
    let (subcommand, args) = command.split_first().expect("a subcommand");
    run([&[*subcommand], &tree.root()[..], args].concat())
}

#[test]
fn sockets_are_counted_by_process() {
    let tree = Tree::small();
    let groups = on(&tree, &["top", "--format", "json"]).complete().array();
    let expected = json!([
        {"sockets": 3, "pid": null, "comm": null, "rx_queue": 0, "tx_queue": 0,
         "states": {"TIME_WAIT": 1, "UNCONN": 1, "LISTEN": 1}},
        {"sockets": 2, "pid": 99, "comm": "a;b/c (d)", "rx_queue": 0, "tx_queue": 0,
         "states": {"UNCONN": 1, "LISTEN": 1}},
        {"sockets": 2, "pid": 12, "comm": "web", "rx_queue": 35, "tx_queue": 16,
         "states": {"ESTABLISHED": 1, "LISTEN": 1}},
        // Both processes own the listener, which counts for both.
        {"sockets": 1, "pid": 13, "comm": "web", "rx_queue": 3, "tx_queue": 0,
         "states": {"LISTEN": 1}},
    ]);
    assert_eq!(Value::from(groups.clone()), expected);
    assert_eq!(on(&tree, &["top", "--format", "ndjson"]).complete().lines(), groups);
    let table = on(&tree, &["top", "--max", "2"]);
    let expected = "\
Sockets  Process        Recv-Q  Send-Q  States
      3  -                   0       0  TIME_WAIT:1 UNCONN:1 LISTEN:1
      2  a;b/c (d)(99)       0       0  UNCONN:1 LISTEN:1
";
    assert_eq!((table.code, &*table.out), (0, expected));
    let said = "procnet: 2 more groups (3 sockets) not shown: use --max 4\n";
    assert_eq!(table.err, said);
}

#[test]
fn a_socket_shared_by_processes_of_one_name_counts_once() {
    let tree = Tree::small();
    let args = ["sockets", "--group-by", "comm,state", "--sort", "comm", "--format", "csv"];
    let records = on(&tree, &args).complete().records();
    assert_eq!(records[0], ["sockets", "comm", "state", "rx_queue", "tx_queue"]);
    let counts: Vec<String> = records[1..].iter().map(|record| record[..3].join(" ")).collect();
    let expected = [
        "1 a;b/c (d) LISTEN",
        "1 a;b/c (d) UNCONN",
        "1 web ESTABLISHED",
        "1 web LISTEN",
        "1  LISTEN",
        "1  TIME_WAIT",
        "1  UNCONN",
    ];
    assert_eq!(counts, expected);
    let states = on(&tree, &["top", "--by", "comm", "--format", "csv"]).complete().records();
    assert_eq!(states[3], ["2", "web", "35", "16", "ESTABLISHED/1;LISTEN/1"]);
}

#[test]
fn every_field_can_group_and_sort() {
    let tree = Tree::small();
    for field in
        ["process", "comm", "kind", "state", "local", "port", "remote", "remote-port", "uid"]
    {
        let groups = on(&tree, &["sockets", "--group-by", field, "--format", "json"]).complete();
        let sockets: u64 =
            groups.array().iter().map(|group| group["sockets"].as_u64().unwrap()).sum();
        // The listener has two owners.
        assert_eq!(sockets, if field == "process" { 8 } else { 7 }, "{field}");
        let sorted = on(&tree, &["sockets", "--sort", field, "--format", "json"]).complete();
        assert_eq!(sorted.array().len(), 7, "{field}");
    }
    let of_ports = on(&tree, &["top", "--by", "port,remote", "-t", "--format", "json"]).complete();
    let first = json!({"sockets": 1, "local_port": 80, "remote_addr": "::", "rx_queue": 0,
        "tx_queue": 0, "states": {"LISTEN": 1}});
    assert_eq!(of_ports.array()[0], first);
}

#[test]
fn max_applies_after_sorting() {
    let tree = Tree::small();
    let inodes = |args: &[&str]| -> Vec<Value> {
        let args = [&["sockets", "--format", "ndjson"], args].concat();
        on(&tree, &args).lines().iter().map(|socket| socket["inode"].clone()).collect()
    };
    assert_eq!(inodes(&["--sort", "recv-q", "--max", "2"]), [502, 501]);
    assert_eq!(inodes(&["--sort", "port", "-l"]), [504, 503, 501, 505, 506]);
    // Sockets without a port come last, also in reverse.
    assert_eq!(inodes(&["--sort", "port", "--reverse", "-l"]), [501, 503, 504, 505, 506]);
    assert_eq!(
        inodes(&["--sort", "uid,inode", "-t"]),
        [json!(503), Value::Null, json!(501), json!(502)]
    );
    let ran = on(&tree, &["sockets", "--sort", "state", "--max", "6"]);
    assert_eq!((ran.code, &*ran.err), (0, "procnet: 1 more socket not shown (--max)\n"));
}

#[test]
fn groups_are_sorted_by_their_fields() {
    let tree = Tree::small();
    let first = |args: &[&str]| {
        let args = [&["top", "--format", "json"], args].concat();
        on(&tree, &args).array()[0].clone()
    };
    assert_eq!(first(&["--sort", "send-q"])["pid"], 12);
    assert_eq!(first(&["--reverse", "--sort", "sockets"])["pid"], 13);
    assert_eq!(first(&["--by", "uid", "--sort", "uid"])["uid"], 0);
    let ran = on(&tree, &["top", "--sort", "uid"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("group by it, too, or sort by sockets"), "{}", ran.err);
}

#[test]
fn no_process_is_read_unless_required() {
    let tree = Tree::small();
    // An unreadable process, which would be reported.
    tree.file("77/fd", "not a directory");
    on(&tree, &["top", "--by", "state,port"]).complete();
    on(&tree, &["sockets", "--group-by", "kind", "--sort", "kind"]).complete();
}

/// A directory laid out like /proc has none.
#[test]
fn bpf_is_asked_for_owners_only_if_they_are_needed() {
    let tree = Tree::small();
    let run = |args: &[&str]| on(&tree, &[args, &["--owner-source", "bpf"]].concat());
    run(&["top", "--by", "state,port"]).complete();
    run(&["sockets", "--group-by", "kind"]).complete();
    run(&["sockets", "--no-owners"]).complete();
    run(&["sockets", "--no-owners", "--watch", "0.1", "--times", "1"]).complete();
    run(&["top", "--by", "port", "--watch", "0.1", "--times", "1"]).complete();
    run(&["summary"]).complete();
    let watch = ["sockets", "--watch", "0.1", "--times", "1"];
    let of_process = ["sockets", "--pid", "12"];
    let filtered = ["sockets", "--no-owners", "comm = x"];
    for args in [&["sockets"][..], &["top"], &watch, &of_process, &filtered] {
        let ran = run(args);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{args:?}");
        assert!(ran.err.contains("not available from BPF"), "{args:?}: {}", ran.err);
    }
}
