//! `--resolve`: names of addresses, also if the resolver is hostile or silent. In namespaces of its own,
//! with files of the resolver of its own.

use std::{
    fs,
    net::{SocketAddr, TcpListener, UdpSocket},
    path::Path,
    time::{Duration, Instant},
};

use procnet_corpus::live::{self, private, skip};
use serde_json::json;

use crate::{
    run::{Ran, procnet},
    terminal::pane::{Pane, is_missing},
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

#[test]
fn events_are_not_resolved() {
    let ran = ask(&["-r", "--events"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("--resolve"), "{}", ran.err);
}
