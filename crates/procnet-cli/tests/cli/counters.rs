//! `procnet dev`, `snmp` and `conntrack` on a directory laid out like /proc.

use serde_json::{Value, json};

use crate::{
    run::{Ran, run},
    tree::Tree,
};

const DEV: &str = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 480 6 0 0 0 0 0 0 481 7 0 0 0 0 0 0
eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 18446744073709551615
";

const SNMP: &str = "\
Ip: Forwarding DefaultTTL
Ip: 1 64
Tcp: RtoMin MaxConn
Tcp: 200 -1
";

const CONNTRACK: &str = "\
entries  searched found
00000007  0000000a 00000001
00000007  00000002 00000000
";

fn on(tree: &Tree, command: &str, args: &[&str]) -> Ran {
    run([&[command], &tree.root()[..], args].concat())
}

#[test]
fn interfaces_in_every_format() {
    let tree = Tree::new();
    tree.file("1/net/dev", DEV);
    let array = on(&tree, "dev", &["--format", "json"]).complete().array();
    assert_eq!(array.len(), 2);
    assert_eq!((&array[0]["name"], &array[0]["tx_packets"]), (&json!("lo"), &json!(7)));
    assert_eq!(array[1]["name"], "eth0:1");
    assert_eq!(array[1]["tx_compressed"], u64::MAX);
    assert_eq!(on(&tree, "dev", &["--format", "ndjson"]).complete().lines(), array);
    let records = on(&tree, "dev", &["--format", "csv"]).complete().records();
    for (key, field) in records[0].iter().zip(&records[2]).skip(1) {
        assert_eq!(array[1][key].to_string(), *field, "{key}");
    }
    assert_eq!(records[0].len(), array[1].as_object().unwrap().len());
    let table = on(&tree, "dev", &[]).complete().out;
    assert!(table.lines().nth(2).unwrap().starts_with("eth0:1         1           2"), "{table}");
}

#[test]
fn a_malformed_interface_is_reported_and_skipped() {
    let tree = Tree::new();
    tree.file("1/net/dev", DEV.replace("480", "48O"));
    let ran = on(&tree, "dev", &["--format", "json"]);
    assert_eq!((ran.code, ran.array().len()), (1, 1));
    assert_eq!(
        ran.err,
        "procnet: table dev, line 3, column 11: receive bytes: not a decimal digit\n"
    );
}

#[test]
fn protocols_in_every_format() {
    let tree = Tree::new();
    tree.file("1/net/snmp", SNMP);
    let array = on(&tree, "snmp", &["--format", "json"]).complete().array();
    assert_eq!(array.len(), 4);
    assert_eq!(array[3], json!({"protocol": "Tcp", "name": "MaxConn", "value": -1}));
    assert_eq!(on(&tree, "snmp", &["--format", "ndjson"]).complete().lines(), array);
    let records = on(&tree, "snmp", &["ip", "--format", "csv"]).complete().records();
    assert_eq!(
        records,
        [["protocol", "name", "value"], ["Ip", "Forwarding", "1"], ["Ip", "DefaultTTL", "64"]]
    );
    let table = on(&tree, "snmp", &["TCP"]).complete().out;
    assert_eq!(
        table,
        "Protocol  Name     Value\nTcp       RtoMin     200\nTcp       MaxConn     -1\n"
    );
}

