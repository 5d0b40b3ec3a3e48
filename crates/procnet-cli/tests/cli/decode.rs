//! `procnet decode`: valid and malformed captures.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    run::{feed, run},
    tree::{TCP_HEADING, UNIX_HEADING, row},
};

const KINDS: [&str; 35] = [
    "tcp",
    "tcp6",
    "udp",
    "udp6",
    "udplite",
    "udplite6",
    "raw",
    "raw6",
    "icmp",
    "icmp6",
    "unix",
    "packet",
    "netlink",
    "dev",
    "snmp",
    "netstat",
    "snmp6",
    "dev_snmp6",
    "sockstat",
    "sockstat6",
    "softnet_stat",
    "protocols",
    "arp",
    "route",
    "ipv6_route",
    "if_inet6",
    "igmp",
    "igmp6",
    "ptype",
    "wireless",
    "nf_conntrack",
    "ip_conntrack",
    "nf_conntrack-stat",
    "stat-nf_conntrack",
    "stat/nf_conntrack",
];
const FORMATS: [&str; 4] = ["table", "json", "ndjson", "csv"];

fn decode(kind: &str, input: &[u8]) -> crate::run::Ran {
    feed(["decode", kind, "-", "--format", "json"], input)
}

/// A table with one row.
fn table() -> String {
    [TCP_HEADING, &listener()].concat()
}

fn listener() -> String {
    row("0100007F:1F90 00000000:0000", "0A", "00000000:00000000", 1000, 42)
}

fn v6(ends: &str) -> String {
    let [local, remote] = ends.split(' ').collect::<Vec<_>>()[..] else { panic!("two ends") };
    let wide = |end: &str| format!("{}{end}", "0".repeat(24));
    row(&format!("{} {}", wide(local), wide(remote)), "07", "00000000:00000000", 0, 7)
}

#[test]
fn every_socket_table_has_the_same_keys_and_its_own_kind() {
    let keys = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let reference = decode("tcp", table().as_bytes()).complete().array();
    for kind in KINDS.into_iter().take(10) {
        let line = if kind.ends_with('6') { v6("01000000:0001 00000000:0000") } else { listener() };
        let text = [TCP_HEADING, &line].concat();
        let found = decode(kind, text.as_bytes()).complete().array();
        assert_eq!(found[0]["kind"], kind);
        assert_eq!(found[0]["owners"], json!([]));
        assert_eq!(keys(&found[0]), keys(&reference[0]), "{kind}");
        let address = if kind.ends_with('6') { "::1" } else { "127.0.0.1" };
        assert_eq!(found[0]["local_addr"], address);
    }
    let unix = [UNIX_HEADING, "0: 00000002 00000000 00010000 0005 03 8 @x\n"].concat();
    let found = decode("unix", unix.as_bytes()).complete().array();
    assert_eq!((&found[0]["type"], &found[0]["name"]), (&json!("seqpacket"), &json!("@x")));
}

#[test]
fn the_byte_order_is_that_of_the_captured_host() {
    let (own, other) =
        if cfg!(target_endian = "big") { ("big", "little") } else { ("little", "big") };
    let rows = [row("0200000A:1F90 00000000:0000", "0A", "00000000:00000000", 0, 41), listener()];
    let text = [TCP_HEADING, &rows.concat()].concat();
    let ask = |order: &str| {
        let args = ["decode", "tcp", "-", "--byte-order", order, "--format", "ndjson"];
        feed(args, text.as_bytes())
    };
    let right = ask(own).complete().lines();
    assert_eq!([&right[0]["local_addr"], &right[1]["local_addr"]], ["10.0.0.2", "127.0.0.1"]);
    // No host has this loopback address: the order is probably the other one.
    let wrong = ask(other);
    assert_eq!((wrong.code, &wrong.lines()[1]["local_addr"]), (1, &json!("1.0.0.127")));
    let expected = "-: loopback addresses read 1.0.0.127 or ::100:0 in 1 row: the host probably \
        has the other byte order (--byte-order)\n";
    assert_eq!(wrong.err, expected);
}

#[test]
fn without_its_heading_a_table_may_be_a_part_of_one() {
    let ran = decode("tcp", listener().as_bytes());
    assert_eq!((ran.code, &ran.array()[0]["inode"]), (1, &json!(42)));
    let expected = "-: is not a whole table: the heading that every kernel prints is missing\n";
    assert_eq!(ran.err, expected);
}

#[test]
fn a_row_without_its_newline_may_be_cut() {
    let text = [table(), listener().trim_end().to_owned()].concat();
    let ran = decode("tcp", text.as_bytes());
    let rows = ran.array();
    assert_eq!((ran.code, rows.len()), (1, 2));
    assert_eq!((rows[0].get("suspect"), &rows[1]["suspect"]), (None, &json!(true)));
    let expected = "-: ends within a line: its last row may be cut, and rows may be missing\n";
    assert_eq!(ran.err, expected);
}

#[test]
fn an_empty_file_provides_nothing_unless_a_host_may_have_nothing_to_print() {
    for kind in KINDS {
        let ran = decode(kind, b"");
        let may_be = ["ipv6_route", "if_inet6", "igmp6", "nf_conntrack", "ip_conntrack"];
        let (code, err) = match may_be.contains(&kind) {
            true => (0, ""),
            false => {
                (1, "-: provides nothing: it is empty, but every kernel prints something here\n")
            }
        };
        assert_eq!((ran.code, &*ran.out, &*ran.err), (code, "[]\n", err), "{kind}");
    }
}

