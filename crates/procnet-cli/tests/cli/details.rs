//! `-e`, `-i`, `-m`, `-o`, `-B`: additional columns, on sockets of this host.

use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::{
    run::{Ran, run, skipped},
    tree::{TCP_HEADING, Tree, row},
};

/// A listener and a connection to it.
struct Scene {
    port: String,
    _held: (TcpListener, TcpStream, TcpStream),
}

impl Scene {
    fn new() -> Scene {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let here = listener.local_addr().expect("an address");
        let client = TcpStream::connect(here).expect("a connection");
        let (server, _) = listener.accept().expect("its other end");
        Scene { port: here.port().to_string(), _held: (listener, client, server) }
    }

    fn ask(&self, args: &[&str]) -> Ran {
        run([&["sockets", "-t", "--port", &self.port, "--no-owners"], args].concat())
    }
}

fn has_diagnostics() -> bool {
    let has = run(["-t", "--no-owners", "--max", "1", "--source", "netlink"]).code == 0;
    if !has {
        skipped("this kernel has no sock_diag, which alone provides details");
    }
    has
}

#[test]
fn csv_keys_are_the_paths_of_json() {
    if !has_diagnostics() {
        return;
    }
    let scene = Scene::new();
    // Values such as times change between two runs; their types do not.
    let args = ["-iemo", "-a"];
    let objects = scene.ask(&[&args[..], &["--format", "ndjson"]].concat()).complete().lines();
    let records = scene.ask(&[&args[..], &["--format", "csv"]].concat()).complete().records();
    assert_eq!((objects.len(), records.len()), (2, 3));
    let mut present = 0;
    for (object, record) in objects.iter().zip(&records[1..]) {
        for (key, field) in records[0].iter().zip(record).filter(|(key, _)| *key != "owners") {
            let value = key.split('.').fold(object, |value, key| &value[key]);
            assert_eq!(value.is_null(), field.is_empty(), "{key}: {value} and {field:?}");
            present += usize::from(key.starts_with("details.") && !value.is_null());
        }
    }
    assert!(present > 30, "{present}: {objects:?}");
    let connection = &objects[1];
    assert_eq!(connection["state"], "ESTABLISHED");
    assert!(connection["details"]["tcp_info"]["snd_cwnd"].as_u64() > Some(0), "{connection}");
    assert!(connection["details"]["memory"]["receive_limit"].as_u64() > Some(0), "{connection}");
    assert!(connection["cookie"].as_u64() > Some(0), "{connection}");
    assert_eq!(objects[0]["backlog"].as_u64().map(|backlog| backlog > 0), Some(true));
}

#[test]
fn every_option_has_its_columns() {
    if !has_diagnostics() {
        return;
    }
    let scene = Scene::new();
    let heading = |args: &[&str]| {
        let table = scene.ask(&[&["-a"], args].concat()).complete().out;
        table.lines().next().expect("a heading").to_owned()
    };
    let plain = heading(&[]);
    for (letter, columns) in
        [("-i", ["Rtt ms", "Cwnd"]), ("-m", ["Rcvbuf", "Sndbuf"]), ("-e", ["Cookie", "Inode"])]
    {
        let heading = heading(&[letter]);
        assert!(columns.iter().all(|column| heading.contains(column)), "{letter}: {heading}");
        assert!(!plain.contains(columns[0]), "{plain}");
    }
}

#[test]
fn a_listener_shows_its_backlog_as_in_ss() {
    if !has_diagnostics() {
        return;
    }
    let scene = Scene::new();
    let table = scene.ask(&["-l", "--source", "netlink", "-H"]).complete().out;
    let cells: Vec<&str> = table.split_whitespace().collect();
    assert_eq!((cells[1], cells[2]), ("LISTEN", "0"), "{table}");
    assert!(cells[3].parse::<u32>().expect("a backlog") > 0, "{table}");
}

