//! -Z and -z: security contexts.

use serde_json::json;

use crate::{run::run, tree::Tree};

const WEB: &str = "system_u:system_r:httpd_t:s0";

/// Two processes share a listener, and one of them has no context.
fn tree() -> Tree {
    let tree = Tree::small();
    // As SELinux and AppArmor end it.
    tree.file("12/attr/current", [WEB, "\0"].concat());
    tree.file("99/attr/current", "a \x1b[2J;\u{202e}profile (enforce)\n");
    tree
}

fn ask(tree: &Tree, args: &[&str]) -> crate::run::Ran {
    run([&["sockets"], args, &tree.root()[..]].concat())
}

#[test]
fn contexts_of_owners_are_shown_in_their_order() {
    let tree = tree();
    let table = ask(&tree, &["-tlZ"]).complete().out;
    let listener =
        table.lines().find(|line| line.contains("127.0.0.1:8080")).expect("the listener");
    // The second owner has none.
    assert!(listener.contains(&format!("{WEB} ?")), "{table}");
    assert!(table.lines().next().expect("a heading").contains("Context"), "{table}");
    assert!(!table.contains("Socket context"), "{table}");

    let rows = ask(&tree, &["-tlZ", "--format", "json"]).complete().array();
    let listener = rows.iter().find(|row| row["local_port"] == 8080).expect("the listener");
    let expected = json!([
        {"pid": 12, "fd": 6, "process": WEB}, {"pid": 13, "fd": 6, "process": null},
    ]);
    assert_eq!(listener["contexts"], expected);
    crate::schema::valid("socket.json", &rows);
    // With -z, also the contexts of sockets, which only a live /proc can have.
    let rows = ask(&tree, &["-tlz", "--format", "json"]).complete().array();
    let listener = rows.iter().find(|row| row["local_port"] == 8080).expect("the listener");
    assert_eq!(
        listener["contexts"][0],
        json!({"pid": 12, "fd": 6, "process": WEB, "socket": null})
    );
    crate::schema::valid("socket.json", &rows);
}

/// A process may choose some of its context.
#[test]
fn contexts_are_escaped() {
    let tree = tree();
    for format in ["table", "csv", "ndjson"] {
        let out = ask(&tree, &["-uZ", "--format", format]).complete().out;
        assert!(out.contains("profile (enforce)"), "{out}");
        assert!(!out.contains(['\x1b', '\u{202e}']), "{out:?}");
    }
    let records = ask(&tree, &["-uZ", "--format", "csv"]).complete().records();
    let at = records[0].iter().position(|key| key == "contexts").expect("a column");
    let list: serde_json::Value = serde_json::from_str(&records[1][at]).expect("JSON");
    let context = list[0]["process"].as_str().expect("a context");
    assert!(context.starts_with(r"a \x1B[2J;"), "{context}");
}

#[test]
fn that_there_are_none_is_said_once() {
    let tree = Tree::small();
    let ran = ask(&tree, &["-tuZ"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.lines().count() > 3, "{}", ran.out);
    assert_eq!(ran.err.matches("no security module").count(), 1, "{}", ran.err);
    assert!(!ran.out.contains("Context"), "{}", ran.out);
    // Some have them.
    let ran = ask(&self::tree(), &["-tuZ"]).complete();
    assert!(!ran.err.contains("no security module"), "{}", ran.err);
}
