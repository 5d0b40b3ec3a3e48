//! Subscriptions to births and ends of sockets: what is selected, lost, waited for, and refused.

use std::{
    fs,
    net::TcpListener,
    process::Command,
    time::{Duration, SystemTime},
};

use procnet::{
    ErrorKind, Filter, Kinds, Netns, ProcRoot, Query, Scanner, Source,
    coverage::NoBpf,
    events::{Change, EventOptions, EventsReceived, SocketEvent, SocketEventList},
};
use procnet_corpus::live::{Sandbox, note, private, skip_part};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    net::sockopt,
};
use seen::{connection, ends, subscribe, tcp};

mod common;
#[path = "socket_events/seen.rs"]
mod seen;

/// In a ring of one page, which nobody reads.
#[test]
fn what_is_lost_is_counted_exactly() {
    private(|_| {
        const COUNT: u64 = 500;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let query = Query::new().kinds(Kinds::TCP);
        let mut events = subscribe(&query, EventOptions::new().buffer(1));
        let mut all = EventsReceived::default();
        for _ in 0..2 {
            for _ in 0..COUNT {
                let (client, accepted) = connection(&listener);
                sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
                drop((client, accepted));
            }
            let before = all;
            loop {
                let received = events.read(|_| {}).unwrap();
                all += received;
                if !received.more {
                    break;
                }
            }
            let read = all.began + all.ended - before.began - before.ended;
            assert!((20..40).contains(&read), "a page has room for {read}");
        }
        note(&format!("of {} events, {} were lost", 8 * COUNT, all.lost_births + all.lost_ends));
        assert_eq!(all.began + all.lost_births, 4 * COUNT);
        assert_eq!(all.ended + all.lost_ends, 4 * COUNT);
        assert!(!all.is_complete() && all.to_string().contains("lost"));
        // From now on, nothing is missing.
        drop(connection(&listener));
        ends(&mut events, 2);
    });
}

#[test]
fn only_what_the_query_selects_is_reported() {
    private(|_| {
        let listeners =
            ["127.0.0.1:0", "[::1]:0", "127.0.0.1:0"].map(|it| TcpListener::bind(it).unwrap());
        let port = listeners[0].local_addr().unwrap().port();
        let count = |query: Query, filter: &str| {
            let query = match filter {
                "" => query,
                filter => query.filter(filter.parse::<Filter>().unwrap()),
            };
            let mut events = subscribe(&query, EventOptions::new());
            for listener in &listeners {
                drop(connection(listener));
            }
            // Until the last of all is there, in another subscription.
            std::thread::sleep(Duration::from_millis(100));
            let mut list = Vec::new();
            events.read(|event| list.push((event.change(), event.matches()))).unwrap();
            list.len()
        };
        let tcp = || Query::new().kinds(Kinds::TCP);
        assert_eq!(count(tcp(), ""), 12);
        assert_eq!(count(tcp().kinds(Kinds::TCP6), ""), 4);
        assert_eq!(count(tcp().kinds(Kinds::UNIX), ""), 0);
        assert_eq!(count(tcp(), &format!("sport = :{port}")), 2);
        assert_eq!(count(tcp(), &format!("sport = :{port} or dport = :{port}")), 4);
        assert_eq!(count(tcp(), &format!("dport = :{port} and state listening")), 0);
        assert_eq!(count(tcp().pid(std::process::id()), ""), 12, "births without owners, too");
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        assert_eq!(count(tcp().pid(other.id()), ""), 3, "births without owners");
        other.kill().and_then(|()| other.wait()).unwrap();
        assert_eq!(count(tcp(), "state established"), 12, "all were, before they ended");
    });
}

#[test]
fn what_does_not_match_is_reported_as_such_on_request_and_a_list_keeps_it() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let filter: Filter = "dst 192.0.2.1 or state listening".parse().unwrap();
        let query = Query::new().kinds(Kinds::TCP).netns(Netns::Own).filter(filter);
        let mut events = subscribe(&query, EventOptions::new().unmatched(true));
        drop((connection(&listener), TcpListener::bind("127.0.0.1:0").unwrap()));
        std::thread::sleep(Duration::from_millis(100));
        let (mut list, mut passed) = (SocketEventList::default(), Vec::new());
        events
            .read(|event| {
                list.push(event);
                passed.push(format!("{event:?}"));
            })
            .unwrap();
        let kept: Vec<String> = list.iter().map(|event| format!("{event:?}")).collect();
        assert_eq!(kept, passed);
        assert!(list.iter().all(|event| event.socket().netns.is_some()));
        let matching = list.iter().filter(|event| event.matches() == Some(true)).count();
        let others = list.iter().filter(|event| event.matches() == Some(false)).count();
        assert_eq!((list.len(), matching, others), (6, 2, 4));
        list.clear();
        assert!(list.is_empty() && list.get(0).is_none());
    });
}