#[test]
fn bound_inactive_sockets_are_listed_on_request() {
    if !has_diagnostics() {
        return;
    }
    // Bound to a port, neither listening nor connected.
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    )
    .expect("a socket");
    let address: std::net::SocketAddr = "127.0.0.1:0".parse().expect("an address");
    rustix::net::bind(&socket, &address).expect("a port");
    let bound = rustix::net::getsockname(&socket).expect("its address");
    let bound = std::net::SocketAddr::try_from(bound).expect("of IPv4").port().to_string();
    let ask = |args: &[&str]| {
        let args = [&["-t", "--port", &bound, "--format", "ndjson"], args].concat();
        run(args).lines()
    };
    assert_eq!(ask(&[]), Vec::<Value>::new());
    match &ask(&["-B"])[..] {
        [] => skipped("this kernel does not report bound inactive sockets"),
        [socket] => assert_eq!(socket["state"], "BOUND_INACTIVE"),
        several => panic!("{several:?}"),
    }
}

#[test]
fn timers_come_from_either_source() {
    let tree = Tree::new();
    let rows = [
        row("0100007F:1F90 0200000A:C001", "01", "00000000:00000000", 0, 1)
            .replace("00:00000000 00000000", "01:00000019 00000003"),
        row("0100007F:1F91 0200000A:C001", "06", "00000000:00000000", 0, 0)
            .replace("00:00000000", "03:00001770"),
        row("0100007F:1F92 0200000A:C001", "01", "00000000:00000000", 0, 2),
        // Probes are counted in another column.
        row("0100007F:1F93 0200000A:C001", "01", "00000000:00000000", 0, 3)
            .replace(" 00:00000000 ", " 02:00000064 ")
            .replace("        0 3 1", "        4 3 1"),
        row("0100007F:1F94 0200000A:C001", "01", "00000000:00000000", 0, 4)
            .replace(" 00:00000000 ", " 04:00000064 ")
            .replace("        0 4 1", "        5 4 1"),
        // Linux 3.0 prints an overdue timer as a negative number.
        row("0100007F:1F95 0200000A:C001", "01", "00000000:00000000", 0, 5)
            .replace(" 00:00000000 ", " 01:FFFFFFFFFFFFFFFE "),
    ];
    tree.file("1/net/tcp", [TCP_HEADING, &rows.concat()].concat());
    let ask =
        |format: &str| run([&["-to", "--format", format], &tree.root()[..]].concat()).complete();
    let timers: Vec<String> = ask("ndjson")
        .lines()
        .iter()
        .map(|socket| {
            format!("{} {} {}", socket["timer"], socket["timer_ms"], socket["timer_retransmits"])
        })
        .collect();
    let expected = [
        "\"retransmit\" 250 3",
        "\"time-wait\" 60000 0",
        "null null null",
        "\"keepalive\" 1000 4",
        "\"probe\" 1000 5",
        "\"retransmit\" 0 0",
    ];
    assert_eq!(timers, expected);
    let table = ask("table").out;
    assert!(table.contains("retransmit 250ms x3") && table.contains("time-wait 1m00s"), "{table}");

    if !has_diagnostics() {
        return;
    }
    let scene = Scene::new();
    let sources = ["procfs", "netlink"].map(|source| {
        let args = ["-o", "--source", source, "--format", "ndjson", "state", "established"];
        scene.ask(&args).complete().lines()[0]["timer"].clone()
    });
    assert_eq!(sources[0], sources[1]);
}

#[test]
fn details_missing_from_proc_are_reported() {
    let ran = run(["-ti", "--max", "1", "--no-owners", "--source", "procfs"]);
    assert!(ran.err.contains("details"), "{}", ran.err);
}

/// A tree with details of processes.
fn units() -> Tree {
    let tree = Tree::small();
    let name = "0123456789abcdef".repeat(4);
    for (pid, cgroup) in [
        (12, format!("0::/system.slice/docker-{name}.scope\n")),
        (13, "0::/system.slice/web.service\n".to_owned()),
    ] {
        tree.file(&format!("{pid}/cgroup"), cgroup);
        tree.file(&format!("{pid}/cmdline"), b"/usr/bin/web\0-c\0evil\x1b[31m\0");
        std::os::unix::fs::symlink("/usr/bin/web", tree.path().join(format!("{pid}/exe"))).unwrap();
    }
    tree
}

