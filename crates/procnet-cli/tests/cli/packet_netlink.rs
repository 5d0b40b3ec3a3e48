//! Packet and netlink sockets, as `procnet sockets` and `procnet decode` print them.

use serde_json::json;

use crate::{
    formats,
    run::{feed, run},
    tree::Tree,
};

const PACKET: &str = "\
sk               RefCnt Type Proto  Iface R Rmem   User   Inode
00000000a1b2c3d4 3      3    0003   0     1 4096   0      811   \x20
00000000a1b2c3d5 3      2    88cc   2     0 0      101    34754 \x20
";
const NETLINK: &str = "\
sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
00000000a1b2c3d4 0   0          00000000 0        0        0     2        0        4       \x20
00000000a1b2c3d5 15  837        00000001 1        2        0     2        12       35337   \x20
";
/// From Linux 2.6.24.
const OLD_NETLINK: &str = "\
sk       Eth Pid    Groups   Rmem     Wmem     Dump     Locks
b56c1800 31  -4147  00000000 0        0          (null) 2
";

fn tree() -> Tree {
    let tree = Tree::new();
    tree.file("1/net/packet", PACKET);
    tree.file("1/net/netlink", NETLINK);
    tree
}

#[test]
fn both_kinds_in_every_format() {
    let tree = tree();
    let kinds = [&["sockets", "--kind", "packet,netlink"], &tree.root()[..]].concat();
    let with = |format: &str| run([&kinds[..], &["--format", format]].concat()).complete();
    let array = with("json").array();
    assert_eq!(array.len(), 4);
    let lldp = json!({
        "kind": "packet", "state": "UNCONN", "local_addr": null, "local_port": null,
        "remote_addr": null, "remote_port": null, "uid": 101, "inode": 34754, "rx_queue": 0,
        "tx_queue": null, "type": "dgram", "protocol": 35020, "interface": 2, "running": false,
        "owners": [],
    });
    assert_eq!(array[1], lldp);
    let news = json!({
        "kind": "netlink", "state": "UNCONN", "local_addr": null, "local_port": null,
        "remote_addr": null, "remote_port": null, "uid": null, "inode": 35337, "rx_queue": 1,
        "tx_queue": 2, "protocol": 15, "port_id": 837, "groups": 1, "drops": 12, "owners": [],
    });
    assert_eq!(array[3], news);
    assert_eq!(with("ndjson").lines(), array);
    let records = with("csv").records();
    for (object, record) in array.iter().zip(&records[1..]) {
        for (key, field) in records[0].iter().zip(record).filter(|(key, _)| *key != "owners") {
            assert_eq!(*field, formats::cell(&object[key]), "{key}");
        }
    }
    let table = with("table").out;
    for (line, place) in [(1, "*:*"), (2, "88cc:if2"), (3, "route:*"), (4, "kobject_uevent:837")] {
        let line = table.lines().nth(line).unwrap();
        assert!(line.split_whitespace().any(|word| word == place), "{place} in {table}");
        assert!(line.contains("UNCONN"), "{table}");
    }
    let decoded: Vec<_> = [("packet", PACKET), ("netlink", NETLINK)]
        .into_iter()
        .flat_map(|(kind, text)| {
            feed(["decode", kind, "-", "--format", "json"], text.as_bytes()).complete().array()
        })
        .collect();
    assert_eq!(decoded, array);
}

#[test]
fn columns_missing_from_an_old_kernel_are_null() {
    let ran = feed(["decode", "netlink", "-", "--format", "json"], OLD_NETLINK.as_bytes());
    let socket = &ran.complete().array()[0];
    assert_eq!(socket["port_id"], 4_294_963_149_u32);
    assert!(socket["drops"].is_null() && socket["inode"].is_null());
    let table = feed(["decode", "netlink", "-"], OLD_NETLINK.as_bytes()).complete().out;
    assert!(table.contains("31:4294963149"), "{table}");
}

/// The columns of these kinds appear only if these kinds are selected.
#[test]
fn other_kinds_have_no_additional_columns() {
    let tree = tree();
    let header = |kinds: &str| {
        let args = [&["sockets", "--kind", kinds, "--format", "csv"], &tree.root()[..]].concat();
        run(args).out.lines().next().unwrap_or_default().to_owned()
    };
    assert!(!header("tcp").contains("port_id") && !header("raw").contains("port_id"));
    assert!(header("netlink").ends_with(",protocol,interface,running,port_id,groups"));
    // Those of other families follow.
    let with_all = header("every");
    assert!(with_all.starts_with(&header("netlink")), "{with_all}");
    let others = header("tipc");
    assert!(others.starts_with(&header("tcp")) && others.ends_with(",published,interface,queue"));
    assert!(with_all.ends_with(",published,queue"), "{with_all}");
}

#[test]
fn keys_are_unique() {
    let tree = tree();
    let ask = |format: &str| {
        let args = ["sockets", "-0", "-A", "netlink", "-eimo", "-pp", "--format", format];
        run([&args[..], &tree.root()[..]].concat())
    };
    let objects = ask("ndjson").out;
    for line in objects.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect("an object");
        for key in object.as_object().expect("an object").keys() {
            assert_eq!(line.matches(&format!("\"{key}\":")).count(), 1, "{key} in {line}");
        }
    }
    let header = ask("csv").records()[0].clone();
    for key in &header {
        assert_eq!(header.iter().filter(|other| *other == key).count(), 1, "{key}");
    }
    let at = header.iter().position(|key| key == "interface").expect("a column");
    assert_eq!(ask("csv").records()[2][at], "2");
}

/// The kernel does not say whether a socket has a filter to who may not know.
#[test]
fn filters_that_are_withheld_are_reported() {
    let Some(mut nobody) = crate::privilege::as_nobody() else { return };
    let socket = rustix::net::socket_with(
        rustix::net::AddressFamily::PACKET,
        rustix::net::SocketType::RAW,
        rustix::net::SocketFlags::CLOEXEC,
        None,
    );
    let Ok(_socket) = socket else {
        return crate::run::skipped("packet sockets cannot be created");
    };
    nobody.command.args(["-0b", "--no-owners", "--format", "ndjson"]);
    let ran = crate::run::Ran::from(nobody.command.output().expect("it runs"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    if ran.err.contains("details are not reported by /proc") {
        return crate::run::skipped("this kernel has no handler for packet sockets");
    }
    assert!(ran.err.contains("filters are revealed only with CAP_NET_ADMIN"), "{}", ran.err);
    let all = ran.lines();
    assert!(!all.is_empty() && all.iter().all(|it| it["details"]["filter"].is_null()), "{all:?}");
}
