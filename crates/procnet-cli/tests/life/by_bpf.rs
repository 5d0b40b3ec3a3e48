//! By BPF: owner, duration, direction and last state of each, however short it was.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    net::{TcpListener, UdpSocket},
    os::unix::fs::MetadataExt as _,
    process::Command,
    sync::PoisonError,
    thread,
    time::{Duration, Instant},
};

use procnet_corpus::live::{ControlGroup, HelperProcess, Sandbox, skip};
use serde_json::Value;

use super::{Life, OTHER_NETNS, QUEUE, connection, ends, objects, private, use_up};

/// Ends the test aloud if there are no events by BPF here.
fn need_bpf() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_procnet"));
    command.args(["life", "--event-source", "bpf", "--for", "0.05"]).env_remove("HOST_PROC");
    let ran = command.output().unwrap();
    if ran.status.code() == Some(2) {
        skip(&String::from_utf8_lossy(&ran.stderr));
    }
}

#[test]
fn connections_shorter_than_any_look_have_owner_duration_direction_and_state() {
    private(|_| {
        need_bpf();
        let life = Life::start(&["--format", "ndjson"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut expected = BTreeMap::new();
        let begin = Instant::now();
        for bytes in 0..100_u64 {
            let pair = connection(&listener);
            let (from, to) = (pair.0.local_addr().unwrap(), pair.1.local_addr().unwrap());
            use_up(pair, bytes as usize);
            expected.insert((from, to), (bytes, 0, "connect", "FIN_WAIT2"));
            expected.insert((to, from), (0, bytes, "accept", "LAST_ACK"));
        }
        let longest = begin.elapsed().as_secs_f64();
        let (text, code, messages) = life.interrupt();
        assert_eq!((code, &*messages), (Some(0), ""));
        let objects = objects("life.json", &text);
        assert_eq!(objects.len(), expected.len());
        for object in objects {
            let (sent, received, direction, state) =
                expected.remove(&ends(&object)).expect("one line");
            // A FIN does not count.
            let bytes = (&object["bytes_sent"], &object["bytes_received"]);
            assert_eq!(bytes, (&sent.into(), &received.into()), "{object}");
            assert_eq!(object["direction"], direction);
            // The end that closes second may do so before the first is done with the handshake.
            assert!(object["state"] == state || direction == "connect", "{object}");
            let duration = object["duration"].as_f64().unwrap();
            assert!(duration > 0.0 && duration <= longest, "{object}");
            let pid = std::process::id();
            assert_eq!((&object["owners"][0]["pid"], &object["uid"]), (&pid.into(), &0.into()));
        }
    });
}

#[test]
fn a_refused_connection_and_one_that_was_there_before_are_reported() {
    private(|_| {
        need_bpf();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let pair = connection(&listener);
        let before = (pair.0.local_addr().unwrap(), pair.1.local_addr().unwrap());
        let life = Life::start(&["--format", "ndjson", "--event-source", "bpf"]);
        thread::sleep(Duration::from_millis(300));
        use_up(pair, 9);
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(std::net::TcpStream::connect(address).is_err());
        let (text, _, messages) = life.interrupt();
        let objects = objects("life.json", &text);
        // The listener is no connection.
        assert_eq!(objects.len(), 3, "{text}");
        let of = |ends_of| objects.iter().find(|object| ends(object) == ends_of).expect("a line");
        let old = of(before);
        assert_eq!((&old["duration"], &old["direction"]), (&Value::Null, &Value::Null));
        let least = old["duration_at_least"].as_f64().unwrap();
        assert!(least >= 0.3, "{old}");
        assert_eq!(old["owners"][0]["pid"], std::process::id());
        let refused = objects.iter().find(|it| it["state"] == "SYN_SENT").expect("a line");
        assert_eq!(ends(refused).1, address);
        assert_eq!(refused["owners"][0]["pid"], std::process::id());
        assert!(!messages.contains("unknown"), "{messages}");
    });
}

#[test]
fn the_connections_of_another_process_are_left_out_and_it_is_known_that_they_do_not_match() {
    private(|_| {
        need_bpf();
        let helper = HelperProcess::start(b"other");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let of_process = |pid: u32| Life::start(&["--format", "ndjson", "--pid", &pid.to_string()]);
        let (of_this, of_other) = (of_process(std::process::id()), of_process(helper.pid()));
        (1..=10).for_each(|bytes| use_up(connection(&listener), bytes));
        let (text, code, messages) = of_this.interrupt();
        assert_eq!((code, &*messages), (Some(0), ""));
        assert_eq!(objects("life.json", &text).len(), 20);
        assert_eq!(of_other.interrupt(), (String::new(), Some(0), String::new()));
    });
}

#[test]
fn with_the_first_use_udp_sockets_have_an_owner_and_a_time_since_then() {
    private(|_| {
        need_bpf();
        let old = UdpSocket::bind("127.0.0.1:0").unwrap();
        let start = |more: &[&str]| {
            let args = ["-tu", "--format", "ndjson", "--first-use", "--watch", "0.1"];
            Life::start(&[&args[..], more].concat())
        };
        let helper = HelperProcess::start(b"other");
        let other = helper.pid().to_string();
        let (life, of_other) = (start(&[]), start(&["--pid", &other]));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        use_up(connection(&listener), 1);
        let (udp, begin) = (UdpSocket::bind("127.0.0.1:0").unwrap(), Instant::now());
        let unused = UdpSocket::bind("127.0.0.1:0").unwrap();
        let ports = [&old, &udp, &unused].map(|it| it.local_addr().unwrap().port());
        udp.send_to(b"x", udp.local_addr().unwrap()).unwrap();
        old.send_to(b"x", udp.local_addr().unwrap()).unwrap();
        thread::sleep(Duration::from_millis(300));
        drop((old, udp));
        let (text, code, messages) = life.interrupt();
        let longest = begin.elapsed().as_secs_f64();
        assert_eq!((code, &*messages), (Some(0), ""));
        let objects = objects("life.json", &text);
        assert_eq!(objects.len(), 4, "{text}");
        let of = |port: u16| objects.iter().find(|it| it["local_port"] == port).expect("a line");
        let (old, udp) = (of(ports[0]), of(ports[1]));
        let time = udp["duration_since_first_use"].as_f64().unwrap();
        assert!(time >= 0.3 && time <= longest, "{udp}");
        for line in &objects {
            assert_eq!(line["owners"][0]["pid"], std::process::id(), "{line}");
        }
        // It was there before, so its first use is unknown.
        assert_eq!(old["duration_since_first_use"], Value::Null);
        assert!(old["duration_at_least"].as_f64().is_some(), "{old}");
        // It is known that none of them was of the other process.
        assert_eq!(of_other.interrupt(), (String::new(), Some(0), String::new()));
        drop(unused);
    });
}

/// In a network namespace of its own: the inode of that, and the ends of a connection, in a file.
fn connect_elsewhere(file: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let pair = connection(&listener);
    let (from, to) = (pair.0.local_addr().unwrap(), pair.1.local_addr().unwrap());
    use_up(pair, 7);
    let netns = fs::metadata("/proc/self/ns/net").unwrap().ino();
    fs::write(file, format!("{netns} {from} {to}")).unwrap();
}

#[test]
fn the_connections_of_all_network_namespaces_have_theirs() {
    let _shared = QUEUE.read().unwrap_or_else(PoisonError::into_inner);
    Sandbox::default().role("connects elsewhere", connect_elsewhere).run(|sandbox| {
        need_bpf();
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("made").to_str().unwrap().to_owned();
        let life = Life::start(&["--format", "ndjson", "--netns", "all"]);
        if !sandbox.run_role("connects elsewhere", &OTHER_NETNS, &file) {
            skip("this test may not create network namespaces");
        }
        connect_elsewhere(&root.path().join("here").to_string_lossy());
        let (text, _, messages) = life.interrupt();
        let objects = objects("life.json", &text);
        for made in ["made", "here"] {
            let made = fs::read_to_string(root.path().join(made)).unwrap();
            let words: Vec<&str> = made.split(' ').collect();
            let [netns, from, to] = words[..] else { panic!("{made}") };
            let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
            let netns: u64 = netns.parse().unwrap();
            for (ends_of, sent, received) in [((from, to), 7, 0), ((to, from), 0, 7)] {
                let is_it = |it: &&Value| it["netns"] == netns && ends(it) == ends_of;
                let lines: Vec<&Value> = objects.iter().filter(is_it).collect();
                let [line] = lines[..] else { panic!("{made}: {text}{messages}") };
                let bytes = (&line["bytes_sent"], &line["bytes_received"]);
                assert_eq!(bytes, (&sent.into(), &received.into()), "{line}");
                assert!(line["owners"][0]["pid"].is_u64() && line["duration"].is_f64(), "{line}");
            }
        }
    });
}

#[test]
fn groups_have_durations() {
    private(|_| {
        need_bpf();
        let life = Life::start(&["--format", "ndjson", "--group-by", "process"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let long = connection(&listener);
        (0..4).for_each(|_| use_up(connection(&listener), 10));
        thread::sleep(Duration::from_millis(300));
        use_up(long, 10);
        let (text, code, messages) = life.interrupt();
        assert_eq!((code, &*messages), (Some(0), ""));
        let groups = objects("life_group.json", &text);
        assert_eq!(groups.len(), 1, "{text}");
        let group = &groups[0];
        assert_eq!((&group["connections"], &group["timed"]), (&10.into(), &10.into()));
        assert_eq!((&group["bytes_sent"], &group["bytes_received"]), (&50.into(), &50.into()));
        let duration = |key: &str| group[format!("duration_{key}")].as_f64().unwrap();
        let (min, mean, max) = (duration("min"), duration("mean"), duration("max"));
        assert!(0.0 < min && min < mean && mean < max && max > 0.3, "{group}");
    });
}

#[test]
fn where_bpf_is_refused_notifications_replace_it_and_what_is_missing_is_reported() {
    private(|_| {
        let args = ["life", "--format", "ndjson", "--no-owners"];
        let drop_bpf = ["setpriv", "--bounding-set", "-bpf,-sys_admin"];
        let drop_bpf = [&drop_bpf[..], &["--inh-caps", "-bpf,-sys_admin"]].concat();
        if let Err(reason) = procnet_corpus::live::run(&[&drop_bpf[..], &["true"]].concat()) {
            skip(&reason);
        }
        let program = [&drop_bpf[..], &[env!("CARGO_BIN_EXE_procnet")], &args].concat();
        let life = Life::start_program(&program);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        use_up(connection(&listener), 1);
        let (text, code, messages) = life.interrupt();
        assert_eq!((objects("life.json", &text).len(), code), (2, Some(1)), "{messages}");
        assert!(messages.contains("no events by BPF: "), "{messages}");
        assert!(messages.contains("2 connections: the duration is unknown"), "{messages}");
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).args(["--event-source", "bpf"]).env_remove("HOST_PROC");
        let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        let mut messages = String::new();
        child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(2), "{messages}");
    });
}

/// Connects to a port, sends a byte, and waits for its input to end before it closes.
const CLIENT: &str = "exec 3<>/dev/tcp/127.0.0.1/$0; echo >&3; read -r _; exec 3>&-; read -r _";

#[test]
fn the_connections_of_a_unit_are_reported_also_if_its_process_has_ended() {
    private(|_| {
        need_bpf();
        if !std::path::Path::new("/bin/bash").exists() {
            skip("bash is not installed");
        }
        let name = format!("procnet-life-{}.service", std::process::id());
        let Some(group) = ControlGroup::new(&name) else {
            skip("this test may not create control groups");
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let life = Life::start(&["--format", "ndjson", "--unit", "procnet-life-*"]);
        // One closes its connection and lives on, one ends with it.
        for closes in [true, false] {
            let script = format!("echo $$ > {}/cgroup.procs; {CLIENT}", group.path().display());
            let mut command = Command::new("/bin/bash");
            command.args(["-c", &script, &port]).stdin(std::process::Stdio::piped());
            let mut client = command.spawn().unwrap();
            let (mut accepted, _) = listener.accept().unwrap();
            let _ = accepted.read(&mut [0]).unwrap();
            // What began is read some 20 ms later.
            thread::sleep(Duration::from_millis(300));
            match closes {
                true => {
                    let stdin = client.stdin.as_mut().unwrap();
                    std::io::Write::write_all(stdin, b"\n").unwrap();
                    let _ = accepted.read(&mut [0]).unwrap();
                    thread::sleep(Duration::from_millis(300));
                    client.kill().unwrap();
                }
                false => client.kill().unwrap(),
            }
            client.wait().unwrap();
        }
        // The other ends are of this process, which is in no unit of that name.
        let (text, code, messages) = life.interrupt();
        let objects = objects("life.json", &text);
        assert_eq!(objects.len(), 2, "{text}{messages}");
        assert!(objects.iter().all(|object| object["direction"] == "connect"), "{text}");
        assert_eq!((code, &*messages), (Some(0), ""));
    });
}
