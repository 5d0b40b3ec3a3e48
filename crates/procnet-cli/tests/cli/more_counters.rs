//! `procnet netstat`, `snmp6`, `sockstat`, `softnet` and `protocols` on a directory laid out
//! like /proc, and `decode` of the same files.

use serde_json::{Value, json};

use crate::{
    formats,
    run::{Ran, feed, run},
    tree::Tree,
};

const NETSTAT: &str = "\
TcpExt: SyncookiesSent TW
TcpExt: 1 2
IpExt: InOctets
IpExt: 18446744073709551615
";
const SNMP6: &str = "\
Ip6InReceives                   \t7
Icmp6InMsgs                     \t1
Udp6NoPorts                     \t18446744073709551615
";
const DEV_SNMP6: &str =
    "ifIndex                         \t3\nIp6InReceives                   \t4\n";
const SOCKSTAT: &str = "sockets: used 9\nTCP: inuse 5 mem -1\n";
const SOCKSTAT6: &str = "TCP6: inuse 2\n";
const SOFTNET: &str = "\
0000000a 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000004 00000000 00000001 00000003 00000007
0000000b 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000002 00000000 00000000 00000008
";
const OLD_SOFTNET: &str =
    "ffffffff 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000005\n";
const PROTOCOLS: &str = "\
protocol  size sockets  memory press maxhdr  slab module     cl co di
TCP       2304      1       4   no     192   yes  kernel      y  n  y
PACKET    1600      0      -1   NI       0   no   packet      n  n  n
";

fn tree() -> Tree {
    let tree = Tree::new();
    tree.file("1/net/netstat", NETSTAT);
    tree.file("1/net/snmp6", SNMP6);
    tree.file("1/net/dev_snmp6/eth0", DEV_SNMP6);
    tree.file("1/net/sockstat", SOCKSTAT);
    tree.file("1/net/sockstat6", SOCKSTAT6);
    tree.file("1/net/softnet_stat", SOFTNET);
    tree.file("1/net/protocols", PROTOCOLS);
    tree
}

fn on(tree: &Tree, args: &[&str]) -> Ran {
    run([&args[..1], &tree.root()[..], &args[1..]].concat())
}

/// The array of objects, compared with the other formats for programs and with `decode` of the
/// same bytes.
fn objects(tree: &Tree, args: &[&str], decoded: &[(&str, &str)]) -> Vec<Value> {
    let array = formats::objects(|format| on(tree, &[args, &["--format", format]].concat()));
    let decode = |(kind, bytes): &(&str, &str)| {
        feed(["decode", kind, "-", "--format", "json"], bytes.as_bytes()).complete().array()
    };
    if !decoded.is_empty() {
        assert_eq!(decoded.iter().flat_map(decode).collect::<Vec<_>>(), array);
    }
    array
}

