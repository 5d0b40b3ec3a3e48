//! `procnet sockets` on a directory laid out like /proc.

use std::fs;

use procnet::decode::escape::unescape;
use serde_json::{Value, json};

use crate::{
    run::{procnet, run},
    tree::{Tree, UNIX_HEADING, row},
};

fn sockets(tree: &Tree, args: &[&str]) -> crate::run::Ran {
    run([&["sockets"], &tree.root()[..], args].concat())
}

#[test]
fn json_has_every_key_of_every_socket() {
    let tree = Tree::small();
    let found = sockets(&tree, &["--format", "json"]).complete().array();
    let web = |pid| json!({"pid": pid, "fd": 6, "comm": "web"});
    assert_eq!(found.len(), 7);
    let listener = json!({
        "kind": "tcp", "state": "LISTEN", "local_addr": "127.0.0.1", "local_port": 8080,
        "remote_addr": "0.0.0.0", "remote_port": 0, "uid": 1000, "inode": 501,
        "rx_queue": 3, "tx_queue": 0, "backlog": null, "drops": null,
        "owners": [web(12), web(13)],
    });
    assert_eq!(found[0], listener);
    assert_eq!(found[1]["remote_addr"], "10.0.0.2");
    assert_eq!((&found[1]["tx_queue"], &found[1]["rx_queue"]), (&json!(16), &json!(32)));
    // TIME_WAIT sockets have neither inode nor owner.
    assert_eq!((&found[2]["inode"], &found[2]["owners"]), (&Value::Null, &json!([])));
    assert_eq!((&found[3]["kind"], &found[3]["local_addr"]), (&json!("tcp6"), &json!("::1")));
    assert_eq!((&found[4]["kind"], &found[4]["state"]), (&json!("udp"), &json!("UNCONN")));
    let named = json!({
        "kind": "unix", "state": "LISTEN", "local_addr": null, "local_port": null,
        "remote_addr": null, "remote_port": null, "uid": null, "inode": 505,
        "rx_queue": null, "tx_queue": null, "type": "stream", "name": "/run/a b",
        "owners": [{"pid": 99, "fd": 4, "comm": "a;b/c (d)"}],
    });
    assert_eq!(found[5], named);
    assert_eq!((&found[6]["type"], &found[6]["name"]), (&json!("dgram"), &Value::Null));
}

#[test]
fn all_formats_for_programs_have_the_same_contents() {
    let tree = Tree::small();
    let array = sockets(&tree, &["--format", "json"]).array();
    assert_eq!(sockets(&tree, &["--format", "ndjson"]).complete().lines(), array);
    let records = sockets(&tree, &["--format", "csv"]).complete().records();
    let (keys, records) = records.split_first().expect("a header");
    let header = "kind,state,local_addr,local_port,remote_addr,remote_port,uid,inode,rx_queue,tx_queue,backlog,drops,type,name,owners,suspect";
    assert_eq!(keys.join(","), header);
    assert_eq!(records.len(), array.len());
    for (record, object) in records.iter().zip(&array) {
        for (key, field) in keys.iter().zip(record).filter(|(key, _)| *key != "owners") {
            let expected = match object.get(key) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            assert_eq!(*field, expected, "{key}");
        }
        assert_eq!(owners(&record[14]), object["owners"], "{record:?}");
    }
}

/// Parses the owners column, as documented.
fn owners(column: &str) -> Value {
    let owner = |text: &str| {
        let [pid, fd, comm] = text.splitn(3, '/').collect::<Vec<_>>()[..] else {
            panic!("not pid/fd/comm: {text}")
        };
        let number = |text: &str| text.parse::<u32>().expect("a number");
        let comm: Vec<u8> = unescape(comm).collect::<Result<_, _>>().expect("escapes");
        let comm = String::from_utf8(comm).expect("UTF-8 here");
        json!({"pid": number(pid), "fd": number(fd), "comm": comm})
    };
    column.split(';').filter(|text| !text.is_empty()).map(owner).collect()
}

