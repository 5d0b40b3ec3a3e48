//! `procnet sockets --events` on sockets that end: each is reported once, also if no look at the
//! tables saw it, and a loss is reported.

mod by_bpf;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use procnet_corpus::live::{HelperProcess, private, run, skip};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

#[path = "../cli/schema/validator.rs"]
mod validator;

/// A running command, and the lines it has printed.
struct Events {
    child: Child,
    lines: Receiver<Value>,
}

impl Events {
    fn start(prefix: &[&str], args: &[&str]) -> Events {
        let program = [prefix, &[env!("CARGO_BIN_EXE_procnet"), "sockets", "--events"]].concat();
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).args(args).stdin(Stdio::null());
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        let read = move |out: BufReader<ChildStdout>| {
            for line in out.lines() {
                let event = serde_json::from_str(&line.expect("a line")).expect("an object");
                let faults = validator::faults("event.json", &event);
                assert!(faults.is_empty(), "{faults:?}\n{event}");
                if sender.send(event).is_err() {
                    return;
                }
            }
        };
        thread::spawn(move || read(out));
        Events { child, lines }
    }

    fn next(&self) -> Value {
        self.lines.recv_timeout(Duration::from_secs(60)).expect("an event in time")
    }

    /// The events until a look shows a listener that is made now. Until the first look is over,
    /// what is made does not appear. Returns all that were made, to be kept.
    fn until_now(&self) -> (Vec<Value>, Vec<TcpListener>) {
        let (mut listeners, mut before) = (Vec::<TcpListener>::new(), Vec::new());
        for _attempt in 0..100 {
            listeners.push(TcpListener::bind("127.0.0.1:0").unwrap());
            while let Ok(event) = self.lines.recv_timeout(Duration::from_millis(700)) {
                let is_it = |it: &TcpListener| it.local_addr().unwrap() == ends(&event).0;
                if event["event"] == "appeared" && listeners.iter().any(is_it) {
                    return (before, listeners);
                }
                before.push(event);
            }
        }
        panic!("no look sees a new listener: {before:?}");
    }

    /// Ends it by closing its output, and returns its exit code and messages.
    fn end(self) -> (Option<i32>, String) {
        let Events { mut child, lines } = self;
        drop(lines);
        let mut messages = String::new();
        child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
        (child.wait().unwrap().code(), messages)
    }
}

fn address(socket: &Value, end: &str) -> SocketAddr {
    let ip = socket[format!("{end}_addr")].as_str().unwrap().parse().unwrap();
    SocketAddr::new(ip, socket[format!("{end}_port")].as_u64().unwrap().try_into().unwrap())
}

fn ends(event: &Value) -> (SocketAddr, SocketAddr) {
    (address(&event["socket"], "local"), address(&event["socket"], "remote"))
}

#[test]
fn a_thousand_connections_between_two_looks_are_reported_once_each() {
    private(|_| {
        let events = Events::start(&[], &["-tu", "-p", "--watch", "0.5"]);
        let (_, listeners) = events.until_now();
        let listener = &listeners[0];
        let mut made = BTreeSet::new();
        for _connection in 0..1000 {
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let server = listener.accept().unwrap().0;
            let pair = (client.local_addr().unwrap(), server.local_addr().unwrap());
            made.extend([pair, (pair.1, pair.0)]);
        }
        let mut reported = BTreeMap::<_, u32>::new();
        let mut note = |event: &Value| {
            if event.get("ended").is_some() {
                *reported.entry(ends(event)).or_default() += 1;
            }
            reported.len()
        };
        while note(&events.next()) < made.len() {}
        // Nothing is repeated in the next looks.
        for _look in 0..2 {
            let (rest, _) = events.until_now();
            rest.iter().filter(|event| made.contains(&ends(event))).for_each(|event| {
                note(event);
            });
        }
        let more = reported.values().filter(|count| **count != 1).count();
        assert_eq!((reported.into_keys().collect::<BTreeSet<_>>(), more), (made, 0));
        events.end();
    });
}

#[test]
fn a_socket_that_was_seen_has_its_owner_and_its_bytes_in_one_line() {
    private(|_| {
        let args = ["-tu", "-p", "--watch", "0.2", "--event-source", "netlink"];
        let events = Events::start(&[], &args);
        let (_, listeners) = events.until_now();
        let listener = &listeners[0];
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut server = listener.accept().unwrap().0;
        client.write_all(&[0; 500]).unwrap();
        server.read_exact(&mut [0; 500]).unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let udp_address = udp.local_addr().unwrap();
        let (from, to) = (client.local_addr().unwrap(), server.local_addr().unwrap());
        let (_, _listeners) = events.until_now();
        drop(client);
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
        drop((server, udp));
        let mut lines = BTreeMap::new();
        while lines.len() < 3 {
            let event = events.next();
            if event.get("ended").is_some() {
                let (local, _) = ends(&event);
                assert!(lines.insert(local, event).is_none(), "one line");
            }
        }
        let owned = |socket: &Value| socket["owners"][0]["pid"] == std::process::id();
        // The end that closes first remains in TIME_WAIT.
        let client = &lines[&from];
        assert_eq!(
            (&client["event"], &client["socket"]["state"]),
            (&"changed".into(), &"TIME_WAIT".into())
        );
        assert!(owned(&client["before"]), "{client}");
        assert_eq!(client["ended"]["bytes_sent"], 500);
        let server = &lines[&to];
        assert_eq!(server["event"], "vanished");
        assert!(owned(&server["socket"]), "{server}");
        assert_eq!(server["ended"]["bytes_received"], 501, "with the FIN");
        let udp = &lines[&udp_address];
        assert_eq!(
            (&udp["event"], &udp["ended"]["bytes_sent"]),
            (&"vanished".into(), &Value::Null)
        );
        assert!(owned(&udp["socket"]) && udp["ended"]["time"].as_f64().unwrap() > 1.7e9);
        events.end();
    });
}