#[test]
fn owners_with_details_of_their_processes() {
    let tree = units();
    let ask = |args: &[&str]| run([&["sockets"], &tree.root()[..], args].concat()).complete();
    let objects = ask(&["-lt", "--port", "8080", "-pp", "--format", "ndjson"]).lines();
    let processes = objects[0]["processes"].as_array().expect("an array");
    assert_eq!(processes.len(), 2);
    let web = &processes[1];
    let expected = serde_json::json!({
        "pid": 13, "ppid": 0, "exe": "/usr/bin/web",
        "cmdline": ["/usr/bin/web", "-c", "evil\\x1B[31m"],
        "cgroup": "/system.slice/web.service", "container": null, "pod": null, "unit": "web.service",
    });
    assert_eq!(*web, expected);
    assert_eq!(processes[0]["container"].as_str().map(str::len), Some(64));
    // CSV has the same text.
    let args = ["-lt", "--port", "8080", "--process-detail", "--format", "csv"];
    let records = ask(&args).records();
    let at = records[0].iter().position(|key| key == "processes").expect("a column");
    let same: Value = serde_json::from_str(&records[1][at]).expect("JSON");
    assert_eq!(same, objects[0]["processes"]);
    let table = ask(&["-lt", "--port", "8080", "-pp"]).out;
    assert!(table.contains("0123456789ab web.service"), "{table}");
    assert!(table.contains(r"web -c evil\x1B[31m"), "{table}");
    // Absent by default.
    assert!(ask(&["-lt", "--format", "ndjson"]).lines()[0]["processes"].is_null());
}

#[test]
fn sockets_are_grouped_by_unit_and_container() {
    let tree = units();
    let ask = |by: &str| {
        let args = [&["top", "--by", by, "-t", "--format", "json"], &tree.root()[..]].concat();
        run(args).complete().array()
    };
    let units = ask("unit");
    let find = |unit: &str| units.iter().find(|group| group["unit"] == unit).expect("a group");
    assert_eq!(find("web.service")["sockets"], 1);
    let name = "0123456789abcdef".repeat(4);
    assert_eq!(find(&format!("docker-{name}.scope"))["sockets"], 2);
    assert!(ask("container").iter().any(|group| group["container"] == name.as_str()));
    assert!(ask("cgroup").iter().any(|group| group["cgroup"] == "/system.slice/web.service"));
}

#[test]
fn what_owners_run_in_has_columns_of_its_own() {
    let tree = units();
    let uid = "2f4ab1c0-98b1-4d2e-8f0e-6d3f0c7a1b22";
    let name = "0123456789abcdef".repeat(4);
    let cgroup = format!("0::/kubepods/burstable/pod{uid}/{name}\n");
    tree.file("13/cgroup", cgroup);
    let ask = |args: &[&str]| run([&["sockets"], &tree.root()[..], args].concat()).complete();
    let fields = ["-lt", "--port", "8080", "--fields", "pod,container,unit"];
    let objects = ask(&[&fields[..], &["--format", "ndjson"]].concat()).lines();
    let unit = format!("docker-{name}.scope");
    assert_eq!(objects[0]["pods"], serde_json::json!([uid]));
    assert_eq!(objects[0]["containers"], serde_json::json!([name]));
    assert_eq!(objects[0]["units"], serde_json::json!([unit]));
    assert!(objects[0]["cgroups"].is_null() && objects[0]["processes"].is_null());
    crate::schema::valid("socket.json", &objects);
    let records = ask(&[&fields[..], &["--format", "csv"]].concat()).records();
    let at = records[0].iter().position(|key| key == "units").expect("a column");
    assert_eq!(records[0][at..], ["units", "containers", "pods"]);
    assert_eq!(records[1][at..], [&unit, &name, uid]);
    let table = ask(&fields).out;
    assert!(table.contains(&format!("0123456789ab  {uid}")), "{table}");
    let groups = run([&["top", "--by", "pod", "--format", "json"], &tree.root()[..]].concat());
    let groups = groups.complete().array();
    assert!(groups.iter().any(|group| group["pod"] == uid && group["sockets"] == 1), "{groups:?}");
    crate::schema::valid("group.json", &groups);
    let detailed = ask(&["-lt", "--port", "8080", "-pp", "--format", "ndjson"]).lines();
    assert_eq!(detailed[0]["processes"][1]["pod"], uid);
    crate::schema::valid("socket.json", &detailed);
    // In a watch, too.
    let watch = ask(&[&fields[..], &["--watch", "0.05", "--times", "1"]].concat()).out;
    assert!(watch.contains(&format!("0123456789ab  {uid}")), "{watch}");
    // Ids are shortened in groups for people.
    let shown = run([&["top", "--by", "container"], &tree.root()[..]].concat()).out;
    assert!(shown.contains("0123456789ab ") && !shown.contains(&name), "{shown}");
}