#[test]
fn a_file_is_read_like_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tcp.txt");
    fs::write(&path, table()).unwrap();
    let path = path.to_str().unwrap();
    let ran = run(["decode", "tcp", path, "--format", "json"]);
    assert_eq!(ran.complete().out, decode("tcp", table().as_bytes()).out);
}

#[test]
fn a_malformed_row_is_reported_with_line_and_column_and_skipped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a capture");
    let bad = listener().replace(" 42 ", " 4x ");
    let column = bad.find('x').unwrap() + 1;
    fs::write(&path, [TCP_HEADING, &bad, &listener(), "junk\n"].concat()).unwrap();
    let path = path.to_str().unwrap();
    let ran = run(["decode", "tcp", path, "--format", "json"]);
    assert_eq!((ran.code, ran.array().len()), (1, 1));
    let messages: Vec<&str> = ran.err.lines().collect();
    let expected = format!("{path}: line 2, column {column}: inode: not a decimal digit");
    assert_eq!(messages[0], expected);
    assert!(messages[1].starts_with(&format!("{path}: line 4, column ")), "{messages:?}");
    assert_eq!(messages.len(), 2);

    let ran = feed(["decode", "unix", "-"], [UNIX_HEADING, "\n"].concat().as_bytes());
    assert_eq!((ran.code, &*ran.err), (1, "-: line 2, column 1: Num: a blank line\n"));
}

#[test]
fn an_overlong_line_is_one_malformed_row() {
    let long = [TCP_HEADING.as_bytes(), &[b'x'; 1 << 20], b"\n", listener().as_bytes()].concat();
    let ran = decode("tcp", &long);
    assert_eq!((ran.code, ran.array().len()), (1, 1));
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.starts_with("-: line 2, column "), "{}", ran.err);
}

#[test]
fn counters_are_decoded_pair_by_pair() {
    let text = b"TcpExt: A B\nTcpExt: 1 x\nstray\nIpExt: C\nIpExt: 3 4\n\nIpExt: D\n\nIpExt: 18446744073709551615\n";
    for kind in ["snmp", "netstat"] {
        let ran = decode(kind, text);
        let counter = |protocol: &str, name: &str, value: u64| json!({"protocol": protocol, "name": name, "value": value});
        let expected = [counter("TcpExt", "A", 1), counter("IpExt", "D", u64::MAX)];
        assert_eq!((ran.code, ran.array()), (1, expected.to_vec()));
        let messages: Vec<&str> =
            ran.err.lines().map(|line| line.split(", ").next().unwrap()).collect();
        assert_eq!(messages, ["-: line 2", "-: line 3", "-: line 5"]);
    }
    let ran = decode("snmp", b"Tcp: A");
    assert_eq!((ran.code, ran.err.starts_with("-: line 1, ")), (1, true), "{}", ran.err);
}

#[test]
fn conntrack_has_a_row_per_cpu_and_keeps_unknown_columns() {
    let text = b"entries new_in_7.0\n00000007 0000000a\n00000007 z\n00000007 00000001\n00000007\n";
    let ran = decode("nf_conntrack-stat", text);
    let cpu = |cpu: u64, value: u64| json!({"cpu": cpu, "entries": 7, "new_in_7.0": value});
    assert_eq!((ran.code, ran.array()), (1, vec![cpu(0, 10), cpu(2, 1)]));
    assert_eq!(ran.err.lines().count(), 2, "{}", ran.err);
    let ran = feed(["decode", "stat/nf_conntrack", "-", "--format", "csv"], b"entries b\n1 2\n");
    assert_eq!(ran.complete().out, "cpu,entries,b\n0,1,2\n");
    // Values are never taken for names.
    let ran = decode("nf_conntrack-stat", b"00000007 0000000a\n00000007 00000001\n");
    assert_eq!((ran.code, &*ran.out), (1, "[]\n"));
    assert!(ran.err.contains("line 1, ") && ran.err.contains("line 2, "), "{}", ran.err);
}

#[test]
fn an_unreadable_file_is_exit_code_2() {
    let dir = tempfile::tempdir().unwrap();
    for (path, cause) in
        [(&*dir.path().join("none"), "No such file"), (dir.path(), "Is a directory")]
    {
        for format in FORMATS {
            let ran = run([
                Path::new("decode"),
                Path::new("tcp"),
                path,
                Path::new("--format"),
                Path::new(format),
            ]);
            assert_eq!((ran.code, &*ran.out), (2, ""));
            let expected = format!("procnet: {}: cannot be read: {cause}", path.display());
            assert!(ran.err.starts_with(&expected), "{}", ran.err);
        }
    }
}

#[test]
fn any_bytes_are_handled() {
    // Random bytes of those that tables consist of, from a fixed seed.
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let alphabet: Vec<u8> = (0..=255).chain(*b"0000000AF:: :  \n\n\t|sl Num").collect();
    let noise: Vec<u8> = (0..20_000).map(|_| alphabet[next() as usize % alphabet.len()]).collect();
    for kind in KINDS {
        for format in FORMATS {
            let ran = feed(["decode", kind, "-", "--format", format], &noise);
            assert!(matches!(ran.code, 0 | 1), "{kind} {format}: {}", ran.err);
            assert!(!ran.err.contains("panicked"), "{kind} {format}: {}", ran.err);
            let shown = ran.out.chars().chain(ran.err.chars());
            assert!(shown.into_iter().all(|c| c == '\n' || !c.is_control()), "{kind} {format}");
            match format {
                "json" => drop(ran.array()),
                "ndjson" => drop(ran.lines()),
                "csv" => drop(ran.records()),
                _ => {}
            }
        }
    }
}
