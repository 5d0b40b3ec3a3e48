//! By BPF: a connection has its owner, duration and bytes also if no look saw it.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::unix::fs::MetadataExt as _,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use procnet_corpus::live::{Sandbox, private, run, skip};
use rustix::{
    net::sockopt,
    process::{Pid, Signal, kill_process},
};
use serde_json::Value;

use super::{Events, ends};

fn events(args: &[&str]) -> Events {
    let mut command = Command::new(env!("CARGO_BIN_EXE_procnet"));
    command.args(["life", "--event-source", "bpf", "--for", "0.05"]).env_remove("HOST_PROC");
    let ran = command.output().unwrap();
    if ran.status.code() == Some(2) {
        skip(&String::from_utf8_lossy(&ran.stderr));
    }
    Events::start(&[], args)
}

/// Sends so many bytes to the accepted end, then closes both, this one first.
fn use_up(mut client: TcpStream, mut server: TcpStream, bytes: usize) {
    client.write_all(&vec![0; bytes]).unwrap();
    server.read_exact(&mut vec![0; bytes]).unwrap();
    drop(client);
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
}

/// The lines until each of these sockets has ended, by their ends, and those of two more looks.
fn until_ended(events: &Events, ended: &[(SocketAddr, SocketAddr)]) -> Vec<Value> {
    let is_one = |event: &Value| ended.contains(&ends(event));
    let (mut lines, mut left) = (Vec::new(), ended.len());
    while left > 0 {
        let event = events.next();
        left -= usize::from(event.get("ended").is_some() && is_one(&event));
        lines.push(event);
    }
    for _look in 0..2 {
        lines.extend(events.until_now().0);
    }
    lines.retain(is_one);
    lines
}

#[test]
fn connections_between_two_looks_have_one_line_each_with_owner_duration_and_bytes() {
    private(|_| {
        let events = events(&["-t", "--watch", "0.5"]);
        let (_, listeners) = events.until_now();
        let (mut expected, begin) = (BTreeMap::new(), Instant::now());
        for bytes in 0..100_u64 {
            let client = TcpStream::connect(listeners[0].local_addr().unwrap()).unwrap();
            let server = listeners[0].accept().unwrap().0;
            let (from, to) = (client.local_addr().unwrap(), server.local_addr().unwrap());
            use_up(client, server, bytes as usize);
            expected.insert((from, to), (bytes, 0, "connect"));
            expected.insert((to, from), (0, bytes, "accept"));
        }
        let longest = begin.elapsed().as_secs_f64();
        let all: Vec<_> = expected.keys().copied().collect();
        let lines = until_ended(&events, &all);
        // Some are in TIME_WAIT when a look comes: that is the same line, though it may vanish later.
        for line in lines.iter().filter(|line| line["event"] != "vanished") {
            let (sent, received, direction) = expected.remove(&ends(line)).expect("one line");
            let ended = &line["ended"];
            let bytes = (&ended["bytes_sent"], &ended["bytes_received"]);
            assert_eq!(bytes, (&sent.into(), &received.into()), "{line}");
            assert_eq!(
                (&ended["direction"], &ended["total_retrans"]),
                (&direction.into(), &0.into())
            );
            assert_eq!(ended["owner"]["pid"], std::process::id(), "{line}");
            let duration = ended["duration"].as_f64().unwrap();
            assert!(duration > 0.0 && duration <= longest, "{line}");
            let (began, time) = (ended["began"].as_f64().unwrap(), ended["time"].as_f64().unwrap());
            assert!(began > 1.7e9 && (time - began - duration).abs() < 0.01, "{line}");
        }
        assert!(expected.is_empty(), "{expected:?}");
        events.end();
    });
}

#[test]
fn a_connection_that_a_look_saw_has_one_line_with_what_both_know() {
    private(|_| {
        let events = events(&["-t", "--watch", "0.2"]);
        let (_, listeners) = events.until_now();
        let client = TcpStream::connect(listeners[0].local_addr().unwrap()).unwrap();
        let server = listeners[0].accept().unwrap().0;
        let begin = Instant::now();
        let (from, to) = (client.local_addr().unwrap(), server.local_addr().unwrap());
        let (_, _listeners) = events.until_now();
        let least = begin.elapsed().as_secs_f64();
        use_up(client, server, 500);
        let lines = until_ended(&events, &[(from, to), (to, from)]);
        let ended: Vec<&Value> = lines.iter().filter(|it| it.get("ended").is_some()).collect();
        assert_eq!(ended.len(), 2, "{lines:?}");
        for line in ended {
            // The end that closes first remains in TIME_WAIT.
            let seen = if line["event"] == "changed" { &line["before"] } else { &line["socket"] };
            let pid = std::process::id();
            let owners = (&seen["owners"][0]["pid"], &line["ended"]["owner"]["pid"]);
            assert_eq!(owners, (&pid.into(), &pid.into()), "{line}");
            // To the microsecond.
            assert!(line["ended"]["duration"].as_f64().unwrap() > least - 1e-5, "{least}: {line}");
            assert_ne!(line["event"], "ended");
        }
        events.end();
    });
}

