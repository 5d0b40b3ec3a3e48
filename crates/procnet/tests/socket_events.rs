//! Births and ends of sockets by BPF: each is reported once, with what is known of it, and a loss is
//! counted exactly.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::Command,
    time::{Duration, Instant, SystemTime},
};

use procnet::{
    ErrorKind, Filter, Kind, Kinds, Netns, ProcRoot, Query, Scanner, Source, State,
    coverage::NoBpf,
    events::{
        Change, Direction, EventOptions, EventOwner, EventsReceived, Evidence, SocketEvent,
        SocketEvents, Traffic,
    },
};
use procnet_corpus::live::{Sandbox, note, private, skip, skip_part};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    net::sockopt,
};

mod common;

const SOON: Duration = Duration::from_secs(30);

/// What a test asks of an event.
#[derive(Clone, Debug)]
struct Seen {
    change: Change,
    kind: Kind,
    state: State,
    local: SocketAddr,
    remote: SocketAddr,
    cookie: u64,
    direction: Option<Direction>,
    owner: Option<EventOwner>,
    began: Option<SystemTime>,
    time: SystemTime,
    duration: Option<Duration>,
    traffic: Option<Traffic>,
    matches: Option<bool>,
    netns: Option<u64>,
    uid: Option<u32>,
}

fn seen(event: &SocketEvent<'_>) -> Seen {
    let socket = event.socket();
    Seen {
        change: event.change(),
        kind: socket.kind,
        state: socket.state,
        local: socket.local().unwrap(),
        remote: socket.remote().unwrap(),
        cookie: socket.cookie().unwrap(),
        direction: event.direction(),
        owner: event.owner().cloned(),
        began: event.began(),
        time: event.time(),
        duration: event.duration(),
        traffic: event.traffic(),
        matches: event.matches(),
        netns: socket.netns.and_then(|netns| netns.inode),
        uid: socket.uid(),
    }
}

fn subscribe(query: &Query, options: EventOptions) -> SocketEvents {
    let events = Scanner::new().unwrap().socket_events(query, options);
    events.unwrap_or_else(|error| common::skip_without_bpf(&error))
}

fn tcp() -> SocketEvents {
    subscribe(&Query::new().kinds(Kinds::TCP), EventOptions::new())
}

/// Waits as a program does, until `enough` of what was read.
fn read_until(
    events: &mut SocketEvents,
    enough: impl Fn(&[Seen]) -> bool,
) -> (Vec<Seen>, EventsReceived) {
    let (begin, mut list, mut all) = (Instant::now(), Vec::new(), EventsReceived::default());
    while !enough(&list) {
        assert!(begin.elapsed() < SOON, "{} events: {list:?}", list.len());
        let wait = Timespec { tv_sec: 5, tv_nsec: 0 };
        poll(&mut [PollFd::new(events, PollFlags::IN)], Some(&wait)).unwrap();
        all += events.read(|event| list.push(seen(event))).unwrap();
    }
    (list, all)
}

/// Reads until so many sockets have ended.
fn ends(events: &mut SocketEvents, count: usize) -> Vec<Seen> {
    let ended = |list: &[Seen]| list.iter().filter(|seen| seen.change == Change::Ended).count();
    let (mut list, received) = read_until(events, |list| ended(list) >= count);
    assert!(received.is_complete(), "{received}");
    list.retain(|seen| seen.change == Change::Ended);
    list
}

