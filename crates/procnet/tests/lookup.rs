//! Lookup of a socket by its endpoints: exactly this one or none, from either source.

use std::{
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::fd::AsFd as _,
    thread,
};

use procnet::{
    ErrorKind, Kind, ProcRoot, Scanner, Source, State, details::Details, lookup::Lookup,
};
use procnet_corpus::live::{HelperProcess, Sandbox, close_in_order, inode_of, private, run, skip};
use rustix::{
    net::sockopt,
    thread::{LinkNameSpaceType, move_into_link_name_space},
};

const SOURCES: [Source; 3] = [Source::Netlink, Source::Procfs, Source::Auto];

fn at(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

/// The same endpoint as an IPv4-mapped address.
fn mapped(end: SocketAddr) -> SocketAddr {
    let SocketAddr::V4(v4) = end else { panic!("{end} is of IPv6") };
    SocketAddr::new(v4.ip().to_ipv6_mapped().into(), end.port())
}

/// The result, which is the same from every source.
fn find(scanner: &mut Scanner, lookup: Lookup) -> Option<(Kind, State, Option<u64>)> {
    let found = SOURCES.map(|source| {
        let found = scanner.lookup(&lookup.source(source)).unwrap();
        found.map(|socket| (socket.kind, socket.state, socket.inode.map(procnet::Inode::get)))
    });
    assert!(found.iter().all(|other| *other == found[0]), "{lookup:?}: {found:?}");
    found[0]
}

#[test]
fn tcp_sockets_are_found_by_their_endpoints() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        for (address, kind) in [("127.0.0.1:0", Kind::Tcp), ("[::1]:0", Kind::Tcp6)] {
            let listener = TcpListener::bind(address).unwrap();
            let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (far, _) = listener.accept().unwrap();
            let (here, there) = (near.local_addr().unwrap(), far.local_addr().unwrap());
            let established = |socket| Some((kind, State::ESTABLISHED, Some(inode_of(socket))));
            assert_eq!(find(&mut scanner, Lookup::tcp(here, there)), established(&near));
            assert_eq!(find(&mut scanner, Lookup::tcp(there, here)), established(&far));
            let listens = Some((kind, State::LISTEN, Some(inode_of(&listener))));
            assert_eq!(find(&mut scanner, Lookup::listener(there)), listens);
            // The kernel would return the listener, which would accept this connection.
            let stranger = SocketAddr::new(here.ip(), 1);
            assert_eq!(find(&mut scanner, Lookup::tcp(there, stranger)), None);
            assert_eq!(find(&mut scanner, Lookup::listener(here)), None);
            assert_eq!(find(&mut scanner, Lookup::udp(here, there)), None);
            assert_eq!(find(&mut scanner, Lookup::udp(here, at("0.0.0.0:0"))), None);
        }
        let mixed = Lookup::tcp(at("127.0.0.1:1"), at("[::1]:2"));
        assert_eq!(find(&mut scanner, mixed), None);
    });
}

#[test]
fn mapped_addresses_match_ipv4_addresses() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let listener = TcpListener::bind("[::]:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let near = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (far, _) = listener.accept().unwrap();
        let (here, there) = (near.local_addr().unwrap(), near.peer_addr().unwrap());
        for (here, there) in [(here, there), (mapped(here), mapped(there)), (here, mapped(there))] {
            let found = find(&mut scanner, Lookup::tcp(here, there));
            assert_eq!(found, Some((Kind::Tcp, State::ESTABLISHED, Some(inode_of(&near)))));
            let found = find(&mut scanner, Lookup::tcp(there, here));
            assert_eq!(found, Some((Kind::Tcp6, State::ESTABLISHED, Some(inode_of(&far)))));
        }
        let everywhere = SocketAddr::new(at("[::]:0").ip(), port);
        let found = find(&mut scanner, Lookup::listener(everywhere));
        assert_eq!(found, Some((Kind::Tcp6, State::LISTEN, Some(inode_of(&listener)))));
        // It accepts IPv4 connections, but its address is another.
        for other in ["0.0.0.0", "127.0.0.1", "::1", "::ffff:0.0.0.0"] {
            let other = SocketAddr::new(other.parse().unwrap(), port);
            assert_eq!(find(&mut scanner, Lookup::listener(other)), None, "{other}");
        }
        let mapped_one = TcpListener::bind("[::ffff:127.0.0.1]:0").unwrap();
        let local = mapped_one.local_addr().unwrap();
        for written in [local, SocketAddr::new(at("127.0.0.1:0").ip(), local.port())] {
            let found = find(&mut scanner, Lookup::listener(written));
            assert_eq!(found, Some((Kind::Tcp6, State::LISTEN, Some(inode_of(&mapped_one)))));
        }
        let udp = UdpSocket::bind("[::ffff:127.0.0.1]:0").unwrap();
        udp.connect("[::ffff:127.0.0.1]:9").unwrap();
        let local = udp.local_addr().unwrap();
        let v4 = SocketAddr::new(at("127.0.0.1:0").ip(), local.port());
        for lookup in
            [Lookup::udp(local, at("[::ffff:127.0.0.1]:9")), Lookup::udp(v4, at("127.0.0.1:9"))]
        {
            let found = find(&mut scanner, lookup);
            assert_eq!(found, Some((Kind::Udp6, State::ESTABLISHED, Some(inode_of(&udp)))));
        }
    });
}