/// The tracepoint is the host's, so the other namespace is left out in the kernel.
#[test]
fn other_network_namespaces_are_reported_if_all_are_selected() {
    Sandbox::default()
        .role("other namespace", |_| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            drop(connection(&listener));
        })
        .run(|sandbox| {
            let mut own = tcp();
            let query = Query::new().kinds(Kinds::TCP).netns(Netns::All);
            let mut all = subscribe(&query, EventOptions::new().births(false));
            let up = ["unshare", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"];
            if !sandbox.run_role("other namespace", &up, "") {
                return;
            }
            let own_netns = fs::read_link("/proc/self/ns/net").unwrap();
            let own_netns = own_netns.to_str().unwrap().trim_start_matches("net:[");
            let own_netns: u64 = own_netns.trim_end_matches(']').parse().unwrap();
            let list = ends(&mut all, 3);
            let in_other = list.iter().filter(|it| it.netns.is_some_and(|it| it != own_netns));
            assert!(in_other.count() >= 3, "{list:?}");
            assert!(list.iter().all(|it| it.change == Change::Ended));
            let mut count = 0;
            own.read(|_| count += 1).unwrap();
            assert_eq!(count, 0);
        });
}

/// A reader that is not woken for each event sees the last one soon, nevertheless.
#[test]
fn a_reader_that_waits_for_as_long_as_it_takes_sees_every_event() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut events = tcp();
        let (mut wakeups, mut ended, mut slowest) = (0, 0, Duration::ZERO);
        for count in [1, 2, 3, 100] {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    for _ in 0..count {
                        std::thread::sleep(Duration::from_millis(3));
                        drop(connection(&listener));
                    }
                });
                let expected = ended + 2 * count;
                while ended < expected {
                    let ready = poll(
                        &mut [PollFd::new(&events, PollFlags::IN)],
                        Some(&Timespec { tv_sec: 30, tv_nsec: 0 }),
                    );
                    assert_eq!(ready.unwrap(), 1, "{ended} of {expected}");
                    wakeups += 1;
                    let now = SystemTime::now();
                    let each = |event: &SocketEvent<'_>| {
                        slowest = slowest.max(now.duration_since(event.time()).unwrap_or_default());
                    };
                    ended += events.read(each).unwrap().ended;
                }
            });
        }
        note(&format!("{wakeups} wake-ups for {ended} ends, the slowest {slowest:?} later"));
    });
}

#[test]
fn what_cannot_be_subscribed_to_is_refused_with_the_reason() {
    let mut scanner = Scanner::new().unwrap();
    let query = Query::new().source(Source::Procfs);
    let error = scanner.socket_events(&query, EventOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("net")).unwrap();
    let mut capture = Scanner::with_root(ProcRoot::at(folder.path()).unwrap());
    let error = capture.socket_events(&Query::new(), EventOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoBpf);
    let why = std::error::Error::source(&error).unwrap();
    assert_eq!(why.downcast_ref(), Some(&NoBpf::OtherRoot));
}

#[test]
fn without_privileges_it_is_refused_with_the_reason() {
    Sandbox::default()
        .role("unprivileged", |_| {
            let events = Scanner::new().unwrap().socket_events(&Query::new(), EventOptions::new());
            let error = events.unwrap_err();
            let why = std::error::Error::source(&error).unwrap().downcast_ref();
            match why {
                Some(NoBpf::NotBuilt) => skip_part("a refusal", "built without BPF"),
                Some(NoBpf::Refused(refusal)) if refusal.name() == "architecture" => {
                    skip_part("a refusal", &refusal.to_string());
                }
                Some(NoBpf::Refused(refusal)) => {
                    assert_eq!(refusal.name(), "capabilities");
                    assert!(refusal.help().contains("CAP_BPF"), "{}", refusal.help());
                }
                _ => panic!("{error}: {why:?}"),
            }
        })
        .run(|sandbox| {
            sandbox.run_role("unprivileged", &["setpriv", "--reuid=65534", "--clear-groups"], "");
        });
}