/// A connection over loopback, and its two ends: the connecting one first.
fn connection(listener: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

fn owner_is_this_process(owner: &EventOwner) -> bool {
    let comm = fs::read("/proc/self/comm").unwrap();
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The twentieth number behind the name.
    let started = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().nth(19).unwrap();
    (owner.pid, owner.start_time) == (Some(std::process::id()), started.parse().unwrap())
        && owner.comm.as_bytes() == comm.trim_ascii_end()
}

#[test]
fn a_thousand_connections_begin_and_end_with_owner_duration_and_bytes() {
    private(|_| {
        const COUNT: usize = 1000;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let mut events = tcp();
        let begin = SystemTime::now();
        for index in 0..COUNT {
            let (mut client, mut accepted) = connection(&listener);
            client.write_all(&vec![b'x'; 100 + index % 7]).unwrap();
            client.shutdown(std::net::Shutdown::Write).unwrap();
            accepted.read_to_end(&mut Vec::new()).unwrap();
            accepted.write_all(b"answer").unwrap();
            drop(accepted);
            client.read_to_end(&mut Vec::new()).unwrap();
        }
        let ended = |list: &[Seen]| list.iter().filter(|it| it.change == Change::Ended).count();
        let (list, received) = read_until(&mut events, |list| ended(list) >= 2 * COUNT);
        assert!(received.is_complete(), "{received}");
        assert_eq!((received.began, received.ended), (2 * COUNT as u64, 2 * COUNT as u64));
        let mut births: BTreeMap<u64, Seen> = BTreeMap::new();
        let (mut sent, mut took) = ([0, 0], Duration::ZERO);
        for seen in list {
            assert_eq!((seen.kind, seen.uid, seen.netns), (Kind::Tcp, Some(0), None));
            let is_client = seen.remote == server;
            assert!(is_client || seen.local == server, "{seen:?}");
            let direction = if is_client { Direction::Connect } else { Direction::Accept };
            assert_eq!((seen.direction, seen.matches), (Some(direction), Some(true)));
            let began = seen.began.unwrap();
            let second = Duration::from_secs(1);
            assert!(began > begin - second && began <= seen.time + second, "{seen:?}");
            if seen.change == Change::Began {
                assert_eq!((seen.state, seen.traffic), (State::ESTABLISHED, None));
                // In a softirq, an accepted connection has no owner.
                let evidence = is_client.then_some(Evidence::Connect);
                assert_eq!(seen.owner.as_ref().map(|owner| owner.evidence), evidence);
                assert!(births.insert(seen.cookie, seen).is_none(), "each begins once");
                continue;
            }
            let birth = births.remove(&seen.cookie).expect("each ends once, and has begun");
            assert_eq!((birth.local, birth.remote), (seen.local, seen.remote));
            let owner = seen.owner.as_ref().expect("an owner");
            assert!(owner_is_this_process(owner), "{owner:?}");
            let (evidence, state) = match is_client {
                true => (Evidence::Connect, State::FIN_WAIT2),
                false => (Evidence::Close, State::LAST_ACK),
            };
            assert_eq!((owner.evidence, seen.state), (evidence, state));
            assert!(seen.duration.unwrap() >= birth.duration.unwrap());
            took += seen.duration.unwrap();
            let traffic = seen.traffic.unwrap();
            let (from_client, from_server) = match is_client {
                true => (traffic.bytes_sent, traffic.bytes_received),
                false => (traffic.bytes_received, traffic.bytes_sent),
            };
            assert_eq!(from_server, 6);
            assert!((100..107).contains(&from_client), "{from_client}");
            assert_eq!((traffic.bytes_retransmitted, traffic.retransmissions), (0, 0));
            sent[usize::from(is_client)] += from_client;
        }
        let all: u64 = (0..COUNT as u64).map(|index| 100 + index % 7).sum();
        assert_eq!((sent, births.len()), ([all, all], 0));
        assert!(took < 2 * begin.elapsed().unwrap(), "{took:?}");
    });
}

#[test]
fn a_connection_that_its_peer_resets_has_no_guessed_owner() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut events = tcp();
        let (client, accepted) = connection(&listener);
        sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
        drop(client);
        let list = ends(&mut events, 2);
        drop(accepted);
        for seen in list {
            assert_eq!(seen.state, State::ESTABLISHED);
            let evidence = seen.owner.map(|owner| owner.evidence);
            match seen.direction {
                Some(Direction::Connect) => assert_eq!(evidence, Some(Evidence::Connect)),
                direction => {
                    assert_eq!((direction, evidence), (Some(Direction::Accept), None));
                }
            }
        }
    });
}

#[test]
fn who_resets_an_accepted_connection_by_closing_it_is_known() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut events = tcp();
        for lingers in [false, true] {
            let (mut client, accepted) = connection(&listener);
            if lingers {
                sockopt::set_socket_linger(&accepted, Some(Duration::ZERO)).unwrap();
            } else {
                client.write_all(b"unread").unwrap();
            }
            drop(accepted);
            let list = ends(&mut events, 2);
            let is_accepted = |seen: &&Seen| seen.direction == Some(Direction::Accept);
            let owner = list.iter().find(is_accepted).unwrap().owner.as_ref().unwrap();
            assert!(owner_is_this_process(owner) && owner.evidence == Evidence::Close);
        }
    });
}

/// `tcp_abort` in net/ipv4/tcp.c has the socket locked, as `close` has.
#[test]
fn who_destroys_the_sockets_of_others_is_not_their_owner() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut events = tcp();
        let (client, accepted) = connection(&listener);
        let port = client.peer_addr().unwrap().port();
        let filter = format!("sport = :{port}");
        let destroyed =
            Command::new("ss").args(["-K", "-t", "state", "established", &filter]).output();
        let printed = destroyed.map(|output| output.stdout).unwrap_or_default();
        if !String::from_utf8_lossy(&printed).contains(&port.to_string()) {
            skip("ss -K, or a kernel with CONFIG_INET_DIAG_DESTROY");
        }
        let list = ends(&mut events, 2);
        let end = list.iter().find(|seen| seen.direction == Some(Direction::Accept)).unwrap();
        assert_eq!((end.state, &end.owner), (State::ESTABLISHED, &None));
        drop((client, accepted));
    });
}

