//! `procnet capture`, and `--root` with what people send.

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    os::unix::fs::{MetadataExt as _, symlink},
    path::Path,
};

use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::{
    run::{Ran, feed, run},
    tree::{TCP_HEADING, Tree, UNIX_HEADING, row},
};

fn on(tree: &Tree, args: &[&str]) -> Ran {
    run([args, &tree.root()].concat())
}

fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_ref()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn tables_that_were_asked_for_and_are_not_there_are_named() {
    let tree = Tree::small();
    fs::remove_file(tree.path().join("1/net/udp6")).unwrap();
    let ran = on(&tree, &["--format", "ndjson"]);
    assert_eq!((ran.code, ran.lines().len()), (1, 7));
    assert_eq!(ran.err, "procnet: table udp6: not in this capture\n");
    on(&tree, &["-t"]).complete();
    // Unless the capture says that the host did not have it.
    tree.file("CAPTURE", "absent 1/net/udp6\n");
    on(&tree, &[]).complete();
}

#[test]
fn a_capture_without_any_table_has_no_answer() {
    let tree = Tree::bare();
    let ran = on(&tree, &["--format", "json"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("1/net/tcp: not in this capture"), "{}", ran.err);
}

#[test]
fn owners_that_were_not_captured_are_said_to_be_unknown() {
    let tree = Tree::bare();
    let listener = row("0100007F:1F90 00000000:0000", "0A", "00000000:00000000", 0, 501);
    fs::rename(tree.path().join("1/net"), tree.path().join("net")).unwrap();
    fs::remove_dir(tree.path().join("1")).unwrap();
    tree.file("net/tcp", [TCP_HEADING, &listener].concat());
    let ask = || on(&tree, &["--kind", "tcp4", "--format", "ndjson"]);
    let ran = ask();
    assert_eq!((ran.code, ran.lines().len()), (1, 1));
    assert_eq!(ran.err, "procnet: no processes in this capture: owners are unknown\n");
    on(&tree, &["--kind", "tcp4", "--no-owners"]).complete();
    let explained = on(&tree, &["explain"]).complete().out;
    assert!(explained.contains("owners      none; no processes in this capture"), "{explained}");

    fs::create_dir(tree.path().join("7")).unwrap();
    assert_eq!(ask().err, "procnet: 1 process: descriptors are not in this capture\n");
    tree.process(7, "web", &[(3, 501)]);
    assert_eq!(ask().complete().lines()[0]["owners"], json!([{"pid": 7, "comm": "web", "fd": 3}]));
    tree.file("7/fd/4", "");
    assert_eq!(ask().err, "procnet: 1 descriptor is not a link in this capture\n");
    fs::remove_file(tree.path().join("7/fd/4")).unwrap();
    fs::remove_file(tree.path().join("7/stat")).unwrap();
    tree.file("7/comm", "web\n");
    let ran = ask();
    assert_eq!(ran.lines()[0]["owners"][0]["comm"], "web");
    assert_eq!(ran.err, "procnet: 1 process: name, user or control group is not in this capture\n");
    tree.process(8, "other", &[]);
    assert_eq!(ask().code, 1);
}

#[test]
fn a_process_of_a_capture_is_looked_for_in_its_tables() {
    let tree = Tree::small();
    fs::rename(tree.path().join("1/net"), tree.path().join("net")).unwrap();
    let ask = |pid: &str| on(&tree, &["-t", "--pid", pid, "--format", "ndjson"]);
    let ran = ask("12");
    assert_eq!((ran.code, ran.lines().len()), (1, 2));
    assert_eq!(ran.err, "procnet: 1 process: its network namespace is unknown\n");
    tree.file("CAPTURE", "netns 4026531840\n");
    fs::create_dir(tree.path().join("12/ns")).unwrap();
    symlink("net:[4026531840]", tree.path().join("12/ns/net")).unwrap();
    assert_eq!(ask("12").complete().lines().len(), 2);
    let ran = ask("4711");
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("no such process"), "{}", ran.err);
}

#[test]
fn the_byte_order_of_a_capture_is_an_option_or_recorded() {
    let tree = Tree::new();
    let swapped = row("7F000001:1F90 00000000:0000", "0A", "00000000:00000000", 0, 0);
    tree.file("1/net/tcp", [TCP_HEADING, &swapped].concat());
    let other = if cfg!(target_endian = "big") { "little" } else { "big" };
    let address = |ran: &Ran| ran.lines()[0]["local_addr"].clone();
    let wrong = on(&tree, &["-t", "--format", "ndjson"]);
    assert_eq!((wrong.code, address(&wrong)), (1, json!("1.0.0.127")));
    assert!(wrong.err.contains("1.0.0.127") && wrong.err.contains("--byte-order"), "{}", wrong.err);
    let right = on(&tree, &["-t", "--format", "ndjson", "--byte-order", other]).complete();
    assert_eq!(address(&right), "127.0.0.1");
    tree.file("CAPTURE", format!("byte-order {other}\n"));
    assert_eq!(address(&on(&tree, &["-t", "--format", "ndjson"]).complete()), "127.0.0.1");
    let live = run(["--root", "/proc", "--byte-order", other]);
    assert_eq!((live.code, &*live.out), (2, ""));
    assert!(live.err.contains("not a capture"), "{}", live.err);
}

