//! `procnet life`: a line for each connection that ended, with what is known of it; groups that add
//! up; and what is unknown or was lost is reported.

mod by_bpf;
mod notifications;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{PoisonError, RwLock},
    thread,
    time::{Duration, Instant},
};

use procnet_corpus::live::Sandbox;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

#[path = "../cli/schema/validator.rs"]
mod validator;

/// How long anything may take on a busy machine.
const SOON: Duration = Duration::from_secs(60);

/// Held by all but the test that makes so many notifications that those of others are late: one
/// queue has those of all network namespaces (net/core/sock_diag.c `broadcast_wq`).
static QUEUE: RwLock<()> = RwLock::new(());

/// In another network namespace, with its loopback interface up.
const OTHER_NETNS: [&str; 5] =
    ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];

/// Runs a test in a network namespace of its own.
fn private(test: impl Fn(&Sandbox)) {
    let _shared = QUEUE.read().unwrap_or_else(PoisonError::into_inner);
    procnet_corpus::live::private(test);
}

/// A running command.
struct Life {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Life {
    /// Starts it, and returns when it reports what ends.
    fn start(args: &[&str]) -> Life {
        Life::start_program(&[&[env!("CARGO_BIN_EXE_procnet"), "life"], args].concat())
    }

    fn start_program(words: &[&str]) -> Life {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env_remove("HOST_PROC").stdin(Stdio::null());
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let life = Life { child, out };
        let begin = Instant::now();
        while !life.handles_signals() {
            assert!(begin.elapsed() < SOON, "it does not begin");
            thread::sleep(Duration::from_millis(10));
        }
        life
    }

    /// Whether it has a handler of `SIGINT`, which it installs after its first look.
    fn handles_signals(&self) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = u64::from_str_radix(caught.expect("a mask").trim(), 16).expect("a mask");
        caught & 1 << (Signal::INT.as_raw() - 1) != 0
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The next line.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("UTF-8");
        line
    }

    /// The rest of its output, its exit code and its messages.
    fn end(self) -> (String, Option<i32>, String) {
        let Life { mut child, mut out } = self;
        let (mut text, mut messages) = (String::new(), String::new());
        out.read_to_string(&mut text).expect("UTF-8");
        child.stderr.take().unwrap().read_to_string(&mut messages).expect("UTF-8");
        (text, child.wait().unwrap().code(), messages)
    }

    /// The same after Ctrl-C.
    fn interrupt(self) -> (String, Option<i32>, String) {
        // The kernel notifies from a worker, which a busy machine delays.
        thread::sleep(Duration::from_millis(500));
        self.signal(Signal::INT);
        self.end()
    }
}

fn objects(schema: &str, text: &str) -> Vec<Value> {
    let object = |line: &str| -> Value {
        let object = serde_json::from_str(line).expect("an object");
        let faults = validator::faults(schema, &object);
        assert!(faults.is_empty(), "{faults:?}\n{object}");
        object
    };
    text.lines().map(object).collect()
}

fn ends(object: &Value) -> (SocketAddr, SocketAddr) {
    let end = |end: &str| {
        let ip = object[format!("{end}_addr")].as_str().unwrap().parse().unwrap();
        SocketAddr::new(ip, object[format!("{end}_port")].as_u64().unwrap().try_into().unwrap())
    };
    (end("local"), end("remote"))
}

