//! Destroy notifications: every socket that ends is reported once, nobody forges them, and a loss
//! is reported.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::fd::AsFd as _,
    time::{Duration, Instant},
};

use procnet::{
    ErrorKind, Filter, Kind, Kinds, Netns, ProcRoot, Query, Scanner, Source, State,
    events::{DestroyEvents, DestroyedList, Received},
    snapshot::Snapshot,
};
use procnet_corpus::live::{HelperProcess, Sandbox, private, skip_part};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::{
        AddressFamily, SendFlags, SocketFlags, SocketType, bind, getsockname,
        netlink::{self, SocketAddrNetlink},
        sendto, socket_with,
    },
};

mod common;

/// The time in which the kernel sends its notifications, which it leaves to a worker.
const SOON: Duration = Duration::from_secs(20);

fn subscribe(query: &Query) -> DestroyEvents {
    Scanner::new().unwrap().destroy_events(query).unwrap()
}

/// Reads until `count` sockets have ended, and then what else is there.
fn read(events: &mut DestroyEvents, count: usize, list: &mut DestroyedList) -> Received {
    let (begin, mut all) = (Instant::now(), Received::default());
    while list.len() < count && begin.elapsed() < SOON {
        let wait = Timespec { tv_sec: 1, tv_nsec: 0 };
        poll(&mut [PollFd::new(events, PollFlags::IN)], Some(&wait)).unwrap();
        all += events.read(|destroyed| list.push(destroyed)).unwrap();
    }
    std::thread::sleep(Duration::from_millis(50));
    all += events.read(|destroyed| list.push(destroyed)).unwrap();
    assert!(!all.more);
    all
}

/// A connection over loopback, and its two ends: the connecting one first.
fn connection(listener: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

fn nowhere(like: SocketAddr) -> SocketAddr {
    let text = if like.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    text.parse().unwrap()
}

#[test]
fn every_kind_is_reported_with_its_cookie_addresses_and_counters() {
    use std::io::{Read as _, Write as _};
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().kinds(Kinds::INET);
        let mut events = scanner.destroy_events(&query).unwrap();
        assert_eq!(events.kinds(), Kinds::INET);
        for ip in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(ip).unwrap();
            let (mut client, mut server) = connection(&listener);
            client.write_all(&[0; 3000]).unwrap();
            server.read_exact(&mut [0; 3000]).unwrap();
            server.write_all(&[0; 70]).unwrap();
            client.read_exact(&mut [0; 70]).unwrap();
            let bound = UdpSocket::bind(ip).unwrap();
            let sender = UdpSocket::bind(ip).unwrap();
            sender.connect(bound.local_addr().unwrap()).unwrap();
            let (tcp, udp) = (listener.local_addr().unwrap(), bound.local_addr().unwrap());
            let (from, by) = (client.local_addr().unwrap(), sender.local_addr().unwrap());
            let is_v4 = tcp.is_ipv4();
            let kinds = if is_v4 { (Kind::Tcp, Kind::Udp) } else { (Kind::Tcp6, Kind::Udp6) };
            let mut seen = Snapshot::default();
            scanner.snapshot(&query, &mut seen).unwrap();
            drop((client, server));
            drop((listener, bound, sender));
            let mut list = DestroyedList::default();
            let received = read(&mut events, 5, &mut list);
            assert_eq!((received.destroyed, received.is_complete()), (5, true));
            let mut ends = BTreeMap::new();
            for destroyed in list.iter() {
                let socket = destroyed.socket();
                // The message has neither of the two, and says 0.
                assert_eq!((socket.uid(), socket.inode), (None, None));
                assert_eq!((socket.rx_queue(), socket.tx_queue()), (None, None));
                let before = seen.counterpart(&socket).expect("a socket that was seen");
                assert_eq!((before.id(), before.cookie()), (socket.id(), socket.cookie()));
                assert_eq!((before.local(), before.remote()), (socket.local(), socket.remote()));
                assert!(!before.owners.is_empty() && destroyed.was_bound());
                let info = destroyed.tcp_info();
                let bytes = info.map(|info| (info.bytes_sent(), info.bytes_received()));
                let key = (socket.local().unwrap(), socket.remote().unwrap());
                let socket = (socket.kind, socket.state, bytes);
                assert_eq!(ends.insert(key, socket), None, "once");
            }
            let is = |local, remote| ends[&(local, remote)];
            // The FIN that each end received counts as a byte.
            let (there, back) = ((Some(3000), Some(71)), (Some(70), Some(3001)));
            assert_eq!(is(from, tcp), (kinds.0, State::CLOSE, Some(there)));
            assert_eq!(is(tcp, from), (kinds.0, State::CLOSE, Some(back)));
            let nothing = Some((Some(0), Some(0)));
            assert_eq!(is(tcp, nowhere(tcp)), (kinds.0, State::CLOSE, nothing));
            assert_eq!(is(udp, nowhere(udp)), (kinds.1, State::CLOSE, None));
            assert_eq!(is(by, udp), (kinds.1, State::ESTABLISHED, None));
        }
    });
}

