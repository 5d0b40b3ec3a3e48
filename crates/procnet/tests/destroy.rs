//! Sockets are closed whoever owns them, and never another one than that which was meant.

use std::{
    io::{ErrorKind, Read as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::fd::OwnedFd,
};

use procnet::{
    Filter, Kinds, Netns, Query, Scanner, Source, State,
    destroy::{Outcome, Refusal, Target},
};
use procnet_corpus::live::{LoadGenerator, Sandbox, Workload, close_in_order, private, skip};
use rustix::net::{AddressFamily, SocketType, bind, listen, socket, sockopt};

mod common;

fn query(kinds: Kinds, port: u16) -> Query {
    let filter: Filter = format!("sport = :{port} or dport = :{port}").parse().unwrap();
    Query::new().kinds(kinds).source(Source::Netlink).owners(false).filter(filter)
}

/// The sockets that a query finds.
fn found(scanner: &mut Scanner, query: &Query) -> Vec<Target> {
    let mut targets = Vec::new();
    scanner.visit(query, |socket| targets.push(Target::of(socket).unwrap())).unwrap();
    targets
}

/// Closes sockets; ends the test if this kernel cannot.
fn destroy(scanner: &mut Scanner, targets: &[Target]) -> Vec<Outcome> {
    let outcomes = scanner.destroy(targets);
    assert_eq!(outcomes.len(), targets.len());
    let is_unable = |(target, outcome): (&Target, &Outcome)| {
        let refusal = Refusal::Unsupported(target.state());
        *outcome == Outcome::Refused(refusal) && target.state() != State::TIME_WAIT
    };
    if targets.iter().zip(&outcomes).any(is_unable) {
        skip("this kernel cannot close sockets (CONFIG_INET_DIAG_DESTROY)");
    }
    outcomes
}

/// A listener, a connection to it from a client, and its accepted end.
fn connection(address: &str) -> (TcpListener, TcpStream, TcpStream) {
    let listener = TcpListener::bind(address).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    (listener, client, accepted)
}

#[test]
fn a_connection_is_closed_and_nothing_else() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        // The last one has IPv4 addresses in an IPv6 socket.
        for (address, peer) in
            [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "::1"), ("[::]:0", "127.0.0.1")]
        {
            let listener = TcpListener::bind(address).unwrap();
            let port = listener.local_addr().unwrap().port();
            let peer = SocketAddr::new(peer.parse().unwrap(), port);
            let mut clients = [0; 3].map(|_| TcpStream::connect(peer).unwrap());
            let mut accepted = [0; 3].map(|_| listener.accept().unwrap().0);
            let client = clients[1].local_addr().unwrap().port();
            let all = found(&mut scanner, &query(Kinds::TCP, port));
            assert_eq!(all.len(), 7);
            let mine = |target: &&Target| target.local().port() == client;
            let targets: Vec<Target> = all.iter().filter(mine).cloned().collect();
            assert_eq!(destroy(&mut scanner, &targets), [Outcome::Closed]);
            let kind = clients[1].read(&mut [0]).unwrap_err().kind();
            assert_eq!(kind, ErrorKind::ConnectionAborted, "{address}");
            let at = accepted.iter().position(|end| end.peer_addr().is_err()).unwrap();
            assert_eq!(accepted[at].read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
            // Its own end and that of the peer are gone; five sockets are left.
            assert_eq!(destroy(&mut scanner, &targets), [Outcome::Gone]);
            let left = found(&mut scanner, &query(Kinds::TCP, port));
            assert_eq!(left.len(), 5, "{left:?}");
            assert!(clients[0].peer_addr().is_ok() && clients[2].peer_addr().is_ok());
        }
    });
}