#[test]
fn what_the_filter_excludes_is_not_reported() {
    private(|_| {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = other.local_addr().unwrap().port();
        let filter = format!("not sport = {port} and not dport = {port}");
        let args = ["-t", "--no-owners", "--watch", "0.2", "--times", "15", &filter];
        let events = Events::start(&[], &args);
        let (_, _listeners) = events.until_now();
        drop(TcpStream::connect(other.local_addr().unwrap()).unwrap());
        let left: Vec<Value> = events.lines.iter().collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(events.end(), (Some(0), String::new()));
        // Whose a socket was that no look saw is unknown to a notification.
        let pid = std::process::id().to_string();
        let args = ["-t", "--pid", &pid, "--watch", "0.2", "--times", "15"];
        let events = Events::start(&[], &[&args[..], &["--event-source", "netlink"]].concat());
        let (_, _listeners) = events.until_now();
        drop(TcpStream::connect(other.local_addr().unwrap()).unwrap());
        assert!(events.lines.iter().all(|event| event["event"] != "ended"));
        let (code, messages) = events.end();
        assert_eq!(code, Some(1), "{messages}");
        assert!(messages.contains("unknown whether they meet the filter"), "{messages}");
    });
}

#[test]
fn what_looks_have_left_out_is_known_not_to_match() {
    private(|_| {
        let helper = HelperProcess::start(b"other");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let long = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let pid = helper.pid().to_string();
        let events = Events::start(&[], &["-tu", "--pid", &pid, "--watch", "0.1", "--times", "60"]);
        thread::sleep(Duration::from_secs(3));
        // Of this process, and there for many looks.
        drop((long, listener));
        assert_eq!(events.lines.iter().count(), 0);
        assert_eq!(events.end(), (Some(0), String::new()));
    });
}

#[test]
fn a_loss_is_reported() {
    private(|_| {
        let events = Events::start(&[], &["-tu", "--no-owners", "--watch", "0.2", "--times", "25"]);
        let (_, _listeners) = events.until_now();
        let pid = Pid::from_child(&events.child);
        kill_process(pid, Signal::STOP).unwrap();
        // More than the largest receive buffer holds.
        for _socket in 0..60_000 {
            drop(UdpSocket::bind("127.0.0.1:0").unwrap());
        }
        kill_process(pid, Signal::CONT).unwrap();
        let ended = events.lines.iter().filter(|event| event["event"] == "ended").count();
        assert!(ended > 0 && ended < 60_000, "{ended}");
        let (code, messages) = events.end();
        assert_eq!(code, Some(1), "{messages}");
        assert!(messages.contains("how many is unknown"), "{messages}");
    });
}

#[test]
fn without_notifications_looks_are_compared_as_before() {
    private(|_| {
        let args = ["-t", "--no-owners", "--watch", "0.2", "--times", "15"];
        let args = [&args[..], &["--event-source", "netlink"]].concat();
        let ended = |prefix: &[&str], source: &[&str]| {
            let events = Events::start(prefix, &[&args[..], source].concat());
            let (_, mut listeners) = events.until_now();
            // The last one has appeared.
            let listener = listeners.pop().unwrap();
            let address = listener.local_addr().unwrap();
            drop(listener);
            let left: Vec<Value> = events.lines.iter().collect();
            let vanished =
                |event: &&Value| event["event"] == "vanished" && ends(event).0 == address;
            assert_eq!(left.iter().filter(vanished).count(), 1);
            let ended = left.iter().any(|event| event.get("ended").is_some());
            (ended, events.end())
        };
        assert_eq!(ended(&[], &[]), (true, (Some(0), String::new())));
        assert_eq!(ended(&[], &["--source", "procfs"]), (false, (Some(0), String::new())));
        let refuse = ["-e", "trace=socket", "-e", "inject=socket:error=EPERM"];
        let strace = [&["strace", "-f", "-o", "/dev/null"], &refuse[..]].concat();
        if let Err(reason) = run(&[&strace[..], &["true"]].concat()) {
            skip(&reason);
        }
        let (ended, (code, messages)) = ended(&strace, &[]);
        assert_eq!((ended, code), (false, Some(1)), "{messages}");
        assert!(messages.contains("only between two looks are not seen"), "{messages}");
        assert!(messages.contains("allow AF_NETLINK"), "{messages}");
    });
}
