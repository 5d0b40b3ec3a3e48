//! Births and ends of sockets by BPF: each is reported once, with what is known of it.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream, UdpSocket},
    process::Command,
    time::{Duration, Instant, SystemTime},
};

use procnet::{
    Kind, Kinds, Query, Scanner, State,
    events::{Change, Direction, EventOptions, Evidence},
};
use procnet_corpus::live::{private, skip};
use rustix::net::sockopt;
use seen::{SOON, Seen, connection, ends, owner_is_this_process, read_until, tcp};

mod common;
#[path = "socket_events/seen.rs"]
mod seen;

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
