//! `--unit`, `--container` and `--pod`, and the same as conditions: on a directory laid out like /proc.

use serde_json::Value;

use crate::{
    run::{Ran, run},
    tree::Tree,
};

const UID: &str = "2f4ab1c0-98b1-4d2e-8f0e-6d3f0c7a1b22";

fn tree() -> Tree {
    let (tree, id) = (Tree::small(), "0123456789abcdef".repeat(4));
    tree.file("12/cgroup", "0::/system.slice/web.service\n");
    tree.file("13/cgroup", format!("0::/kubepods/pod{UID}/{id}\n"));
    tree
}

fn on(tree: &Tree, args: &[&str]) -> Ran {
    run([args, &tree.root()[..]].concat())
}

fn inodes(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["inode"].as_u64().expect("an inode")).collect()
}

#[test]
fn sockets_are_selected_by_what_a_process_of_theirs_runs_in() {
    let tree = tree();
    tree.file("99/cgroup", "0::/\n");
    for (args, expected) in [
        (&["--unit", "web"][..], &[501, 502][..]),
        (&["--unit", "web.service", "--port", "8080", "--state", "listen"], &[501]),
        (&["unit", "=", "w*"], &[501, 502]),
        (&["--container", "0123456789ab"], &[501]),
        (&["--container", "0123*"], &[501]),
        (&["--container", "0123"], &[]),
        (&["--pod", UID], &[501]),
        (&["--pod", UID, "--unit", "web"], &[501]),
        (&["--unit", "none", "--unit", "web"], &[501, 502]),
        // Those of no visible process are in none.
        (&["unit", "!=", "*", "inode", "!=", "0", "kind", "=", "tcp6"], &[503]),
    ] {
        let ran = on(&tree, &[&["-t", "--format", "ndjson"], args].concat()).complete();
        assert_eq!(inodes(&ran.lines()), expected, "{args:?}");
    }
    let groups = on(&tree, &["top", "-t", "--unit", "web", "--format", "ndjson"]).complete();
    let groups = groups.lines();
    let pids: Vec<&Value> = groups.iter().map(|group| &group["pid"]).collect();
    assert_eq!(pids, [12, 13]);
    let args = ["summary", "-t", "--container", "0123456789ab", "--format", "ndjson"];
    assert_eq!(on(&tree, &args).complete().lines()[0]["sockets"], 1);
    let watched = ["-t", "--pod", UID, "--watch", "0.1", "--times", "2"];
    let looks = on(&tree, &watched).complete().out;
    let rows: Vec<&str> = looks.lines().filter(|line| line.contains("tcp")).collect();
    assert_eq!(rows.len(), 2, "{looks}");
    assert!(rows.iter().all(|row| row.contains("127.0.0.1:8080") && row.contains("LISTEN")));
}

#[test]
fn where_the_control_group_is_unknown_nothing_is_left_out_silently() {
    let tree = tree();
    for args in [["--unit", "web"], ["unit", "!= web"]] {
        let ran = on(&tree, &[&["-u", "--format", "ndjson"], &args[..]].concat());
        assert_eq!((ran.code, &*ran.out), (1, ""), "{args:?}");
        let expected = "procnet: 1 socket left out: it is unknown whether it meets the filter\n\
                        procnet: 1 process: name, user or control group is not in this capture\n";
        assert_eq!(ran.err, expected);
    }
}