#[test]
fn a_filter_by_owner_is_decided_for_what_no_look_saw() {
    let connect = |address: &str| drop(TcpStream::connect(address).unwrap());
    Sandbox::default().role("child that connects", connect).run(|sandbox| {
        let pid = std::process::id().to_string();
        let args = ["-t", "--pid", &pid, "--watch", "0.3", "--times", "12"];
        let events = events(&args);
        let (_, listeners) = events.until_now();
        let address = listeners[0].local_addr().unwrap();
        // One end is that of a child, the other one is accepted here.
        assert!(sandbox.run_role("child that connects", &["env"], &address.to_string()));
        let (mut server, of_child) = listeners[0].accept().unwrap();
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
        drop(server);
        let lines: Vec<Value> = events.lines.iter().collect();
        let of = |ends_of| lines.iter().filter(|line| ends(line) == ends_of).count();
        assert_eq!((of((address, of_child)), of((of_child, address))), (1, 0), "{lines:?}");
        assert_eq!(events.end(), (Some(0), String::new()));
    });
}

#[test]
fn a_connection_that_a_child_made_and_closed_between_two_looks_has_its_owner_once() {
    let connect = |port: &str| {
        drop(TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap());
    };
    Sandbox::default().role("child that connects", connect).run(|sandbox| {
        let events = events(&["-t", "--watch", "0.5"]);
        let (_, listeners) = events.until_now();
        let address = listeners[0].local_addr().unwrap();
        let port = address.port().to_string();
        assert!(sandbox.run_role("child that connects", &["env"], &port));
        let (server, of_child) = listeners[0].accept().unwrap();
        drop(server);
        let lines = until_ended(&events, &[(of_child, address)]);
        let ended: Vec<&Value> = lines.iter().filter_map(|line| line.get("ended")).collect();
        assert_eq!(ended.len(), 1, "{lines:?}");
        let owner = &ended[0]["owner"];
        assert!(owner["pid"].as_u64().is_some_and(|pid| pid != u64::from(std::process::id())));
        events.end();
    });
}

/// In a network namespace of its own: the inode of that, and the ends of a connection, in a file.
fn connect_elsewhere(file: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = listener.accept().unwrap().0;
    let (from, to) = (client.local_addr().unwrap(), server.local_addr().unwrap());
    use_up(client, server, 7);
    let netns = fs::metadata("/proc/self/ns/net").unwrap().ino();
    fs::write(file, format!("{netns} {from} {to}")).unwrap();
}

#[test]
fn connections_of_all_network_namespaces_between_two_looks_have_one_line_each() {
    Sandbox::default().role("connects elsewhere", connect_elsewhere).run(|sandbox| {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("made").to_str().unwrap().to_owned();
        let events = events(&["-t", "--watch", "0.5", "--netns", "all"]);
        let (_, _listeners) = events.until_now();
        let there = ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];
        if !sandbox.run_role("connects elsewhere", &there, &file) {
            skip("this test may not create network namespaces");
        }
        let made = fs::read_to_string(&file).unwrap();
        let words: Vec<&str> = made.split(' ').collect();
        let [netns, from, to] = words[..] else { panic!("{made}") };
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        let netns: u64 = netns.parse().unwrap();
        let mut lines = until_ended(&events, &[(from, to), (to, from)]);
        // Others may have the same ends in their namespaces.
        lines.retain(|line| line["socket"]["netns"]["inode"] == netns);
        for (ends_of, direction) in [((from, to), "connect"), ((to, from), "accept")] {
            let is_it = |it: &&Value| ends(it) == ends_of && it.get("ended").is_some();
            let lines: Vec<&Value> = lines.iter().filter(is_it).collect();
            let [line] = lines[..] else { panic!("{made}: {lines:?}") };
            assert_eq!(line["ended"]["direction"], direction, "{line}");
            assert!(line["ended"]["owner"]["pid"].is_u64(), "{line}");
        }
        events.end();
    });
}