#[test]
fn hidden_owners_have_no_details() {
    let Some(mut nobody) = crate::privilege::as_nobody() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("an address").port().to_string();
    nobody.command.args(["-ltpp", "--port", &port, "--format", "ndjson"]);
    let ran = Ran::from(nobody.command.output().expect("it runs"));
    // Details are not read for hidden owners.
    assert_eq!((ran.code, &ran.lines()[0]["processes"]), (1, &serde_json::json!([])));
    drop(listener);
}

#[test]
fn hostile_process_names_are_escaped() {
    let bytes: Vec<u8> = (1..=255).filter(|byte| !b"\n/".contains(byte)).collect();
    let tree = Tree::small();
    let cgroup = [b"0::/", &bytes[..], b".service\n"].concat();
    for pid in [12, 13] {
        tree.file(&format!("{pid}/cgroup"), &cgroup);
        tree.file(&format!("{pid}/cmdline"), [&bytes[..], b"\0", &bytes, b"\0"].concat());
        let exe: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(&bytes);
        std::os::unix::fs::symlink(exe, tree.path().join(format!("{pid}/exe"))).expect("a link");
        let begin = format!("{pid} (").into_bytes();
        let stat = [&begin[..], &bytes[..15], b") S ", &b"0 ".repeat(20)].concat();
        tree.file(&format!("{pid}/stat"), stat);
    }
    let dev = [b"h\nh\n", &b"\x1b[31m\x9b: "[..], &b"1 ".repeat(16), b"\n"].concat();
    tree.file("1/net/dev", dev);
    for args in [
        &["sockets", "-pp"][..],
        &["sockets", "-t", "--sort", "unit", "-pp"],
        &["top", "--by", "process,unit,cgroup,container,pod"],
        &["sockets", "--fields", "cgroup,unit,container,pod"],
        &["sockets", "-pp", "--watch", "0.05", "--times", "2"],
        &["top", "--by", "comm,unit", "--watch", "0.05", "--times", "2"],
        &["dev", "--watch", "0.05", "--times", "2"],
        &["explain"],
    ] {
        for format in ["table", "json", "ndjson", "csv"] {
            let ran = run([args, &["--format", format], &tree.root()[..]].concat());
            // Some formats cannot be watched.
            assert!(ran.code == 0 || args.contains(&"--watch"), "{args:?} {format}: {}", ran.err);
            let shown = ran.out.chars().chain(ran.err.chars());
            assert!(shown.into_iter().all(|c| c == '\n' || !c.is_control()), "{args:?} {format}");
        }
    }
    let objects = run([&["-t", "-pp", "--format", "ndjson"], &tree.root()[..]].concat()).lines();
    let word = objects[1]["processes"][0]["cmdline"][1].as_str().expect("a text");
    let back: Result<Vec<u8>, usize> = procnet::decode::escape::unescape(word).collect();
    assert_eq!(back, Ok(bytes));
}