#[test]
fn an_unknown_protocol_is_an_error() {
    let tree = Tree::new();
    tree.file("1/net/snmp", SNMP);
    let ran = on(&tree, "snmp", &["sctp"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("sctp") && ran.err.contains("Ip, Tcp"), "{}", ran.err);
    // Kernels omit this protocol until the first ICMP message.
    let ran = on(&tree, "snmp", &["icmpmsg", "tcp", "--format", "json"]);
    assert_eq!((ran.code, ran.array().len()), (0, 2));
    assert!(ran.err.contains("icmpmsg"), "{}", ran.err);
}

#[test]
fn malformed_counters_are_exit_code_2_and_report_the_line() {
    let tree = Tree::new();
    tree.file("1/net/snmp", SNMP.replace("200 -1", "200"));
    let ran = on(&tree, "snmp", &[]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("line 4"), "{}", ran.err);
    tree.file("1/net/stat/nf_conntrack", CONNTRACK.replace("0000000a", "0000000z"));
    let ran = on(&tree, "conntrack", &["--per-cpu"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("line 2"), "{}", ran.err);
}

#[test]
fn conntrack_statistics_are_a_sum_or_per_cpu() {
    let tree = Tree::new();
    tree.file("1/net/stat/nf_conntrack", CONNTRACK);
    tree.file("sys/net/netfilter/nf_conntrack_count", "7\n");
    tree.file("sys/net/netfilter/nf_conntrack_max", "262144\n");
    let sum = json!({"count": 7, "max": 262144, "entries": 7, "searched": 12, "found": 1});
    let array = on(&tree, "conntrack", &["--format", "json"]).complete().array();
    assert_eq!(array, [sum]);
    let records = on(&tree, "conntrack", &["--format", "csv"]).complete().records();
    let expected =
        [["count", "max", "entries", "searched", "found"], ["7", "262144", "7", "12", "1"]];
    assert_eq!(records, expected);
    let table = on(&tree, "conntrack", &[]).complete().out;
    assert!(table.starts_with("Counter    Value\ncount          7\nmax       262144\n"), "{table}");

    let cpus = on(&tree, "conntrack", &["--per-cpu", "--format", "ndjson"]).complete().lines();
    let found: Vec<&Value> = cpus.iter().map(|cpu| &cpu["searched"]).collect();
    assert_eq!(found, [10, 2]);
    assert_eq!(cpus[1]["cpu"], 1);
    let table = on(&tree, "conntrack", &["--per-cpu"]).complete().out;
    assert_eq!(table.lines().nth(2), Some("  1        7         2      0"));
}

#[test]
fn a_missing_conntrack_module_has_its_own_message() {
    let tree = Tree::new();
    for args in [&[][..], &["--per-cpu"]] {
        let ran = on(&tree, "conntrack", args);
        assert_eq!((ran.code, &*ran.out), (2, ""));
        assert!(ran.err.contains("not in this capture"), "{}", ran.err);
    }
    // The capture records that the host did not have it.
    let counts =
        ["count", "max"].map(|name| format!("absent sys/net/netfilter/nf_conntrack_{name}\n"));
    tree.file("CAPTURE", format!("absent 1/net/stat/nf_conntrack\n{}", counts.concat()));
    for args in [&[][..], &["--per-cpu"]] {
        let ran = on(&tree, "conntrack", args);
        assert_eq!((ran.code, &*ran.out), (2, ""));
        assert!(ran.err.contains("connection tracking is not loaded"), "{}", ran.err);
    }
    // A kernel may be built without the statistics.
    tree.file("sys/net/netfilter/nf_conntrack_count", "7\n");
    tree.file("sys/net/netfilter/nf_conntrack_max", "9\n");
    let ran = on(&tree, "conntrack", &["--format", "json"]);
    assert_eq!((ran.code, ran.array()), (1, vec![json!({"count": 7, "max": 9})]));
    assert!(ran.err.ends_with("procnet: printing only count and max\n"), "{}", ran.err);
    let ran = on(&tree, "conntrack", &["--per-cpu"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("the kernel has no such file"), "{}", ran.err);
}

#[test]
fn conntrack_has_two_sources_and_one_namespace_at_a_time() {
    let tree = Tree::new();
    tree.file("1/net/stat/nf_conntrack", CONNTRACK);
    let ran = on(&tree, "conntrack", &["--per-cpu", "--source", "procfs", "--format", "ndjson"]);
    assert_eq!(ran.complete().lines().len(), 2);
    let ran = on(&tree, "conntrack", &["--per-cpu", "--source", "netlink"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    let expected = "connection tracking is not available from ctnetlink: the root is a directory \
                    of captures";
    assert!(ran.err.contains(expected), "{}", ran.err);
    assert_eq!(on(&tree, "conntrack", &["--source", "recorded"]).code, 2);
    let ran = on(&tree, "conntrack", &["--list", "--netns", "all"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("one network namespace at a time"), "{}", ran.err);
}