#[test]
fn the_first_use_shows_whose_a_udp_socket_was_and_whose_a_connection_that_was_reset() {
    private(|_| {
        let events = events(&["-tu", "--watch", "0.3", "--first-use"]);
        let (_, listeners) = events.until_now();
        let client = TcpStream::connect(listeners[0].local_addr().unwrap()).unwrap();
        let mut server = listeners[0].accept().unwrap().0;
        let (from, to) = (client.local_addr().unwrap(), server.local_addr().unwrap());
        server.write_all(b"hi").unwrap();
        sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
        drop(client);
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let udp_ends = (udp.local_addr().unwrap(), "0.0.0.0:0".parse().unwrap());
        udp.send_to(b"x", udp_ends.0).unwrap();
        drop((udp, server));
        let lines = until_ended(&events, &[(from, to), (to, from), udp_ends]);
        let of = |ends_of| {
            let mut of = lines.iter().filter(|it| ends(it) == ends_of && it.get("ended").is_some());
            (of.next().expect("a line"), of.count())
        };
        for ends_of in [(from, to), (to, from), udp_ends] {
            let (line, more) = of(ends_of);
            assert_eq!(more, 0);
            assert_eq!(line["ended"]["owner"]["pid"], std::process::id(), "{line}");
        }
        let ended = &of(udp_ends).0["ended"];
        let first_use = ended["first_use"].as_f64().unwrap();
        assert!(first_use > 1.7e9 && first_use <= ended["time"].as_f64().unwrap(), "{ended}");
        events.end();
    });
}

#[test]
fn a_loss_of_events_is_counted() {
    private(|_| {
        let args = ["-t", "--no-owners", "--watch", "0.2", "--times", "25"];
        let events = events(&args);
        let (_, listeners) = events.until_now();
        let pid = Pid::from_child(&events.child);
        kill_process(pid, Signal::STOP).unwrap();
        let listener: &TcpListener = &listeners[0];
        // Two births and two ends each, of more than the buffer of 4 MiB holds.
        for _connection in 0..12_000 {
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
            drop((client, listener.accept()));
        }
        kill_process(pid, Signal::CONT).unwrap();
        let ended = events.lines.iter().filter(|event| event["event"] == "ended").count();
        let (code, messages) = events.end();
        assert_eq!(code, Some(1), "{messages}");
        let lost = messages.lines().find(|line| line.contains("sockets that ended lost"));
        let lost = lost.expect("a loss").split_whitespace().nth(1).unwrap();
        // Those that two looks have closed meanwhile, the listeners, are none of these.
        assert_eq!(ended + lost.parse::<usize>().unwrap(), 24_000, "{messages}");
    });
}

#[test]
fn where_bpf_is_refused_notifications_replace_it() {
    private(|_| {
        let drop_bpf = ["setpriv", "--bounding-set", "-bpf,-sys_admin"];
        let drop_bpf = [&drop_bpf[..], &["--inh-caps", "-bpf,-sys_admin"]].concat();
        if let Err(reason) = run(&[&drop_bpf[..], &["true"]].concat()) {
            skip(&reason);
        }
        let args = ["-t", "--no-owners", "--watch", "0.2", "--times", "15"];
        let run = |more: &[&str]| {
            let events = Events::start(&drop_bpf, &[&args[..], more].concat());
            let (_, listeners) = events.until_now();
            let client = TcpStream::connect(listeners[0].local_addr().unwrap()).unwrap();
            let (server, from) = listeners[0].accept().unwrap();
            let ends_of = (listeners[0].local_addr().unwrap(), from);
            use_up(client, server, 1);
            let lines: Vec<Value> = events.lines.iter().collect();
            let line = lines.iter().find(|it| ends(it) == ends_of).expect("a line");
            assert_eq!(line["ended"]["bytes_received"], 2, "with the FIN");
            assert_eq!(line["ended"].get("duration"), None);
            events.end()
        };
        assert_eq!(run(&[]), (Some(0), String::new()));
        // That was asked for.
        let (code, messages) = run(&["--first-use"]);
        assert_eq!(code, Some(1), "{messages}");
        assert!(messages.contains("the first use of sockets is unknown: "), "{messages}");
        let events = Events::start(&drop_bpf, &["-t", "--event-source", "bpf"]);
        thread::sleep(Duration::from_millis(10));
        let (code, messages) = events.end();
        assert_eq!(code, Some(2), "{messages}");
    });
}