#[test]
fn files_are_read_despite_what_was_done_to_them() {
    let tree = Tree::small();
    let expected = on(&tree, &["--format", "json"]).complete().out;
    let net = tree.path().join("1/net");
    let text = |name: &str| fs::read_to_string(net.join(name)).unwrap();
    for name in ["tcp", "tcp6"] {
        tree.file(&format!("1/net/{name}"), text(name).replace('\n', "\r\n"));
    }
    tree.file("1/net/udp", format!("\u{FEFF}\n{}", text("udp")));
    tree.file("1/net/udp6", gzip(text("udp6")));
    tree.file("1/net/unix.gz", gzip(text("unix")));
    fs::remove_file(net.join("unix")).unwrap();
    let ran = on(&tree, &["--format", "json"]);
    assert_eq!((ran.code, &ran.out), (0, &expected), "{}", ran.err);
    let messages: Vec<&str> = ran.err.lines().collect();
    assert_eq!(
        messages,
        [
            "procnet: tcp, tcp6: read despite carriage returns",
            "procnet: udp: read despite a byte order mark, blank lines before the table",
            "procnet: udp6, unix: read despite gzip",
        ]
    );
}

#[test]
fn counters_and_lists_of_a_capture_are_repaired_and_judged_as_well() {
    let tree = Tree::bare();
    let netstat = "TcpExt: A B\nTcpExt: 1 2\n";
    tree.file("1/net/netstat", "  TcpExt: A B\r\n  TcpExt: 1 2\r\n");
    let expected = feed(["decode", "netstat", "-", "--format", "json"], netstat.as_bytes());
    let ran = on(&tree, &["netstat", "--format", "json"]);
    assert_eq!((ran.code, &ran.out), (0, &expected.complete().out));
    let expected = "procnet: table netstat: read despite carriage returns, an indentation\n";
    assert_eq!(ran.err, expected);

    tree.file("1/net/netstat", "TcpExt: 1 2\nTcpExt: 3 4\n");
    let ran = on(&tree, &["netstat"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("values without a line of names"), "{}", ran.err);
    tree.file("1/net/netstat", &netstat[..netstat.len() - 1]);
    assert_eq!(on(&tree, &["netstat"]).code, 1);

    for (command, table, text) in [
        ("dev", "dev", ""),
        ("snmp", "snmp", ""),
        ("snmp6", "snmp6", "\n"),
        ("softnet", "softnet_stat", ""),
        ("protocols", "protocols", ""),
        ("arp", "arp", " \n"),
        ("ptype", "ptype", ""),
    ] {
        tree.file(&format!("1/net/{table}"), text);
        let ran = on(&tree, &[command, "--format", "json"]);
        assert_eq!((ran.code, &*ran.out), (1, "[]\n"), "{command}");
        assert!(ran.err.contains(&format!("table {table} provides nothing")), "{}", ran.err);
    }
    // A host may have no IPv6 address, and prints no heading.
    tree.file("1/net/if_inet6", "");
    assert_eq!(on(&tree, &["addr", "--format", "json"]).complete().out, "[]\n");
    let inet6 = "00000000000000000000000000000001 01 80 10 80       lo\r\n";
    tree.file("1/net/if_inet6", inet6);
    assert_eq!(on(&tree, &["addr", "--format", "ndjson"]).lines()[0]["interface"], "lo");
}

#[test]
fn doubtful_tables_of_sockets_are_not_complete_in_silence() {
    let tree = Tree::new();
    let listener = row("0100007F:1F90 00000000:0000", "0A", "00000000:00000000", 0, 501);
    let ask = || on(&tree, &["--kind", "tcp4", "--no-owners", "--format", "ndjson"]);
    tree.file("1/net/tcp", "");
    let ran = ask();
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.starts_with("procnet: table tcp provides nothing"), "{}", ran.err);
    tree.file("1/net/tcp", &listener);
    let ran = ask();
    assert_eq!((ran.code, ran.lines().len()), (1, 1));
    assert!(ran.err.contains("the heading that every kernel prints is missing"), "{}", ran.err);
    let other = row("0100007F:1F91 00000000:0000", "0A", "00000000:00000000", 0, 502);
    let (cut, _) = other.split_at(other.find(" 0000000000000000\n").unwrap());
    tree.file("1/net/tcp", [TCP_HEADING, &listener, cut, " 0"].concat());
    let ran = ask();
    assert_eq!((ran.code, &ran.lines().last().unwrap()["suspect"]), (1, &json!(true)));
    assert!(ran.err.contains("table tcp ends within a line"), "{}", ran.err);
    let unix = "ffff: 00000002 00000000 00010000 0001 01 505 /run/a b\nffff: 00000003 00000000 00000000 0002 01 50";
    tree.file("1/net/unix", [UNIX_HEADING, unix].concat());
    let ran = on(&tree, &["-x", "--no-owners", "--format", "ndjson"]);
    let suspects: Vec<bool> = ran.lines().iter().map(|row| row["suspect"] == true).collect();
    assert_eq!((ran.code, suspects), (1, vec![false, true]));
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn no_kernel_module_helps_a_capture() {
    let tree = Tree::small();
    let explained = on(&tree, &["explain"]).complete().out;
    assert!(!explained.contains("load "), "{explained}");
    tree.file("CAPTURE", "absent sys/net/netfilter/nf_conntrack_max\n");
    let explained = on(&tree, &["explain"]).complete().out;
    assert!(!explained.contains("load "), "{explained}");
}

#[test]
fn a_capture_of_this_host_has_its_sockets_and_leads_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    // The path of an open file is nobody's business, whatever it is called.
    let odd = directory.path().join("odd\n\u{1B}[31m name");
    let _file = fs::File::create(&odd).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = directory.path().join("capture");
    let captured = run(["capture".as_ref(), to.as_os_str()]);
    assert!(matches!(captured.code, 0 | 1), "{}", captured.err);
    assert_eq!(captured.out, "");
    assert!(captured.err.chars().all(|c| c == '\n' || !c.is_control()), "{}", captured.err);
    let mode = |path: &Path| fs::symlink_metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&to), mode(&to.join("net/tcp"))), (0o700, 0o600));

    let port = listener.local_addr().unwrap().port().to_string();
    let pid = std::process::id();
    let path = to.to_str().unwrap();
    let args = ["--root", path, "-lt", "--port", &port, "--format", "ndjson"];
    let owners = run(args).lines()[0]["owners"].clone();
    assert!(owners.as_array().unwrap().iter().any(|owner| owner["pid"] == pid), "{owners}");
    let pid = pid.to_string();
    let args = ["--root", path, "-lt", "--port", &port, "--pid", &pid, "--format", "ndjson"];
    assert_eq!(run(args).complete().lines().len(), 1);

    let mut folders = vec![to.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match fs::read_link(&path) {
                Ok(target) => assert!(!target.to_str().unwrap().contains('/'), "{target:?}"),
                Err(_) if path.is_dir() => folders.push(path),
                Err(_) => {}
            }
        }
    }
}