#[test]
fn a_socket_that_has_taken_the_addresses_is_not_closed() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let listeners = found(&mut scanner, &query(Kinds::TCP, address.port()));
        drop(listener);
        let listener = TcpListener::bind(address).unwrap();
        assert_eq!(destroy(&mut scanner, &listeners), [Outcome::Gone]);
        TcpStream::connect(address).unwrap();
        listener.accept().unwrap();

        let other = UdpSocket::bind("127.0.0.1:0").unwrap();
        let other = other.local_addr().unwrap();
        let connected = |address: &str| {
            let socket = UdpSocket::bind(address).unwrap();
            socket.connect(other).unwrap();
            socket
        };
        let socket = connected("127.0.0.1:0");
        let address = socket.local_addr().unwrap();
        let sockets = found(&mut scanner, &query(Kinds::UDP, address.port()));
        drop(socket);
        let socket = connected(&address.to_string());
        assert_eq!(destroy(&mut scanner, &sockets), [Outcome::Gone]);
        assert_eq!(socket.peer_addr().unwrap(), other);
    });
}

#[test]
fn a_listener_stops_and_what_it_accepted_stays() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let (listener, mut client, mut accepted) = connection("127.0.0.1:0");
        let address = listener.local_addr().unwrap();
        let listeners = query(Kinds::TCP, address.port()).listening();
        let targets = found(&mut scanner, &listeners);
        assert_eq!(destroy(&mut scanner, &targets), [Outcome::Closed]);
        assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::InvalidInput);
        let refused = TcpStream::connect(address).unwrap_err().kind();
        assert_eq!(refused, ErrorKind::ConnectionRefused);
        std::io::Write::write_all(&mut client, b"x").unwrap();
        accepted.read_exact(&mut [0]).unwrap();
    });
}

#[test]
fn one_of_many_listeners_at_one_address_is_closed() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut open = |kind| {
            let socket = socket(AddressFamily::INET, kind, None).unwrap();
            sockopt::set_socket_reuseport(&socket, true).unwrap();
            bind(&socket, &address).unwrap();
            let bound = rustix::net::getsockname(&socket).unwrap();
            address = SocketAddr::try_from(bound).unwrap();
            socket
        };
        let mut group = |kind| -> Vec<OwnedFd> { (0..12).map(|_| open(kind)).collect() };
        let (listeners, sockets) = (group(SocketType::STREAM), group(SocketType::DGRAM));
        listeners.iter().for_each(|listener| listen(listener, 1).unwrap());
        for kinds in [Kinds::TCP, Kinds::UDP] {
            let query = query(kinds, address.port());
            let mut left = found(&mut scanner, &query);
            assert_eq!(left.len(), 12);
            // Whichever is chosen.
            while let Some(target) = left.pop() {
                let closed = destroy(&mut scanner, std::slice::from_ref(&target));
                assert_eq!(closed, [Outcome::Closed], "of {}", left.len() + 1);
                if kinds == Kinds::TCP {
                    let mut cookies: Vec<u64> =
                        found(&mut scanner, &query).iter().map(Target::cookie).collect();
                    let mut expected: Vec<u64> = left.iter().map(Target::cookie).collect();
                    cookies.sort_unstable();
                    expected.sort_unstable();
                    assert_eq!(cookies, expected);
                }
            }
        }
        drop((listeners, sockets));
    });
}

#[test]
fn a_socket_that_the_kernel_does_not_find_is_reported_as_such() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        // The kernel finds the last of them, always.
        let sockets = [0; 2].map(|_| {
            let socket = socket(AddressFamily::INET, SocketType::DGRAM, None).unwrap();
            sockopt::set_socket_reuseaddr(&socket, true).unwrap();
            bind(&socket, &address).unwrap();
            let bound = rustix::net::getsockname(&socket).unwrap();
            address = SocketAddr::try_from(bound).unwrap();
            socket
        });
        let targets = found(&mut scanner, &query(Kinds::UDP, address.port()));
        let outcomes = destroy(&mut scanner, &targets);
        let refused = Outcome::Refused(Refusal::NotFound);
        assert!(outcomes.contains(&Outcome::Closed) && outcomes.contains(&refused), "{outcomes:?}");
        drop(sockets);
    });
}