#[test]
fn the_default_format_is_an_aligned_table() {
    let tree = Tree::small();
    let table = sockets(&tree, &[]).complete().out;
    let expected = "\
Kind  State        Recv-Q  Send-Q  Local Address:Port  Peer Address:Port  Type     Uid  Inode  Process
tcp   LISTEN            3       0  127.0.0.1:8080      0.0.0.0:*                  1000    501  web(12)/6 web(13)/6
tcp   ESTABLISHED      32      16  127.0.0.1:8080      10.0.0.2:49153             1000    502  web(12)/9
tcp   TIME_WAIT         0       0  127.0.0.1:8080      10.0.0.3:49154                0
tcp6  LISTEN            0       0  [::1]:80            [::]:*                        0    503
udp   UNCONN            0       0  0.0.0.0:53          0.0.0.0:*                   101    504  a;b/c (d)(99)/3
unix  LISTEN                       /run/a b                               stream          505  a;b/c (d)(99)/4
unix  UNCONN                       *                                      dgram           506
";
    assert_eq!(table, expected);
}

#[test]
fn without_a_subcommand_it_lists_sockets() {
    let tree = Tree::small();
    let plain = run([&tree.root()[..], &["-l", "--format", "csv"]].concat());
    assert_eq!(plain.complete().out, sockets(&tree, &["-l", "--format", "csv"]).out);
    let host_proc = procnet().env("HOST_PROC", tree.path()).output().expect("it runs");
    assert_eq!(String::from_utf8(host_proc.stdout).unwrap(), sockets(&tree, &[]).out);
}

#[test]
fn filters_are_those_of_the_query() {
    let tree = Tree::small();
    let inodes = |args: &[&str]| -> Vec<Value> {
        let found = sockets(&tree, &[args, &["--format", "ndjson"]].concat()).complete().lines();
        found.iter().map(|socket| socket["inode"].clone()).collect()
    };
    assert_eq!(inodes(&["--kind", "tcp6,udp"]), [503, 504]);
    assert_eq!(inodes(&["--kind", "udp4", "--kind", "unix"]), [504, 505, 506]);
    assert_eq!(inodes(&["--state", "estab,TIME-WAIT"]), [json!(502), Value::Null]);
    assert_eq!(inodes(&["--listening"]), [501, 503, 504, 505, 506]);
    // Explicit states win.
    assert_eq!(inodes(&["-l", "--state", "estab"]), [502]);
    assert_eq!(inodes(&["-l", "state established state syn-sent"]), [502]);
    assert_eq!(inodes(&["-l", "exclude", "listening", "inode", "=", "502"]), [502]);
    assert_eq!(inodes(&["-l", "sport = :8080"]), [501]);
    // The types of unix sockets.
    assert_eq!(inodes(&["-A", "unix_dgram"]), [506]);
    assert_eq!(inodes(&["-A", "tcp6,u_str"]), [503, 505]);
    assert_eq!(inodes(&["-A", "unix,!unix_stream"]), [506]);
    // Of unix sockets alone, a value is the pattern of a name.
    assert_eq!(inodes(&["-x", "src", "*/A\\ [a-c]"]), [505]);
    assert_eq!(inodes(&["-l", "--kind", "inet4"]), [501, 504]);
    assert_eq!(inodes(&["--port", "8080", "-l"]), [501]);
}

#[test]
fn options_of_ss_have_their_meaning() {
    let tree = Tree::small();
    let inodes = |args: &[&str]| -> Vec<u64> {
        let found = sockets(&tree, &[args, &["--format", "ndjson"]].concat()).complete().lines();
        found.iter().filter_map(|socket| socket["inode"].as_u64()).collect()
    };
    assert_eq!(inodes(&["-tanp"]), [501, 502, 503]);
    assert_eq!(inodes(&["-ltnp"]), [501, 503]);
    assert_eq!(inodes(&["-tuln"]), [501, 503, 504]);
    assert_eq!(inodes(&["-x"]), [505, 506]);
    assert_eq!(inodes(&["-4"]), [501, 502, 504]);
    assert_eq!(inodes(&["-6t"]), [503]);
    assert_eq!(inodes(&["-A", "udp,unix"]), [504, 505, 506]);
    // The last of -a and -l wins.
    assert_eq!(inodes(&["-ltna"]), [501, 502, 503]);
    assert_eq!(inodes(&["-tanl"]), [501, 503]);
    assert_eq!(inodes(&["-t", "--state", "connected"]), [502]);
    // -s prints counts, as in ss.
    tree.file("1/net/sockstat", "sockets: used 40\nTCP: inuse 5 orphan 1 tw 2 alloc 8 mem 3\n");
    tree.file("1/net/sockstat6", "TCP6: inuse 2\n");
    tree.file("1/net/snmp", "Tcp: CurrEstab\nTcp: 4\n");
    let counted = sockets(&tree, &["-st"]).complete().out;
    let summary = ["summary", "--kernel", "-t"];
    assert_eq!(counted, run([&summary, &tree.root()[..]].concat()).complete().out);
    assert!(counted.starts_with("By"), "{counted}");
    let kernel = "\
kernel       40  established:4 closed:1 orphaned:1 time_wait:2
in use        7  tcp:5 tcp6:2
";
    assert!(counted.ends_with(kernel), "{counted}");
}

