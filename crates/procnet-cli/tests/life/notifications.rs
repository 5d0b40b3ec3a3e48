//! By destroy notifications: without privilege, and without what they do not have.

use std::{
    collections::BTreeMap,
    fs,
    net::{TcpListener, UdpSocket},
    os::fd::AsFd as _,
    sync::PoisonError,
    thread,
    time::{Duration, Instant},
};

use procnet_corpus::live::HelperProcess;
use rustix::process::Signal;
use serde_json::Value;

use super::{Life, QUEUE, connection, ends, objects, private, use_up};

#[test]
fn each_connection_has_one_line_with_its_ends_and_bytes() {
    private(|_| {
        let life = Life::start(&["--event-source", "netlink", "--no-owners", "--format", "ndjson"]);
        let mut expected = BTreeMap::new();
        for ip in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(ip).unwrap();
            for bytes in 1..=100 {
                let pair = connection(&listener);
                let (from, to) = (pair.0.local_addr().unwrap(), pair.1.local_addr().unwrap());
                use_up(pair, bytes);
                // Each end received a FIN, which counts.
                expected.insert((from, to), (bytes as u64, 1));
                expected.insert((to, from), (0, bytes as u64 + 1));
            }
            // A listener is no connection, nor is a socket that was only bound.
        }
        let (text, code, messages) = life.interrupt();
        assert_eq!((code, &*messages), (Some(0), ""));
        let objects = objects("life.json", &text);
        assert_eq!(objects.len(), expected.len());
        for object in objects {
            let bytes = (&object["bytes_sent"], &object["bytes_received"]);
            let (sent, received) = expected.remove(&ends(&object)).expect("one line");
            assert_eq!(bytes, (&sent.into(), &received.into()), "{object}");
            assert_eq!(object["total_retrans"], 0);
            // It was shorter than the time between two looks.
            assert_eq!((&object["duration"], &object["state"]), (&Value::Null, &Value::Null));
        }
    });
}

#[test]
fn a_connection_that_a_look_saw_has_its_owner_state_and_a_least_duration() {
    private(|_| {
        let args = ["--event-source", "netlink", "--watch", "0.1", "--max", "2"];
        let life = Life::start(&[&args[..], &["--format", "ndjson"]].concat());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let begin = Instant::now();
        let pair = connection(&listener);
        let helper = HelperProcess::start(b"a;b\x1b[31m");
        let copy = helper.hold(&[pair.0.as_fd()]);
        thread::sleep(Duration::from_secs(2));
        drop(helper);
        use_up(pair, 5);
        let longest = begin.elapsed().as_secs_f64();
        let (text, ..) = life.end();
        let objects = objects("life.json", &text);
        assert_eq!(objects.len(), 2);
        for object in &objects {
            let pids = object["owners"].as_array().unwrap().iter().map(|owner| &owner["pid"]);
            let pids: Vec<&Value> = pids.collect();
            assert!(pids.contains(&&std::process::id().into()), "{object}");
            assert_eq!(object["state"], "ESTABLISHED");
            assert_eq!(object["duration"], Value::Null);
            let least = object["duration_at_least"].as_f64().unwrap();
            assert!(least > 0.5 && least <= longest, "{least} of {longest}");
        }
        drop(copy);
    });
}

#[test]
fn a_filter_leaves_out_what_does_not_match_and_reports_what_may() {
    private(|_| {
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let port = listeners[0].local_addr().unwrap().port();
        let args = ["--event-source", "netlink", "--format", "ndjson", "--watch", "0.1"];
        let of_port =
            Life::start(&[&args[..], &["--no-owners", &format!("sport = {port}")]].concat());
        let helper = HelperProcess::start(b"other");
        let of_process = |pid: u32| {
            Life::start(&[&args[..], &["--no-owners", "--pid", &pid.to_string()]].concat())
        };
        let (of_this, of_other) = (of_process(std::process::id()), of_process(helper.pid()));
        let pairs = listeners.each_ref().map(connection);
        // Seen by a look, with its owner.
        thread::sleep(Duration::from_secs(2));
        pairs.into_iter().for_each(|pair| use_up(pair, 1));
        thread::sleep(Duration::from_millis(500));
        let (text, code, messages) = of_port.interrupt();
        let found = objects("life.json", &text);
        assert_eq!((found.len(), code, &*messages), (1, Some(0), ""), "{found:?}");
        assert_eq!(found[0]["local_port"], port);
        let (text, _, messages) = of_this.interrupt();
        assert_eq!(objects("life.json", &text).len(), 4);
        assert!(!messages.contains("left out"), "{messages}");
        // Those of others that looks saw are none of its.
        for bytes in 0..20 {
            use_up(connection(&listeners[0]), bytes);
        }
        let (text, code, messages) = of_other.interrupt();
        assert_eq!((&*text, code), ("", Some(1)));
        let undecided = messages.lines().find(|line| line.contains("left out")).expect("a reason");
        let count = undecided.split_whitespace().find_map(|word| word.parse::<u32>().ok());
        assert!((1..=40).contains(&count.unwrap()), "{messages}");
    });
}

/// Whether the kernel has dropped a message to a netlink socket of this namespace.
fn is_full() -> bool {
    let sockets = fs::read_to_string("/proc/self/net/netlink").unwrap();
    let drops = sockets.lines().skip(1).filter_map(|line| line.split_whitespace().nth(8));
    drops.into_iter().any(|drops| drops != "0")
}

#[test]
fn a_loss_is_reported() {
    let _alone = QUEUE.write().unwrap_or_else(PoisonError::into_inner);
    procnet_corpus::live::private(|_| {
        let args = ["-u", "--no-owners", "--format", "csv", "--no-header"];
        let life = Life::start(&args);
        let mut made = 0;
        while !is_full() {
            // Whoever continues it meanwhile does not change the result.
            life.signal(Signal::STOP);
            assert!(made < 1_000_000, "no buffer is ever full");
            (0..1000).for_each(|_| drop(UdpSocket::bind("127.0.0.1:0").unwrap()));
            made += 1000;
        }
        life.signal(Signal::CONT);
        let (text, code, messages) = life.interrupt();
        let ended = text.lines().count();
        assert!(ended > 0 && ended < made, "{ended} of {made}");
        assert_eq!(code, Some(1), "{messages}");
        assert!(messages.contains("how many is unknown"), "{messages}");
    });
}