#[test]
fn udp_sockets_are_found_by_their_exact_endpoints() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        for (one, all, kind) in
            [("127.0.0.1:0", "0.0.0.0:0", Kind::Udp), ("[::1]:0", "[::]:0", Kind::Udp6)]
        {
            let bound = UdpSocket::bind(one).unwrap();
            let wild = UdpSocket::bind(all).unwrap();
            let connected = UdpSocket::bind(one).unwrap();
            let (here, there) = (connected.local_addr().unwrap(), bound.local_addr().unwrap());
            connected.connect(there).unwrap();
            let found = find(&mut scanner, Lookup::udp(here, there));
            assert_eq!(found, Some((kind, State::ESTABLISHED, Some(inode_of(&connected)))));
            let found = find(&mut scanner, Lookup::udp(there, at(all)));
            assert_eq!(found, Some((kind, State::CLOSE, Some(inode_of(&bound)))));
            let everywhere = wild.local_addr().unwrap();
            let found = find(&mut scanner, Lookup::udp(everywhere, at(all)));
            assert_eq!(found, Some((kind, State::CLOSE, Some(inode_of(&wild)))));
            // They would receive such packets, but have other endpoints.
            assert_eq!(find(&mut scanner, Lookup::udp(there, here)), None);
            let one_of_all = SocketAddr::new(there.ip(), everywhere.port());
            assert_eq!(find(&mut scanner, Lookup::udp(one_of_all, at(all))), None);
            assert_eq!(find(&mut scanner, Lookup::udp(one_of_all, here)), None);
            assert_eq!(find(&mut scanner, Lookup::udp(here, at(all))), None);
        }
    });
}

#[test]
fn a_connection_is_found_in_time_wait() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (here, there) = (near.local_addr().unwrap(), near.peer_addr().unwrap());
        let (far, _) = listener.accept().unwrap();
        close_in_order(near, far);
        let mut scanner = Scanner::new().unwrap();
        let lookup = Lookup::tcp(here, there);
        for _attempt in 0..100 {
            let found = scanner.lookup(&lookup).unwrap();
            if found.is_some_and(|socket| socket.state == State::TIME_WAIT) {
                break;
            }
            thread::sleep(std::time::Duration::from_millis(20));
        }
        let details = Lookup::details(lookup, Details::TCP_INFO);
        assert_eq!(find(&mut scanner, details), Some((Kind::Tcp, State::TIME_WAIT, None)));
        assert_eq!(find(&mut scanner, Lookup::tcp(there, here)), None);
    });
}

/// Details on request, and owners in a second step.
#[test]
fn details_and_owners_are_available_on_request() {
    private(|_| {
        let helper = HelperProcess::start(b"helper");
        let listener = TcpListener::bind("[::1]:0").unwrap();
        let owner = &helper.hold(&[listener.as_fd()])[0];
        let mut scanner = Scanner::new().unwrap();
        let lookup = Lookup::listener(listener.local_addr().unwrap());
        let asked = lookup.details(Details::V6_ONLY | Details::SOCKET_MEMORY);
        let found = scanner.lookup(&asked).unwrap().expect("it listens");
        let details = found.details().expect("details");
        let limit = sockopt::socket_recv_buffer_size(&listener).unwrap();
        assert_eq!(details.memory().unwrap().receive_limit as usize, limit);
        assert_eq!((details.v6_only(), details.tcp_info()), (Some(true), None));
        assert!(found.owners.is_empty());
        let inode = found.inode.unwrap();
        let (owners, seen) = scanner.owners_of(inode).unwrap();
        let pids: Vec<_> = owners.iter().map(|owner| owner.pid()).collect();
        assert_eq!(pids, [std::process::id(), owner.pid]);
        assert_eq!((seen.seen, seen.unreadable()), (2, 0));
        assert!(scanner.lookup(&lookup).unwrap().unwrap().details().is_none());
        drop((listener, helper));
        assert!(scanner.owners_of(inode).unwrap().0.is_empty());
    });
}