#[test]
fn a_connection_in_time_wait_is_removed_if_the_kernel_can() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let (listener, client, accepted) = connection("127.0.0.1:0");
        let port = listener.local_addr().unwrap().port();
        close_in_order(client, accepted);
        drop(listener);
        let query = query(Kinds::TCP, port).states([State::TIME_WAIT]);
        let targets = found(&mut scanner, &query);
        assert_eq!(targets.len(), 1);
        match scanner.destroy(&targets)[..] {
            [Outcome::Closed] => assert_eq!(found(&mut scanner, &query), []),
            ref outcomes => {
                let refusal = Refusal::Unsupported(State::TIME_WAIT);
                assert_eq!(*outcomes, [Outcome::Refused(refusal)]);
                assert_eq!(found(&mut scanner, &query), targets);
            }
        }
    });
}

#[test]
fn sockets_are_closed_in_the_namespace_that_they_are_in() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let load = LoadGenerator::default().spawn_via(&common::OTHER_NETNS, Workload::Udp, 2, 4);
        let here = UdpSocket::bind("127.0.0.1:0").unwrap();
        let all = Query::new().kinds(Kinds::UDP).source(Source::Netlink).owners(false);
        let all = all.netns(Netns::All);
        let targets = found(&mut scanner, &all);
        let namespaces: std::collections::BTreeSet<_> =
            targets.iter().filter_map(Target::netns).collect();
        assert_eq!((targets.len(), namespaces.len()), (9, 3));
        let own = here.local_addr().unwrap();
        let others: Vec<Target> =
            targets.into_iter().filter(|target| target.local() != own).collect();
        assert_eq!(destroy(&mut scanner, &others), [Outcome::Closed; 8]);
        // Ports that `bind` did not name are given up.
        let left = found(&mut scanner, &all);
        assert_eq!(left.iter().map(Target::local).collect::<Vec<_>>(), [own]);
        // A visit of this namespace alone has closed what leads to the others.
        found(&mut scanner, &query(Kinds::UDP, own.port()));
        let outcomes = scanner.destroy(&others);
        let is_unavailable =
            |outcome: &Outcome| matches!(outcome, Outcome::Refused(Refusal::Unavailable(_)));
        assert!(outcomes.iter().all(is_unavailable), "{outcomes:?}");
        drop(load);
    });
}

#[test]
fn closing_takes_a_privilege() {
    fn nobody(port: &str) {
        let mut scanner = Scanner::new().unwrap();
        let targets = found(&mut scanner, &query(Kinds::TCP, port.parse().unwrap()));
        assert_eq!(targets.len(), 1);
        let outcomes = destroy(&mut scanner, &targets);
        assert_eq!(outcomes, [Outcome::Refused(Refusal::NotPermitted)]);
    }
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let without = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"];
        sandbox.run_role("nobody", &without, &port);
        TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        listener.accept().unwrap();
    });
}

#[test]
fn only_sockets_that_the_kernel_distinguishes_are_targets() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let _listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _raw =
            socket(AddressFamily::INET, SocketType::RAW, Some(rustix::net::ipproto::ICMP)).unwrap();
        let _unix = std::os::unix::net::UnixDatagram::unbound().unwrap();
        let mut refused = |kinds, source| {
            let query = Query::new().kinds(kinds).source(source).owners(false);
            let mut refusals = Vec::new();
            scanner.visit(&query, |socket| refusals.push(Target::of(socket).unwrap_err())).unwrap();
            refusals.dedup();
            refusals
        };
        assert_eq!(refused(Kinds::TCP, Source::Procfs), [Refusal::NoCookie]);
        assert_eq!(refused(Kinds::RAW, Source::Procfs), [Refusal::Raw]);
        assert_eq!(refused(Kinds::UNIX, Source::Netlink), [Refusal::Kind]);
    });
}