#[test]
fn a_thousand_short_connections_are_reported_once_each() {
    private(|_| {
        let mut events = subscribe(&Query::new().kinds(Kinds::TCP));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut made = BTreeSet::new();
        for _connection in 0..1000 {
            let (client, server) = connection(&listener);
            made.insert((client.local_addr().unwrap(), server.local_addr().unwrap()));
            made.insert((server.local_addr().unwrap(), client.local_addr().unwrap()));
        }
        let mut list = DestroyedList::default();
        let received = read(&mut events, 2000, &mut list);
        assert!(received.is_complete(), "{received}");
        let ends = |destroyed: procnet::events::Destroyed<'_>| {
            let socket = destroyed.socket();
            (socket.local().unwrap(), socket.remote().unwrap())
        };
        let cookies: BTreeSet<_> = list.iter().map(|end| end.socket().cookie()).collect();
        assert_eq!((list.len(), cookies.len()), (2000, 2000));
        assert_eq!(list.iter().map(ends).collect::<BTreeSet<_>>(), made);
    });
}

#[test]
fn a_loss_is_reported_and_reading_goes_on() {
    private(|_| {
        let mut events = subscribe(&Query::new().kinds(Kinds::UDP));
        let size = events.set_receive_buffer(1).unwrap();
        assert!(size < 16 << 10, "{size}");
        let close = || drop(UdpSocket::bind("127.0.0.1:0").unwrap());
        (0..500).for_each(|_| close());
        std::thread::sleep(Duration::from_millis(300));
        let mut list = DestroyedList::default();
        let received = read(&mut events, 1, &mut list);
        assert!(received.lost >= 1 && list.len() < 500, "{received:?}");
        assert!(!received.is_complete());
        assert!(received.to_string().contains("how many is unknown"), "{received}");
        let before = list.len();
        close();
        let received = read(&mut events, before + 1, &mut list);
        assert_eq!((list.len(), received.lost), (before + 1, 0));
        assert_eq!(received.to_string(), "");
    });
}

/// A notification as the kernel sends it: of a TCP connection between two addresses.
fn forged() -> Vec<u8> {
    let mut message = vec![0; 96];
    message[..4].copy_from_slice(&96_u32.to_ne_bytes());
    message[4..6].copy_from_slice(&20_u16.to_ne_bytes());
    message[16..18].copy_from_slice(&[2, 7]);
    message[20..24].copy_from_slice(&[0, 22, 0, 80]);
    message[60] = 1;
    message[88..90].copy_from_slice(&5_u16.to_ne_bytes());
    message[90..92].copy_from_slice(&10_u16.to_ne_bytes());
    message[92] = 6;
    message
}

#[test]
fn notifications_of_other_senders_are_discarded_and_counted() {
    private(|_| {
        let mut events = subscribe(&Query::new().kinds(Kinds::TCP));
        let (family, kind) = (AddressFamily::NETLINK, SocketType::DGRAM);
        let protocol = Some(netlink::SOCK_DIAG);
        let forger = socket_with(family, kind, SocketFlags::CLOEXEC, protocol).unwrap();
        bind(&forger, &SocketAddrNetlink::new(0, 0)).unwrap();
        // To its port, which refuses it, and to the group.
        let port = SocketAddrNetlink::try_from(getsockname(&events).unwrap()).unwrap();
        let unicast = SocketAddrNetlink::new(port.pid(), 0);
        let group = SocketAddrNetlink::new(0, 1);
        match sendto(&forger, &forged(), SendFlags::empty(), &unicast) {
            Err(Errno::PERM) => {
                return skip_part("a forger", "the kernel does not permit it here");
            }
            sent => assert_eq!(sent, Err(Errno::CONNREFUSED)),
        }
        for _message in 0..100 {
            // The kernel has a socket of its own with this port; only the group matters.
            let _ = sendto(&forger, &forged(), SendFlags::empty(), &group);
        }
        drop(TcpListener::bind("127.0.0.1:0").unwrap());
        let mut list = DestroyedList::default();
        let received = read(&mut events, 1, &mut list);
        assert_eq!((received.destroyed, received.foreign, received.lost), (1, 100, 0));
        assert!(received.is_complete(), "nothing is missing");
        assert_ne!(list.get(0).unwrap().socket().local().unwrap().port(), 22);
    });
}

#[test]
fn a_flood_of_forged_notifications_costs_a_reported_loss_at_most() {
    private(|_| {
        let mut events = subscribe(&Query::new().kinds(Kinds::TCP));
        events.set_receive_buffer(1).unwrap();
        let (family, kind) = (AddressFamily::NETLINK, SocketType::DGRAM);
        let protocol = Some(netlink::SOCK_DIAG);
        let forger = socket_with(family, kind, SocketFlags::CLOEXEC, protocol).unwrap();
        let group = SocketAddrNetlink::new(0, 1);
        for _message in 0..1000 {
            if sendto(&forger, &forged(), SendFlags::empty(), &group) == Err(Errno::PERM) {
                return skip_part("a forger", "the kernel does not permit it here");
            }
        }
        let received = read(&mut events, 0, &mut DestroyedList::default());
        assert_eq!(received.destroyed, 0);
        assert!(received.foreign > 0 && received.lost > 0, "{received:?}");
    });
}