#[test]
fn a_capture_replaces_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("link");
    symlink(directory.path().join("elsewhere"), &link).unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "kept").unwrap();
    let empty = directory.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for there in [&link, &file, &empty] {
        let ran = run(["capture".as_ref(), there.as_os_str()]);
        assert_eq!((ran.code, &*ran.out), (2, ""));
        assert!(ran.err.contains("cannot be written: File exists"), "{}", ran.err);
    }
    assert_eq!(fs::read(&file).unwrap(), b"kept");
    assert_eq!(fs::read_dir(&empty).unwrap().count(), 0);
    assert!(!directory.path().join("elsewhere").exists());
    let tree = Tree::small();
    let new = directory.path().join("new");
    let ran = run([&["capture", new.to_str().unwrap()], &tree.root()[..]].concat());
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(!new.exists());
}

#[test]
fn gzip_is_decoded_as_it_arrives_and_a_cut_is_said() {
    let rows: String = (1..2000)
        .map(|inode| row("0100007F:1F90 00000000:0000", "0A", "00000000:00000000", 0, inode))
        .collect();
    let text = [TCP_HEADING, &rows].concat();
    let args = ["decode", "tcp", "-", "--format", "ndjson"];
    let whole = feed(args, &gzip(&text));
    assert_eq!((whole.code, whole.lines().len()), (0, 1999));
    assert_eq!(whole.err, "-: read despite gzip\n");
    let compressed = gzip(&text);
    let cut = feed(args, &compressed[..compressed.len() / 2]);
    assert_eq!(cut.code, 1, "{}", cut.err);
    assert!(cut.err.contains("-: cannot read the rest: "), "{}", cut.err);
    let tree = Tree::new();
    tree.file("1/net/tcp", &compressed[..compressed.len() / 2]);
    let ran = on(&tree, &["-t", "--no-owners"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("procnet: table tcp: "), "{}", ran.err);
}