/// Each namespace has its own sockets: those of the thread's namespace are searched.
#[test]
fn a_lookup_uses_the_namespace_of_its_thread() {
    private(|_| {
        let other = HelperProcess::start_via(b"other", &["unshare", "--net"]);
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let lookup = Lookup::listener(listener.local_addr().unwrap());
        let mut scanner = Scanner::new().unwrap();
        assert!(find(&mut scanner, lookup).is_some());
        let namespace = std::fs::File::open(format!("/proc/{}/ns/net", other.pid())).unwrap();
        let moved = thread::spawn(move || {
            let to = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(namespace.as_fd(), to).unwrap();
            find(&mut scanner, lookup)
        });
        assert_eq!(moved.join().unwrap(), None);
    });
}

/// The namespace is that of the root's first process, which is entered for sock_diag; a directory
/// of captures has no sock_diag.
#[test]
fn a_lookup_uses_the_namespace_of_its_root() {
    private(|_| {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        if let Err(reason) = run(&["mount", "--bind", "/proc", path]) {
            skip(&reason);
        }
        let mut scanner = Scanner::with_root(ProcRoot::at(path).unwrap());
        let lookup = Lookup::listener(listener.local_addr().unwrap());
        assert!(find(&mut scanner, lookup).is_some());
        let other = HelperProcess::start_via(b"other", &["unshare", "--net"]);
        let namespace = std::fs::File::open(format!("/proc/{}/ns/net", other.pid())).unwrap();
        let moved = thread::spawn(move || {
            let to = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(namespace.as_fd(), to).unwrap();
            find(&mut scanner, lookup)
        });
        assert!(moved.join().unwrap().is_some());

        let captures = tempfile::tempdir().unwrap();
        std::fs::create_dir(captures.path().join("net")).unwrap();
        std::fs::copy("/proc/net/tcp", captures.path().join("net/tcp")).unwrap();
        let mut scanner = Scanner::with_root(ProcRoot::at(captures.path()).unwrap());
        assert!(scanner.lookup(&lookup).unwrap().expect("it listened").inet().is_some());
        let refused = scanner.lookup(&lookup.source(Source::Netlink));
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::NoNetlink);
        run(&["umount", path]).unwrap();
    });
}

/// Where sock_diag is forbidden, procfs is used, and sock_diag is tried once.
#[test]
fn proc_is_used_where_sock_diag_is_forbidden() {
    fn reader(local: &str) {
        let lookup = Lookup::listener(at(local));
        let mut scanner = Scanner::new().unwrap();
        for _again in 0..3 {
            let found = scanner.lookup(&lookup).unwrap().expect("it listens");
            assert!(found.inet().is_some());
            let error = scanner.lookup(&lookup.source(Source::Netlink)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoNetlink);
            let reason = std::error::Error::source(&error).expect("a reason").to_string();
            assert!(reason.contains("not permitted"), "{reason}");
        }
    }
    Sandbox::default().role("reader", reader).run(|sandbox| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let local = listener.local_addr().unwrap().to_string();
        let log = tempfile::NamedTempFile::new().unwrap();
        let path = log.path().to_str().unwrap();
        let refuse = ["-e", "trace=socket", "-e", "inject=socket:error=EPERM"];
        if sandbox.run_role(
            "reader",
            &[&["strace", "-f", "-o", path], &refuse[..]].concat(),
            &local,
        ) {
            let calls = std::fs::read_to_string(path).unwrap();
            assert_eq!(calls.matches("NETLINK_SOCK_DIAG").count(), 1, "{calls}");
        }
    });
}

/// A protocol that this kernel has no handler for differs from a socket that does not exist.
#[test]
fn a_missing_diag_handler_is_not_a_missing_socket() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let lookup = Lookup::udplite(at("127.0.0.1:1"), at("0.0.0.0:0"));
        for _again in 0..2 {
            match scanner.lookup(&lookup.source(Source::Netlink)) {
                Ok(found) => assert!(found.is_none()),
                Err(error) => assert_eq!(error.kind(), ErrorKind::NoNetlink),
            }
        }
    });
}