#[test]
fn conditions_are_expressions_of_ss_or_options() {
    let tree = Tree::small();
    let inodes = |args: &[&str]| -> Vec<u64> {
        let found = sockets(&tree, &[args, &["--format", "ndjson"]].concat()).complete().lines();
        found.iter().filter_map(|socket| socket["inode"].as_u64()).collect()
    };
    let words = |words: &str| inodes(&words.split(' ').collect::<Vec<_>>());
    assert_eq!(words("state listening sport = :80"), [503]);
    assert_eq!(words("-ta state established dst 10.0.0.0/8"), [502]);
    assert_eq!(words("sport = :http-alt and not uid = 0"), [501, 502]);
    assert_eq!(words("-t ( sport = :80 or dport = :49153 )"), [502, 503]);
    assert_eq!(inodes(&["-t", "( sport = :80 or dport = :49153 )"]), [502, 503]);
    assert_eq!(words("comm = web state listen"), [501]);
    // Options may follow, and apply as well.
    assert_eq!(words("sport = :8080 -l"), [501]);
    assert_eq!(words("--port 8080 --remote 10.0.0.2"), [502]);
    assert_eq!(words("--sport http-alt,domain"), [501, 502, 504]);
    assert_eq!(words("--port 50-100"), [503, 504]);
    assert_eq!(words("--dport 49153"), [502]);
    assert_eq!(words("--local 127.0.0.0/8:8080 -l"), [501]);
    assert_eq!(words("--process w*b"), [501, 502]);
    assert_eq!(words("--uid 1000,101 -4"), [501, 502, 504]);
    let plain = run([&tree.root()[..], &["state", "listening", "sport", "=", ":80"]].concat());
    assert!(plain.complete().out.contains("[::1]:80"));
    let counted = ["summary", "-t", "state", "listening", "--format", "ndjson"];
    let counts = run([&counted, &tree.root()[..]].concat()).complete().lines();
    assert_eq!(counts.iter().find(|count| count["by"] == "state").unwrap()["sockets"], 1);
}

#[test]
fn an_invalid_expression_reports_what_was_expected() {
    for (args, messages) in [
        (&["socket"][..], "socket is neither a command"),
        (&["sockets", "sport", "="], "column 8: expected a port"),
        (&["-t", "sport = :80 or"], "expected a condition"),
        (&["--port", "htps"], ":https"),
        (&["--port", "9-8"], "--port"),
        (&["--remote", "10.0.0.256"], "--remote"),
        (&["-4", "dst", "[::1]"], "an address"),
        (&["-4", "src", "inet6:*"], "an address"),
        (&["-t", "src", "unix:/run/*"], "an address"),
        (&["--uid", "no:such:user"], "a number"),
        (&["--netns", ""], "ip netns"),
    ] {
        let ran = run(args);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{args:?}");
        assert!(ran.err.contains(messages), "{args:?}: {}", ran.err);
    }
}