#[test]
fn the_connection_of_a_process_that_has_ended_has_its_owner() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut events = tcp();
        let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
        let mut child = match Command::new("bash").args(["-c", &script]).spawn() {
            Ok(child) => child,
            Err(error) => skip(&format!("bash: {error}")),
        };
        let pid = child.id();
        assert!(child.wait().unwrap().success());
        drop(listener.accept().unwrap());
        let list = ends(&mut events, 2);
        let connecting = list.iter().find(|seen| seen.direction == Some(Direction::Connect));
        let owner = connecting.unwrap().owner.as_ref().unwrap();
        assert_eq!((owner.pid, &owner.comm.to_string()[..]), (Some(pid), "bash"));
        assert_eq!(owner.evidence, Evidence::Connect);
    });
}

#[test]
fn listeners_and_connections_that_fail_are_reported() {
    private(|_| {
        let mut events = tcp();
        let listener = TcpListener::bind("[::1]:0").unwrap();
        let local = listener.local_addr().unwrap();
        drop(listener);
        assert!(TcpStream::connect(local).is_err());
        let (list, _) = read_until(&mut events, |list| list.len() >= 3);
        let [begin, end, refused] = &list[..] else { panic!("{list:?}") };
        for (seen, change) in [(begin, Change::Began), (end, Change::Ended)] {
            assert_eq!((seen.change, seen.kind, seen.state), (change, Kind::Tcp6, State::LISTEN));
            assert_eq!((seen.local, seen.direction), (local, Some(Direction::Listen)));
            assert_eq!(seen.owner.as_ref().unwrap().evidence, Evidence::Listen);
            assert_eq!(seen.traffic, None);
        }
        assert_eq!((refused.change, refused.state), (Change::Ended, State::SYN_SENT));
        assert_eq!(refused.remote, local);
        assert!(owner_is_this_process(refused.owner.as_ref().unwrap()));
    });
}

#[test]
fn a_connection_from_before_ends_without_what_is_unknown() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (mut client, accepted) = connection(&listener);
        client.write_all(b"12345").unwrap();
        let mut events = tcp();
        drop(client);
        (&accepted).read_to_end(&mut Vec::new()).unwrap();
        drop(accepted);
        for seen in ends(&mut events, 2) {
            assert_eq!((seen.began, seen.duration, seen.direction), (None, None, None));
            let traffic = seen.traffic.unwrap();
            assert_eq!(traffic.bytes_sent + traffic.bytes_received, 5);
            assert_eq!(seen.owner.unwrap().evidence, Evidence::Close);
        }
    });
}

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
fn the_first_use_of_a_socket_shows_its_owner() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let query = Query::new().kinds(Kinds::INET);
        let options = EventOptions::new().first_use(true);
        let mut events = match Scanner::new().unwrap().socket_events(&query, options) {
            Ok(events) => events,
            Err(error) => {
                let why = std::error::Error::source(&error).unwrap().to_string();
                if why.contains("no tracepoint") {
                    skip(&why)
                }
                common::skip_without_bpf(&error)
            }
        };
        let (mut client, mut accepted) = connection(&listener);
        client.write_all(b"x").unwrap();
        accepted.read_exact(&mut [0]).unwrap();
        sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
        drop(client);
        let list = ends(&mut events, 2);
        let end = list.iter().find(|seen| seen.direction == Some(Direction::Accept)).unwrap();
        let owner = end.owner.as_ref().unwrap();
        assert!(owner_is_this_process(owner) && owner.evidence == Evidence::Use, "{owner:?}");
        drop(accepted);

        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let local = socket.local_addr().unwrap();
        let mut destroyed = Scanner::new().unwrap().destroy_events(&query).unwrap();
        for _ in 0..3 {
            socket.send_to(b"datagram", local).unwrap();
        }
        let (list, _) = read_until(&mut events, |list| !list.is_empty());
        let [seen] = &list[..] else { panic!("once: {list:?}") };
        assert_eq!((seen.change, seen.kind, seen.local), (Change::Began, Kind::Udp, local));
        assert_eq!((seen.direction, seen.duration), (None, Some(Duration::ZERO)));
        assert!(owner_is_this_process(seen.owner.as_ref().unwrap()));
        // Its end is notified under the same cookie.
        drop(socket);
        let (begin, mut cookies) = (Instant::now(), Vec::new());
        while cookies.is_empty() && begin.elapsed() < SOON {
            destroyed.read(|it| cookies.push(it.socket().cookie().unwrap())).unwrap();
        }
        assert_eq!(cookies, [seen.cookie]);
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