#[test]
fn netstat_in_every_format() {
    let tree = tree();
    let array = objects(&tree, &["netstat"], &[("netstat", NETSTAT)]);
    assert_eq!(array[1], json!({"protocol": "TcpExt", "name": "TW", "value": 2}));
    assert_eq!(array[2]["value"], u64::MAX);
    assert_eq!(objects(&tree, &["netstat", "ipext"], &[]).len(), 1);
    // A kernel may be built without multipath TCP; an unknown protocol is an error.
    let ran = on(&tree, &["netstat", "mptcpext"]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("mptcpext"), "{}", ran.err);
    let ran = on(&tree, &["netstat", "tcp"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("TcpExt, IpExt"), "{}", ran.err);
}

#[test]
fn snmp6_in_every_format() {
    let tree = tree();
    let array = objects(&tree, &["snmp6"], &[("snmp6", SNMP6)]);
    let host = json!({"interface": null, "name": "Ip6InReceives", "value": 7});
    assert_eq!((array.len(), &array[0]), (3, &host));
    assert_eq!(objects(&tree, &["snmp6", "UDP6", "icmp6"], &[]).len(), 2);
    let own = [json!({"interface": "eth0", "name": "Ip6InReceives", "value": 4})];
    assert_eq!(objects(&tree, &["snmp6", "--interface", "eth0"], &[]), own);
    assert_eq!(objects(&tree, &["snmp6", "--all-interfaces"], &[]), own);
    let decoded = feed(["decode", "dev_snmp6", "-", "--format", "json"], DEV_SNMP6.as_bytes());
    assert_eq!(decoded.complete().array()[0]["name"], "ifIndex");
    let ran = on(&tree, &["snmp6", "-i", "none"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("dev_snmp6/none: not in this capture"), "{}", ran.err);
    tree.file("CAPTURE", "absent 1/net/dev_snmp6/none\n");
    let ran = on(&tree, &["snmp6", "-i", "none"]);
    assert!(ran.err.contains("dev_snmp6/none: the kernel has no such file"), "{}", ran.err);
}

#[test]
fn sockstat_in_every_format() {
    let tree = tree();
    let both = [("sockstat", SOCKSTAT), ("sockstat6", SOCKSTAT6)];
    let array = objects(&tree, &["sockstat"], &both);
    assert_eq!(array[2], json!({"protocol": "TCP", "name": "mem", "value": -1}));
    assert_eq!(array[3]["protocol"], "TCP6");
    // A kernel without IPv6 lacks the second file.
    let old = Tree::new();
    old.file("1/net/sockstat", SOCKSTAT);
    let ran = on(&old, &["sockstat", "--format", "json"]);
    assert_eq!((ran.code, ran.array().len()), (1, 3));
    assert!(ran.err.contains("sockstat6: not in this capture"), "{}", ran.err);
    old.file("CAPTURE", "absent 1/net/sockstat6\n");
    let ran = on(&old, &["sockstat", "--format", "json"]);
    assert_eq!((ran.code, ran.array().len()), (0, 3));
    assert!(ran.err.contains("sockstat6: the kernel has no such file"), "{}", ran.err);
}

#[test]
fn softnet_in_every_format() {
    let tree = tree();
    let array = objects(&tree, &["softnet"], &[("softnet_stat", SOFTNET)]);
    assert_eq!((&array[0]["processed"], &array[0]["backlog_len"]), (&json!(10), &json!(4)));
    assert_eq!((&array[1]["cpu"], &array[1]["further"]), (&json!(2), &json!([8])));
    let sum = &objects(&tree, &["softnet", "--sum"], &[])[0];
    assert_eq!(
        (&sum["processed"], &sum["cpu"], &sum["further"]),
        (&json!(21), &Value::Null, &json!([15]))
    );
    // Columns missing from an older kernel are null.
    let old = feed(["decode", "softnet_stat", "-", "--format", "json"], OLD_SOFTNET.as_bytes());
    let old = &old.complete().array()[0];
    assert_eq!((&old["processed"], &old["cpu_collision"]), (&json!(u32::MAX), &json!(5)));
    assert!(old["cpu"].is_null() && old["received_rps"].is_null());
}

#[test]
fn protocols_in_every_format() {
    let tree = tree();
    let array = objects(&tree, &["protocols"], &[("protocols", PROTOCOLS)]);
    let tcp = json!({
        "protocol": "TCP", "size": 2304, "sockets": 1, "memory": 4, "pressure": false,
        "max_header": 192, "slab": true, "module": "kernel", "methods": ["cl", "di"],
    });
    assert_eq!(array[0], tcp);
    assert!(array[1]["memory"].is_null() && array[1]["pressure"].is_null());
}

#[test]
fn a_malformed_line_is_reported_and_skipped() {
    for (command, kind, good, bad, at) in [
        ("snmp6", "snmp6", SNMP6, "Ip6InOctets x", "column 13: value: not a decimal digit"),
        ("sockstat", "sockstat", SOCKSTAT, "RAW: inuse", "column 11: value: the line ends"),
        ("softnet", "softnet_stat", SOFTNET, "0 0", "column 4: time_squeeze: the line ends"),
        ("protocols", "protocols", PROTOCOLS, "RAW 1 1 1 x", "column 11: press: unexpected value"),
    ] {
        let tree = tree();
        let file = format!("{good}{bad}\n");
        tree.file(&format!("1/net/{kind}"), &file);
        let ran = on(&tree, &[command, "--format", "json"]);
        assert_eq!(ran.code, 1, "{command}");
        assert!(ran.array().len() >= 2);
        let line = good.lines().count() + 1;
        assert!(ran.err.contains(&format!("table {kind}, line {line}, {at}")), "{}", ran.err);
        let decoded = feed(["decode", kind, "-", "--format", "json"], file.as_bytes());
        assert!(decoded.code == 1 && decoded.array().len() >= 2, "{command}");
        assert!(decoded.err.contains(&format!(": line {line}, {at}")), "{}", decoded.err);
    }
}