/// As a user without any privilege, who sees the sockets of all users end.
#[test]
fn no_privilege_is_needed() {
    fn unprivileged(_: &str) {
        let mut events = subscribe(&Query::new().kinds(Kinds::TCP));
        drop(TcpListener::bind("127.0.0.1:0").unwrap());
        let mut list = DestroyedList::default();
        assert!(read(&mut events, 1, &mut list).is_complete());
        assert_eq!(list.len(), 1);
    }
    Sandbox::default().role("unprivileged", unprivileged).run(|sandbox| {
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        sandbox.run_role("unprivileged", &nobody, "");
    });
}

#[test]
fn a_subscription_is_to_one_network_namespace() {
    private(|_| {
        let other = HelperProcess::start_via(b"other", &["unshare", "--net"]);
        let query = Query::new().kinds(Kinds::INET).netns(Netns::Pid(other.pid()));
        let mut events = Scanner::new().unwrap().destroy_events(&query).unwrap();
        let mut own = subscribe(&Query::new().kinds(Kinds::INET).netns(Netns::Own));
        drop(UdpSocket::bind("127.0.0.1:0").unwrap());
        let mut list = DestroyedList::default();
        read(&mut own, 1, &mut list);
        assert_eq!(list.len(), 1);
        assert!(list.get(0).unwrap().socket().netns.unwrap().inode.is_some());
        assert_eq!(read(&mut events, 0, &mut list).destroyed, 0);
    });
}

#[test]
fn what_a_filter_needs_may_be_unknown() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let matches = |query: Query, count: usize| {
            let mut events = subscribe(&query.kinds(Kinds::INET));
            drop(connection(&listener));
            drop(TcpListener::bind("127.0.0.1:0").unwrap());
            drop(UdpSocket::bind("127.0.0.1:0").unwrap());
            let mut list = DestroyedList::default();
            read(&mut events, count, &mut list);
            let mut found: Vec<(Kind, bool, Option<bool>)> = list
                .iter()
                .map(|end| {
                    let socket = end.socket();
                    (socket.kind, socket.remote().unwrap().port() != 0, end.matches())
                })
                .collect();
            found.sort_unstable();
            found
        };
        let (tcp, udp) = (Kind::Tcp, Kind::Udp);
        let all = |connection, listener, udp_socket| {
            let connection = (tcp, true, connection);
            vec![(tcp, false, listener), connection, connection, (udp, false, udp_socket)]
        };
        let (yes, unknown) = (Some(true), None);
        assert_eq!(matches(Query::new(), 4), all(yes, yes, yes));
        // Only the accepted end has this port.
        assert_eq!(matches(Query::new().local_port(port), 1), [(tcp, true, yes)]);
        assert_eq!(matches(Query::new().pid(1), 4), all(unknown, unknown, unknown));
        let uid = Query::new().filter("uid = 0".parse::<Filter>().unwrap());
        assert_eq!(matches(uid, 4), all(unknown, unknown, unknown));
        // The state it had: of a connection any, but it did not listen.
        let established = Query::new().states([State::ESTABLISHED]);
        assert_eq!(matches(established, 2), [(tcp, true, unknown); 2]);
        let listening = Query::new().states([State::LISTEN]);
        assert_eq!(matches(listening, 1), [(tcp, false, unknown)]);
        let closed = Query::new().states([State::CLOSE]);
        assert_eq!(matches(closed, 2), [(tcp, false, unknown), (udp, false, yes)]);
    });
}

#[test]
fn where_there_are_no_notifications_the_error_says_so() {
    let refused = |scanner: &mut Scanner, query: &Query| {
        scanner.destroy_events(query).expect_err("no subscription").kind()
    };
    let mut scanner = Scanner::new().unwrap();
    let procfs = Query::new().source(Source::Procfs);
    assert_eq!(refused(&mut scanner, &procfs), ErrorKind::NoNetlink);
    let all = Query::new().netns(Netns::All);
    assert_eq!(refused(&mut scanner, &all), ErrorKind::InvalidQuery);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("net")).unwrap();
    let mut capture = Scanner::with_root(ProcRoot::at(folder.path()).unwrap());
    assert_eq!(refused(&mut capture, &Query::new()), ErrorKind::NoNetlink);
    // A query for other kinds only has none of its own.
    let events = scanner.destroy_events(&Query::new().kinds(Kinds::UNIX)).unwrap();
    assert_eq!(events.kinds(), Kinds::NONE);
    assert!(events.as_fd().try_clone_to_owned().is_ok());
}