/// A connection over loopback, with its two ends, the connecting one first.
fn connection(listener: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

/// Sends so many bytes to the accepted end, then closes both, this one first.
fn use_up((mut client, mut server): (TcpStream, TcpStream), bytes: usize) {
    client.write_all(&vec![0; bytes]).unwrap();
    server.read_exact(&mut vec![0; bytes]).unwrap();
    drop(client);
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
}

#[test]
fn every_format_has_the_same_connections() {
    private(|_| {
        let args = ["--event-source", "netlink", "--no-owners", "--format"];
        let start = |format| Life::start(&[&args[..], &[format]].concat());
        let (mut table, csv) = (start("table"), start("csv"));
        let (json, ndjson) = (start("json"), start("ndjson"));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        (1..=20).for_each(|bytes| use_up(connection(&listener), bytes));
        // Each row is printed as soon as its connection has ended.
        let head = table.line();
        assert!(head.starts_with("Kind") && head.contains("Retrans"), "{head}");
        let rows: Vec<String> = (0..40).map(|_| table.line()).collect();
        let (ndjson, code, messages) = ndjson.interrupt();
        assert_eq!((code, &*messages), (Some(0), ""));
        let objects = objects("life.json", &ndjson);
        assert_eq!(objects.len(), 40);
        let same = |objects: &[Value]| -> BTreeSet<_> { objects.iter().map(ends).collect() };
        let array: Vec<Value> = serde_json::from_str(&json.interrupt().0).expect("an array");
        assert_eq!(same(&array), same(&objects));
        let csv = csv.interrupt().0;
        let mut records = csv::Reader::from_reader(csv.as_bytes());
        let names = records.headers().unwrap().clone();
        let mut from_csv = BTreeSet::new();
        for record in records.records() {
            let record = record.unwrap();
            let field = |name: &str| &record[names.iter().position(|it| it == name).unwrap()];
            let end = |end: &str| -> SocketAddr {
                let (ip, port) = (field(&format!("{end}_addr")), field(&format!("{end}_port")));
                SocketAddr::new(ip.parse().unwrap(), port.parse().unwrap())
            };
            from_csv.insert((end("local"), end("remote")));
            assert_eq!(field("duration"), "");
        }
        assert_eq!(from_csv, same(&objects));
        for (local, remote) in from_csv {
            let at = |row: &str, end: SocketAddr| row.find(&format!(" {end} "));
            let has = |row: &String| matches!((at(row, local), at(row, remote)), (Some(local), Some(remote)) if local < remote);
            assert_eq!(rows.iter().filter(|row| has(row)).count(), 1, "{local} in {rows:?}");
        }
        assert_eq!(table.interrupt().0, "");
    });
}

#[test]
fn groups_add_up_and_are_printed_at_the_end() {
    private(|_| {
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = listeners.each_ref().map(|it| it.local_addr().unwrap().port());
        let args = ["--event-source", "netlink", "--format", "ndjson", "--group-by"];
        let life = Life::start(&[&args[..], &["port"]].concat());
        let by_kind = Life::start(&[&args[..], &["kind,process"]].concat());
        for (connections, listener) in (1..).zip(&listeners) {
            (0..connections).for_each(|_| use_up(connection(listener), 7));
        }
        let (text, code, messages) = life.interrupt();
        assert_eq!((code, &*messages), (Some(0), ""));
        let groups = objects("life_group.json", &text);
        for (connections, port) in (1..).zip(ports) {
            let group = groups.iter().find(|group| group["local_port"] == port).expect("a group");
            assert_eq!(group["connections"], connections);
            assert_eq!(group["bytes_received"], connections * 8);
            assert_eq!((&group["bytes_sent"], &group["timed"]), (&0.into(), &0.into()));
        }
        // The largest is the first.
        assert_eq!(groups[0]["local_port"], ports[2]);
        let (text, code, messages) = by_kind.interrupt();
        let groups = objects("life_group.json", &text);
        let total = |key: &str| groups.iter().map(|it| it[key].as_u64().unwrap()).sum::<u64>();
        assert_eq!((total("connections"), total("bytes_sent")), (12, 42));
        // Those without an owner were not seen by a look: that is reported.
        if groups.iter().any(|group| group["pid"].is_null()) {
            assert_eq!(code, Some(1));
            assert!(messages.contains("the owner is unknown"), "{messages}");
        }
    });
}

#[test]
fn each_remote_address_is_a_group_of_the_connections_to_and_from_it() {
    private(|_| {
        let args = ["--event-source", "netlink", "--format", "ndjson", "--group-by"];
        let by_remote = Life::start(&[&args[..], &["remote"]].concat());
        let by_both = Life::start(&[&args[..], &["remote,remote-port"]].concat());
        // Of each end, how many connections and bytes it sent.
        let mut expected = BTreeMap::<SocketAddr, (u64, u64)>::new();
        for last in 1..=3_u8 {
            let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 7, last), 0)).unwrap();
            for _connection in 0..last {
                let pair = connection(&listener);
                let (from, to) = (pair.0.local_addr().unwrap(), pair.1.local_addr().unwrap());
                use_up(pair, 7);
                for (remote, received) in [(from, 7), (to, 0)] {
                    let (connections, bytes) = expected.entry(remote).or_default();
                    (*connections, *bytes) = (*connections + 1, *bytes + received);
                }
            }
        }
        let groups = |life: Life| {
            let (text, code, messages) = life.interrupt();
            assert_eq!((code, &*messages), (Some(0), ""));
            objects("life_group.json", &text)
        };
        let found = |group: &Value| {
            // A FIN counts as a byte.
            let connections = group["connections"].as_u64().unwrap();
            (connections, group["bytes_received"].as_u64().unwrap() - connections)
        };
        let both: BTreeMap<SocketAddr, _> =
            groups(by_both).iter().map(|group| (remote_of(group), found(group))).collect();
        assert_eq!(both, expected);
        let mut by_address = BTreeMap::<String, (u64, u64)>::new();
        for (remote, (connections, bytes)) in expected {
            let group = by_address.entry(remote.ip().to_string()).or_default();
            *group = (group.0 + connections, group.1 + bytes);
        }
        let groups = groups(by_remote);
        assert!(groups.len() >= 3 && groups.iter().all(|it| it.get("remote_port").is_none()));
        let remote = groups
            .iter()
            .map(|group| (group["remote_addr"].as_str().unwrap().to_owned(), found(group)));
        assert_eq!(remote.collect::<BTreeMap<_, _>>(), by_address);
    });
}