#[test]
fn sockets_have_their_network_namespace_on_request() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("an address").port().to_string();
    let link = fs::read_link("/proc/self/ns/net").expect("the own namespace");
    let link = link.to_str().expect("ASCII").trim_matches(|c: char| !c.is_ascii_digit()).to_owned();
    let pid = std::process::id().to_string();
    for netns in ["own", &pid, "/proc/self/ns/net"] {
        let found = |format| run(["-lt", "--port", &port, "--netns", netns, "--format", format]);
        let socket = found("ndjson").lines()[0].clone();
        assert_eq!(socket["netns"]["inode"].to_string(), link, "{netns}");
        let records = found("csv").records();
        let at = records[0].iter().position(|key| key == "netns").expect("a column");
        assert_eq!(records[1][at], link, "{netns}");
        let table = found("table").out;
        assert!(table.contains("Netns") && table.contains(&link), "{table}");
        let groups = run(["top", "--by", "netns", "-lt", "--netns", netns, "--format", "json"]);
        assert!(groups.array()[0]["netns"].as_str().expect("a text").contains(&link));
    }
    let ran = run(["--netns", "no such namespace"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("/run/netns/no such namespace"), "{}", ran.err);
}

#[test]
fn headings_can_be_omitted() {
    let tree = Tree::small();
    let table = sockets(&tree, &["-H", "-l", "--port", "80"]).complete().out;
    assert_eq!(table, "tcp6  LISTEN  0  0  [::1]:80  [::]:*  0  503\n");
    let csv = sockets(&tree, &["-H", "--port", "80", "--format", "csv"]).complete().out;
    assert_eq!(csv, "tcp6,LISTEN,::1,80,::,0,0,503,0,0,,,,,,\n");
}

#[test]
fn only_terminals_have_colors_by_default() {
    let tree = Tree::small();
    let plain = sockets(&tree, &[]).complete().out;
    let coloured = sockets(&tree, &["--color", "always"]).complete().out;
    assert!(coloured.contains("\x1b[32mLISTEN\x1b[0m") && !plain.contains('\x1b'));
    let mut pieces = coloured.split('\x1b');
    let first = pieces.next().unwrap().to_owned();
    let without = pieces.fold(first, |text, piece| text + piece.split_once('m').unwrap().1);
    assert_eq!(without, plain, "colours move nothing");
    for format in ["json", "ndjson", "csv"] {
        let out = sockets(&tree, &["--color", "always", "--format", format]).complete().out;
        assert!(!out.contains('\x1b'), "{format}");
    }
}

#[test]
fn only_sockets_of_the_given_process_are_listed() {
    let tree = Tree::small();
    // A process has the tables of its own network namespace.
    fs::create_dir_all(tree.path().join("12")).unwrap();
    std::os::unix::fs::symlink("../1/net", tree.path().join("12/net")).unwrap();
    let found = sockets(&tree, &["--pid", "12", "--format", "ndjson"]).complete().lines();
    let owners: Vec<&Value> = found.iter().map(|socket| &socket["owners"]).collect();
    let web = |fd: u32| json!([{"pid": 12, "fd": fd, "comm": "web"}]);
    assert_eq!(owners, [&web(6), &web(9)]);
    let bare = sockets(&tree, &["--pid", "12", "--no-owners", "--format", "ndjson"]);
    assert!(bare.lines().iter().all(|socket| socket["owners"] == json!([])));
}

#[test]
fn no_owners_reads_no_process() {
    let tree = Tree::small();
    // An unreadable process, which would be reported.
    tree.file("77/fd", "not a directory");
    let table = sockets(&tree, &["--no-owners", "--format", "json"]).complete();
    assert!(table.array().iter().all(|socket| socket["owners"] == json!([])));
}

/// Captures have no sock_diag: a fallback is reported, and without one it is a failure.
#[test]
fn an_unavailable_source() {
    let tree = Tree::small();
    let plain = sockets(&tree, &["--format", "json"]).complete();
    // The default does not report the fallback.
    assert_eq!(
        sockets(&tree, &["--format", "json", "--source", "procfs"]).complete().out,
        plain.out
    );
    let auto = sockets(&tree, &["--format", "json", "--source", "auto"]);
    assert_eq!((auto.code, &auto.out), (0, &plain.out), "nothing is missing");
    let why = "tcp, tcp6, udp, udp6, unix: the root is ";
    assert!(auto.err.contains(why) && auto.err.lines().count() == 1, "{}", auto.err);
    let netlink = sockets(&tree, &["--format", "json", "--source", "netlink"]);
    assert_eq!((netlink.code, &*netlink.out), (2, ""));
    assert!(netlink.err.contains("not available from sock_diag"), "{}", netlink.err);
}

