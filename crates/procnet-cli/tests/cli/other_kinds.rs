//! Kinds without a table, as `procnet sockets` prints recorded answers of the kernel.
#![cfg(target_endian = "little")]

use std::fs;

use serde_json::{Value, json};

use crate::{
    run::{Ran, run},
    schema::valid,
    tree::Tree,
};

/// A tree with what Linux 7.2 answered.
fn tree() -> Tree {
    let tree = Tree::new();
    let answers = "../../corpus/captures/linux-7.2-x86_64-kinds/netlink";
    for (kind, file) in [
        ("sctp", "sctp4"),
        ("vsock", "vsock"),
        ("tipc", "tipc"),
        ("xdp", "xdp"),
        ("mptcp", "mptcp4"),
    ] {
        tree.file(
            &format!("1/net/sock_diag/{kind}"),
            fs::read(format!("{answers}/{file}")).unwrap(),
        );
    }
    tree
}

fn ask(tree: &Tree, kind: &str, args: &[&str]) -> Ran {
    let asked = ["sockets", "--source", "recorded", "--no-owners", "--kind", kind];
    run([&asked[..], &tree.root()[..], args].concat())
}

fn rows(tree: &Tree, kind: &str) -> Vec<Value> {
    let rows = ask(tree, kind, &["--format", "json"]).complete().array();
    valid("socket.json", &rows);
    rows
}

#[test]
fn each_has_fields_of_its_own() {
    let tree = tree();
    let vsock = rows(&tree, "vsock");
    let connection = vsock.iter().find(|it| it["local_cid"] == json!(1)).unwrap();
    assert_eq!((&connection["type"], &connection["remote_cid"]), (&json!("stream"), &json!(1)));
    assert!(connection["local_port"].as_u64().unwrap() > u64::from(u16::MAX));
    let listener = vsock.iter().find(|it| it["state"] == json!("LISTEN")).unwrap();
    let (cid, remote) = (&listener["local_cid"], &listener["remote_port"]);
    assert!(cid.is_null() && remote.is_null(), "{listener}");

    let tipc = rows(&tree, "tipc");
    let connected = tipc.iter().filter(|it| it["state"] == json!("ESTABLISHED"));
    let connected: Vec<_> = connected.collect();
    assert_eq!(connected.len(), 2);
    assert_eq!(connected[0]["ref"], connected[1]["peer_ref"]);
    let service = (&connected[0]["service_type"], &connected[0]["service_instance"]);
    assert_eq!(service, (&json!(4711), &json!(3)));
    assert!(tipc.iter().any(|it| it["published"] == json!(true) && it["drops"] == json!(0)));

    let xdp = &rows(&tree, "xdp")[0];
    assert_eq!((&xdp["interface"], &xdp["queue"], &xdp["uid"]), (&json!(1), &json!(0), &json!(0)));

    let sctp = rows(&tree, "sctp4");
    let states: Vec<_> = sctp.iter().map(|it| (&it["state"], &it["association"])).collect();
    let (listen, established) = (json!("LISTEN"), json!("ESTABLISHED"));
    assert_eq!(states.iter().filter(|it| **it == (&listen, &Value::Null)).count(), 1);
    assert_eq!(states.iter().filter(|it| **it == (&established, &established)).count(), 2);
    assert_eq!(rows(&tree, "mptcp4").len(), 3);
}

#[test]
fn tables_show_their_addresses() {
    let tree = tree();
    let table = |kind| ask(&tree, kind, &["-H"]).complete().out;
    // An association is marked as by ss.
    let sctp = table("sctp4");
    assert_eq!(sctp.lines().filter(|line| line.contains("`- ESTABLISHED")).count(), 2, "{sctp}");
    assert!(table("xdp").contains(" if1:q0 "), "{}", table("xdp"));
    let tipc = rows(&tree, "tipc");
    for socket in &tipc {
        let address = format!(" 0:{}", socket["ref"]);
        assert!(table("tipc").contains(&address), "{address}");
    }
    assert!(table("vsock").lines().any(|line| line.contains(" *:")), "{}", table("vsock"));
}

#[test]
fn their_columns_are_documented_and_those_of_the_objects() {
    let tree = tree();
    let formats = include_str!("../../../../docs/formats.md");
    for kind in ["sctp4", "vsock", "tipc", "xdp"] {
        let csv = ask(&tree, kind, &["--format", "csv"]).complete().out;
        let header: Vec<_> = csv.lines().next().unwrap().split(',').collect();
        for key in &header {
            assert!(formats.contains(&format!("`{key}`")), "{key} of {kind}");
        }
        let objects = rows(&tree, kind);
        for (object, line) in objects.iter().zip(csv.lines().skip(1)) {
            for (key, value) in header.iter().zip(line.split(',')) {
                match &object[*key] {
                    Value::Null | Value::Array(_) => assert_eq!(value, "", "{key}: {object}"),
                    Value::String(text) => assert_eq!(value, text, "{key}: {object}"),
                    other => assert_eq!(value, other.to_string(), "{key}: {object}"),
                }
            }
        }
    }
}

/// A tree without them, and without a count of them, has none.
#[test]
fn what_a_capture_does_not_have_is_absent_and_named() {
    let tree = Tree::small();
    let ran = run([&["sockets", "--tipc", "-S"], &tree.root()[..]].concat());
    let expected = "procnet: this kernel or capture has no such sockets: sctp, sctp6, tipc\n";
    assert_eq!((ran.code, &*ran.err), (0, expected));
    // Its host had two.
    let protocols = "protocol  size sockets  memory press maxhdr  slab module     cl\n\
                     SCTP       100       2      -1   NI       0   yes  sctp        y\n";
    tree.file("1/net/protocols", protocols);
    let ran = run([&["sockets", "-tS4"], &tree.root()[..]].concat());
    assert_eq!(ran.code, 1);
    let gap = "sctp sockets cannot be listed: the root is a directory of captures";
    assert!(ran.err.contains(gap), "{}", ran.err);
}
