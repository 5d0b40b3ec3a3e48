//! `--resolve`: names of addresses, also if the resolver is hostile or silent. In namespaces of its own,
//! with files of the resolver of its own.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use procnet_corpus::live::{self, private, skip};
use serde_json::json;

use crate::{
    run::{Ran, procnet},
    terminal::pane::{Pane, is_missing},
    tree::{TCP_HEADING, Tree, row},
};

/// Replaces a file of the resolver in this mount namespace.
fn replace(dir: &Path, name: &str, text: impl AsRef<[u8]>) {
    let (file, target) = (dir.join(name), Path::new("/etc").join(name));
    fs::write(&file, text).expect("a file");
    if !target.exists() {
        skip(&format!("{} is not there", target.display()));
    }
    let mount = ["mount", "--bind", &file.to_string_lossy(), &target.to_string_lossy()];
    if let Err(why) = live::run(&mount) {
        skip(&format!("files of the resolver cannot be replaced: {why}"));
    }
}

/// Listeners on these addresses of the loopback network.
fn listeners(last: impl IntoIterator<Item = u8>) -> Vec<TcpListener> {
    let listen =
        |last| TcpListener::bind(SocketAddr::from(([127, 0, 9, last], 7000))).expect("a listener");
    last.into_iter().map(listen).collect()
}

fn ask(args: &[&str]) -> Ran {
    procnet().args(args).output().expect("it runs").into()
}

const HOSTS: &[u8] = b"127.0.9.1 web.example.net alias\n\
    127.0.9.2 evil\x1b[31m.example\n\
    127.0.9.3 10.0.0.1\n\
    127.0.9.4 \xff\xfe\n\
    127.0.9.6 a:443\n";