#[test]
fn max_reports_what_it_omits_and_is_no_failure() {
    let tree = Tree::small();
    let ran = sockets(&tree, &["--max", "2", "--format", "ndjson"]);
    assert_eq!((ran.code, ran.lines().len()), (0, 2));
    assert!(ran.err.contains("stopped after 2 sockets"), "{}", ran.err);
    sockets(&tree, &["--max", "7"]).complete();
}

#[test]
fn unreadable_tables_are_reported_with_exit_code_1() {
    let tree = Tree::small();
    tree.file("77/fd", "not a directory");
    let bad = row("0100007F:1F90 ZZZZZZZZ:0000", "0A", "00000000:00000000", 0, 9);
    let table = fs::read_to_string(tree.path().join("1/net/udp")).unwrap();
    tree.file("1/net/udp", [table, bad].concat());
    let ran = sockets(&tree, &["--format", "json"]);
    assert_eq!((ran.code, ran.array().len()), (1, 7));
    let messages: Vec<&str> = ran.err.lines().collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].starts_with("procnet: table udp, line 3, column "), "{messages:?}");
    assert!(
        messages[1].starts_with("procnet: 1 process: ") && messages[1].ends_with("pid 77"),
        "{messages:?}"
    );
}

#[test]
fn a_tree_without_sockets_is_an_empty_result() {
    let tree = Tree::new();
    assert_eq!(sockets(&tree, &["--format", "json"]).complete().out, "[]\n");
    assert_eq!(sockets(&tree, &["--format", "ndjson"]).complete().out, "");
    assert_eq!(sockets(&tree, &["--format", "csv"]).complete().records().len(), 1);
    assert!(sockets(&tree, &[]).complete().out.starts_with("Kind  State"));
}

#[test]
fn a_failure_is_exit_code_2_and_prints_nothing() {
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().to_str().unwrap();
    let tree = Tree::small();
    let [root, path] = tree.root();
    for (args, cause) in [
        (
            ["--root", "/nonexistent/proc", "--max", "1"],
            "/nonexistent/proc: cannot be read: No such",
        ),
        (["--root", empty, "--max", "1"], "no network tables here"),
        ([root, path, "--pid", "4242"], "no such process"),
    ] {
        for format in ["table", "json", "ndjson", "csv"] {
            let ran = run([&["sockets", "--format", format], &args[..]].concat());
            assert_eq!((ran.code, &*ran.out), (2, ""), "{args:?}");
            assert!(ran.err.starts_with("procnet: ") && ran.err.contains(cause), "{}", ran.err);
            assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        }
    }
}

#[test]
fn a_name_of_any_bytes_round_trips_and_is_escaped() {
    let name: Vec<u8> = (1..=255).filter(|byte| *byte != b'\n').collect();
    let comm: Vec<u8> = (0x80..0x8F).collect();
    let tree = Tree::new();
    let row = b"ffff: 00000002 00000000 00010000 0001 01 505 ";
    tree.file("1/net/unix", [UNIX_HEADING.as_bytes(), row, &name, b"\n"].concat());
    tree.process(5, "x", &[(3, 505)]);
    let stat = [b"5 (".as_slice(), &comm, b") S ", &b"0 ".repeat(20)].concat();
    tree.file("5/stat", stat);
    let back = |text: &str| unescape(text).collect::<Result<Vec<u8>, _>>().expect("escapes");

    let object = &sockets(&tree, &["--format", "json"]).complete().array()[0];
    assert_eq!(back(object["name"].as_str().unwrap()), name);
    assert_eq!(back(object["owners"][0]["comm"].as_str().unwrap()), comm);
    let record = &sockets(&tree, &["--format", "csv"]).complete().records()[1];
    assert_eq!(back(&record[13]), name);
    assert_eq!(back(record[14].strip_prefix("5/3/").unwrap()), comm);
    for format in ["table", "json", "ndjson", "csv"] {
        let out = sockets(&tree, &["--format", format]).out;
        assert!(out.chars().all(|c| c == '\n' || !c.is_control()), "{out:?}");
    }
}