/// The remote end that the connections of a group have in common.
fn remote_of(group: &Value) -> SocketAddr {
    let ip = group["remote_addr"].as_str().unwrap().parse().unwrap();
    SocketAddr::new(ip, group["remote_port"].as_u64().unwrap().try_into().unwrap())
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    private(|_| {
        for format in ["table", "json", "ndjson", "csv"] {
            let mut life = Life::start(&["--format", format]);
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            use_up(connection(&listener), 3);
            life.line();
            let Life { mut child, out } = life;
            drop(out);
            use_up(connection(&listener), 3);
            assert_eq!(child.wait().unwrap().code(), Some(0), "{format}");
            let mut messages = String::new();
            child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
            // Of looks, not of the end.
            assert!(!messages.contains("is unknown"), "{format}: {messages}");
            assert!(!messages.contains("standard output"), "{format}: {messages}");
        }
    });
}

#[test]
fn it_ends_after_a_number_or_a_time() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let life = Life::start(&["--no-owners", "--max", "3", "--format", "ndjson"]);
        (0..5).for_each(|_| use_up(connection(&listener), 1));
        assert_eq!(objects("life.json", &life.end().0).len(), 3);
        let begin = Instant::now();
        let life = Life::start(&["--no-owners", "--for", "1", "--format", "ndjson"]);
        assert_eq!(life.end(), (String::new(), Some(0), String::new()));
        assert!(begin.elapsed() >= Duration::from_secs(1));
    });
}

#[test]
fn what_cannot_be_reported_is_an_error() {
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_procnet"));
        let ran = command.arg("life").args(args).env_remove("HOST_PROC").output().unwrap();
        let messages = String::from_utf8(ran.stderr).unwrap();
        assert_eq!((ran.status.code(), &*ran.stdout), (Some(2), &b""[..]), "{messages}");
        messages
    };
    assert!(run(&["-x"]).contains("only the ends of TCP and UDP sockets"));
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("1/net")).unwrap();
    run(&["--root", root.path().to_str().unwrap()]);
    run(&["--source", "procfs", "--event-source", "netlink"]);
    run(&["--netns", "all", "--event-source", "netlink"]);
    assert!(run(&["-tu", "--event-source", "bpf"]).contains("TCP sockets only"));
}