#[test]
fn names_are_shown_and_hostile_ones_are_not() {
    private(|_| {
        let dir = tempfile::tempdir().expect("a directory");
        replace(dir.path(), "hosts", HOSTS);
        replace(dir.path(), "nsswitch.conf", "hosts: files\n");
        let _held = listeners(1..=6);
        let args = ["-lt", "-r", "--no-owners", "--port", "7000", "--sort", "local"];
        let table = ask(&args);
        let ends = |text: &str| -> Vec<String> {
            let rows = text.lines().skip(1).map(|line| line.split_whitespace());
            rows.filter_map(|mut words| words.nth(4).map(str::to_owned)).collect()
        };
        let expected = [
            "web.example.net:7000",
            "127.0.9.2:7000",
            "127.0.9.3:7000",
            "127.0.9.4:7000",
            "127.0.9.5:7000",
            "127.0.9.6:7000",
        ];
        assert_eq!(ends(&table.out), expected, "{}", table.out);
        assert!(table.out.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", table.out);
        let said =
            "procnet: 4 of 6 addresses are shown as numbers: the name is not that of a host\n";
        assert_eq!((table.code, &*table.err), (1, said));
        // For programs, both.
        let objects = ask(&[&args[..], &["--format", "json"]].concat()).array();
        assert_eq!(objects[0]["local_addr"], "127.0.9.1");
        assert_eq!(objects[0]["local_name"], "web.example.net");
        assert_eq!(
            (&objects[1]["local_name"], &objects[0]["remote_name"]),
            (&json!(null), &json!(null))
        );
        crate::schema::valid("socket.json", &objects);
        let records = ask(&[&args[..], &["--format", "csv"]].concat()).records();
        let at = records[0].iter().position(|key| key == "local_name").expect("a column");
        assert_eq!((&*records[1][at], &*records[2][at]), ("web.example.net", ""));
        // The last of -n and -r wins, and numbers are the default.
        assert!(ask(&["-ltrn", "--no-owners", "--port", "7000"]).out.contains("127.0.9.1:7000"));
        assert!(ask(&["-lt", "--no-owners", "--port", "7000"]).out.contains("127.0.9.1:7000"));
        assert!(ask(&["-ltnr", "--no-owners", "--port", "7000"]).out.contains("web.example.net"));
        // Groups by address.
        let by = ["top", "-lt", "-r", "--by", "local", "--port", "7000", "--max", "1"];
        assert!(ask(&by).out.contains("web.example.net"));
        let groups = ask(&[&by[..], &["--format", "json"]].concat()).array();
        assert_eq!(groups[0]["local_name"], "web.example.net");
        crate::schema::valid("group.json", &groups);
    });
}

/// The resolver waits for a server that never answers, for longer than the command does.
#[test]
fn a_silent_resolver_delays_an_answer_by_seconds_and_holds_no_exit() {
    private(|_| {
        let dir = tempfile::tempdir().expect("a directory");
        replace(dir.path(), "hosts", "127.0.9.1 web.example.net\n");
        replace(dir.path(), "nsswitch.conf", "hosts: files dns\n");
        replace(dir.path(), "resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:3\n");
        let _silent = UdpSocket::bind("127.0.0.1:53").expect("a socket");
        let _held = listeners(1..=40);
        let began = Instant::now();
        let args = ["-lt", "-r", "--no-owners", "--port", "7000"];
        let ran = ask(&args);
        let waited = began.elapsed();
        assert!((3..25).contains(&waited.as_secs()), "{waited:?}");
        assert_eq!((ran.code, ran.out.lines().count()), (1, 41), "{}", ran.err);
        assert!(ran.out.contains("127.0.9.40:7000"), "{}", ran.out);
        let said = "of 40 addresses are shown as numbers: no answer within 3 seconds";
        assert!(ran.err.contains(said), "{}", ran.err);
        if is_missing() {
            return;
        }
        // A watch shows what it has, and ends at once.
        for (width, height) in [(80, 24), (120, 40), (50, 20)] {
            let watch = format!(
                "{} -ltr --no-owners --port 7000 --sort local --watch 60",
                env!("CARGO_BIN_EXE_procnet")
            );
            let pane = Pane::run(width, height, &watch);
            let shown = pane.until("a name", |shown| shown.contains("web.example.net:7000"));
            assert!(shown.contains("127.0.9.3:7000"), "{shown}");
            let began = Instant::now();
            pane.press("q");
            pane.ended();
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        }
    });
}

/// A running command, and its output.
fn start(args: &[&str]) -> Child {
    procnet().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
}

#[test]
fn events_have_names_beside_addresses() {
    private(|_| {
        let dir = tempfile::tempdir().expect("a directory");
        replace(dir.path(), "hosts", HOSTS);
        replace(dir.path(), "nsswitch.conf", "hosts: files\n");
        let tree = Tree::new();
        let tcp = |last: &[u8]| {
            let row = |last: &u8| {
                let ends = format!("{last:02X}09007F:1B58 00000000:0000");
                row(&ends, "0A", "00000000:00000000", 0, 500 + u64::from(*last))
            };
            TCP_HEADING.to_owned() + &last.iter().map(row).collect::<String>()
        };
        tree.file("1/net/tcp", tcp(&[5]));
        let args = ["-t", "-r", "--events", "--watch", "0.5", "--times", "6"];
        let child = start(&[&args[..], &tree.root()[..]].concat());
        // Between two of its looks.
        thread::sleep(Duration::from_millis(1200));
        tree.file("1/net/tcp", tcp(&[1, 2]));
        let ran = Ran::from(child.wait_with_output().expect("it ends"));
        let mut events = ran.lines();
        crate::schema::valid("event.json", &events);
        events.sort_by_key(|event| event["socket"]["inode"].as_u64());
        let of = |event: &serde_json::Value| {
            let of = |key: &str| event["socket"][key].clone();
            (event["event"].clone(), of("local_addr"), of("local_name"), of("remote_name"))
        };
        let expected = [
            (json!("appeared"), json!("127.0.9.1"), json!("web.example.net"), json!(null)),
            (json!("appeared"), json!("127.0.9.2"), json!(null), json!(null)),
            (json!("vanished"), json!("127.0.9.5"), json!(null), json!(null)),
        ];
        assert_eq!(events.iter().map(of).collect::<Vec<_>>(), expected);
        let said =
            "procnet: 1 of 3 addresses is shown as a number: the name is not that of a host\n";
        assert_eq!((ran.code, &*ran.err), (1, said));
    });
}

/// Makes connections to a port of this host until the command ends.
fn connect_until_end(mut child: Child) -> Ran {
    let listener = listeners([1]).pop().expect("a listener");
    let began = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not end");
        let address = listener.local_addr().expect("an address");
        drop((TcpStream::connect(address), listener.accept()));
        thread::sleep(Duration::from_millis(50));
    }
    child.wait_with_output().expect("it has ended").into()
}

#[test]
fn connections_that_end_have_names() {
    private(|_| {
        let dir = tempfile::tempdir().expect("a directory");
        replace(dir.path(), "hosts", HOSTS);
        replace(dir.path(), "nsswitch.conf", "hosts: files\n");
        let life = ["life", "-r", "--no-owners", "--event-source", "netlink", "--max", "2"];
        let ended = |more: &[&str]| connect_until_end(start(&[&life[..], more].concat()));
        let ran = ended(&["--format", "ndjson"]);
        let objects = ran.lines();
        assert_eq!((ran.code, objects.len()), (0, 2), "{}", ran.err);
        crate::schema::valid("life.json", &objects);
        for object in &objects {
            let end = if object["local_addr"] == "127.0.9.1" { "local" } else { "remote" };
            assert_eq!(object[format!("{end}_name")], "web.example.net", "{object}");
        }
        let records = ended(&["--format", "csv"]).records();
        let at = records[0].iter().position(|key| key == "local_name").expect("a column");
        assert!(
            records[1..]
                .iter()
                .all(|record| record[at..at + 2].contains(&"web.example.net".to_owned()))
        );
        let shown = ended(&[]).out;
        assert!(shown.contains("web.example.net:7000"), "{shown}");
        // Without -r they stay numeric.
        let numeric = [&life[..1], &life[2..], &["--format", "ndjson"]].concat();
        let ran = connect_until_end(start(&numeric));
        assert!(!ran.out.contains("_name"), "{}", ran.out);
        // Groups at the end.
        let groups = ["--for", "1.5", "--group-by", "local", "--format", "ndjson"];
        let ran = ended(&groups);
        let objects = ran.lines();
        crate::schema::valid("life_group.json", &objects);
        assert!(
            objects.iter().any(|group| group["local_name"] == "web.example.net"),
            "{}",
            ran.out
        );
    });
}

#[test]
fn a_silent_resolver_delays_no_line_for_long() {
    private(|_| {
        let dir = tempfile::tempdir().expect("a directory");
        replace(dir.path(), "hosts", "192.0.2.1 none.example\n");
        replace(dir.path(), "nsswitch.conf", "hosts: files dns\n");
        replace(dir.path(), "resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:3\n");
        let _silent = UdpSocket::bind("127.0.0.1:53").expect("a socket");
        let life = ["life", "-r", "--event-source", "netlink", "--max", "40", "--format", "ndjson"];
        let began = Instant::now();
        let ran = connect_until_end(start(&life));
        // Each address holds up one line, if at all.
        assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
        assert_eq!((ran.code, ran.lines().len()), (1, 40), "{}", ran.err);
        let said = "addresses are shown as numbers: no answer within 200 milliseconds";
        assert!(ran.err.contains(said), "{}", ran.err);
    });
}

/// The numbers of ended and unseen sockets in the title of a watch, and whether they may be more.
fn ended(shown: &str) -> Option<(u64, bool)> {
    let (before, _) = shown.lines().next()?.split_once(" ended, ")?;
    let count = before.rsplit(' ').next()?;
    let number = count.trim_start_matches('≥');
    Some((number.parse().ok()?, number != count))
}

#[test]
fn the_sockets_of_the_own_resolver_are_no_ends_in_a_watch() {
    if is_missing() {
        return;
    }
    private(|_| {
        let dir = tempfile::tempdir().expect("a directory");
        replace(dir.path(), "hosts", "192.0.2.1 none.example\n");
        replace(dir.path(), "nsswitch.conf", "hosts: files dns\n");
        replace(dir.path(), "resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
        let _silent = UdpSocket::bind("127.0.0.1:53").expect("a socket");
        let _held = listeners(1..=12);
        for args in ["-ltu", "top -ltu --by local"] {
            let watch = format!("{} {args} -r --watch 0.5", env!("CARGO_BIN_EXE_procnet"));
            let pane = Pane::run(80, 24, &watch);
            // Each question fails after a second, and its socket ends.
            pane.until("the failures", |shown| {
                assert!(ended(shown).is_none_or(|(ended, _)| ended == 0), "{args}: {shown}");
                shown.contains("shown as numbers")
            });
            // With nothing asked any more, nothing is in doubt.
            pane.until("certainty", |shown| {
                assert!(ended(shown).is_none_or(|(ended, _)| ended == 0), "{args}: {shown}");
                ended(shown) == Some((0, false))
            });
            // Those of others count.
            pane.until("ends of others", |shown| {
                drop(UdpSocket::bind("127.0.0.1:0").expect("a socket"));
                ended(shown).is_some_and(|(ended, _)| ended > 0)
            });
            pane.press("q");
        }
    });
}
