//! Sockets from a BPF iterator: the same as from sock_diag, apart from known differences, and what
//! decides whether it answers.

use std::{
    collections::BTreeSet,
    fs::File,
    net::{TcpListener, TcpStream, UdpSocket},
    os::fd::AsFd as _,
    path::Path,
    thread,
};

use procnet::{
    Coverage, ErrorKind, Kind, Kinds, Netns, OwnedSocket, Query, Scanner, Source, State,
    coverage::{Fallback, NoBpf},
    owners::OwnerSource,
    socket::SocketId,
};
use procnet_corpus::live::{
    HelperProcess, LoadGenerator, Sandbox, Scene, Uncommon, Workload, close_in_order, private, skip,
};
use rustix::thread::{
    CapabilitySet, LinkNameSpaceType, capabilities, move_into_link_name_space, set_capabilities,
};

mod common;

use common::{OTHER_NETNS, ask_bpf as ask};

fn bpf() -> Query {
    Query::new().source(Source::Bpf)
}

/// The result of `work` in the network namespace of a process.
fn inside<T: Send>(pid: u32, work: impl FnOnce() -> T + Send) -> T {
    let namespace = File::open(format!("/proc/{pid}/ns/net")).unwrap();
    thread::scope(|scope| {
        let there = scope.spawn(move || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            work()
        });
        there.join().unwrap()
    })
}

/// A difference from sock_diag: why, and what makes a socket of either alike. Each occurs.
struct Difference {
    reason: &'static str,
    /// Changes a socket of sock_diag, or `None` to remove it; whether it was changed.
    of_netlink: fn(&mut OwnedSocket) -> Option<bool>,
    of_bpf: fn(&mut OwnedSocket) -> bool,
}

const DIFFERENCES: [Difference; 5] = [
    Difference {
        reason: "a pass sees only sockets that a descriptor holds",
        of_netlink: |socket| (!socket.owners.is_empty()).then_some(false),
        of_bpf: |_| false,
    },
    Difference {
        reason: "the kernel assigns a cookie when sock_diag is asked first",
        of_netlink: |socket| Some(socket.cookie.take().is_some()),
        of_bpf: |socket| socket.cookie.take().is_some(),
    },
    Difference {
        reason: "the memory of datagrams that were read is returned with delay",
        of_netlink: |socket| {
            let is_udp = (Kinds::UDP | Kinds::UDPLITE).contains(socket.kind);
            Some(is_udp && socket.rx_queue.take().is_some())
        },
        of_bpf: |_| false,
    },
    Difference {
        reason: "the program does not read the number of dropped packets",
        of_netlink: |socket| Some(socket.drops.take().is_some()),
        of_bpf: |_| false,
    },
    Difference {
        reason: "a timer goes on between the two answers",
        of_netlink: |socket| Some(socket.timer.as_mut().is_some_and(stop)),
        of_bpf: |socket| socket.timer.as_mut().is_some_and(stop),
    },
];

/// Keeps the kind of a timer and its retransmissions.
fn stop(timer: &mut procnet::socket::SocketTimer) -> bool {
    let left = timer.expires.as_secs();
    assert!(left <= 2 * 60 * 60, "{timer:?}");
    timer.expires = std::time::Duration::ZERO;
    true
}

/// What differs beyond the table, and what of the table does not.
fn compare(mut netlink: Vec<OwnedSocket>, mut bpf: Vec<OwnedSocket>, is_rich: bool) -> String {
    let mut text = String::new();
    for Difference { reason, of_netlink, of_bpf } in &DIFFERENCES {
        let mut is_met = false;
        netlink.retain_mut(|socket| {
            let changed = of_netlink(socket);
            is_met |= changed.unwrap_or(true);
            changed.is_some()
        });
        bpf.iter_mut().for_each(|socket| is_met |= of_bpf(socket));
        if is_rich && !is_met {
            text += &format!("no such difference any more: {reason}\n");
        }
    }
    let lines = |sockets: &[OwnedSocket]| -> BTreeSet<String> {
        sockets.iter().map(|socket| format!("{socket:?}")).collect()
    };
    let is_distinct = lines(&netlink).len() == netlink.len() && lines(&bpf).len() == bpf.len();
    assert!(is_distinct, "a socket twice");
    for line in lines(&netlink).difference(&lines(&bpf)) {
        text += &format!("only by netlink: {line}\n");
    }
    for line in lines(&bpf).difference(&lines(&netlink)) {
        text += &format!("only by bpf: {line}\n");
    }
    text
}

/// Asserts that both sources report the same soon: sockets that were just closed still change state.
#[track_caller]
fn same(query: &Query, is_rich: bool) -> Coverage {
    let (mut of_bpf, mut of_netlink) = (Scanner::new().unwrap(), Scanner::new().unwrap());
    let mut text = String::new();
    for _attempt in 0..100 {
        let passed = ask(&mut of_bpf, &query.clone().source(Source::Bpf));
        let dumped = of_netlink.collect(&query.clone().source(Source::Netlink)).unwrap();
        text = compare(dumped.sockets, passed.sockets, is_rich);
        if text.is_empty() {
            return passed.coverage;
        }
        thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{text}");
}

#[test]
fn sockets_are_those_of_sock_diag_apart_from_known_differences() {
    private(|_| {
        Scene::with(|_| {
            let coverage = same(&Query::new(), true);
            assert_eq!(coverage.from(Source::Bpf), Kinds::DEFAULT);
            // The scene has some that no descriptor holds.
            assert_eq!(coverage.without_descriptor, Kinds::DEFAULT);
            assert!(!coverage.is_complete());
        });
    });
}

#[test]
fn sockets_of_several_namespaces_come_from_one_pass() {
    private(|_| {
        let load = LoadGenerator::default().spawn_via(&OTHER_NETNS, Workload::Tcp, 3, 20);
        let load = load.spawn_via(&OTHER_NETNS, Workload::Udp6, 2, 10);
        let _load = load.spawn_via(&OTHER_NETNS, Workload::Unix, 2, 10);
        let coverage = same(&Query::new().netns(Netns::All), false);
        assert_eq!((coverage.namespaces.visited, coverage.without_descriptor), (8, Kinds::NONE));
        assert_eq!(common::missing_inside(&coverage), "");
    });
}

#[test]
fn raw_and_echo_sockets_are_reported_and_packet_and_netlink_are_not() {
    private(|_| {
        let uncommon = Uncommon::new();
        let kinds = Kinds::UDPLITE | Kinds::RAW | Kinds::ICMP;
        let answer = ask(&mut Scanner::new().unwrap(), &bpf().kinds(kinds));
        let mut seen = common::without_numbers(common::entries(&answer.sockets));
        let mut known = uncommon.entries().to_vec();
        seen.sort();
        known.sort();
        assert_eq!(seen, known);
        assert!(answer.coverage.is_complete(), "{}", answer.coverage);
        let query = bpf().kinds(Kinds::TCP | Kinds::PACKET | Kinds::NETLINK);
        let coverage = ask(&mut Scanner::new().unwrap(), &query).coverage;
        let unread: Kinds = coverage.unreadable.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(unread, Kinds::PACKET | Kinds::NETLINK);
        assert!(!coverage.is_complete());
    });
}

/// Bound, inactive sockets, on all kernels.
#[test]
fn bound_sockets_are_reported_on_request() {
    private(|_| {
        let bound = rustix::net::socket(
            rustix::net::AddressFamily::INET,
            rustix::net::SocketType::STREAM,
            None,
        )
        .unwrap();
        let mut scanner = Scanner::new().unwrap();
        let query = bpf().kinds(Kinds::TCP);
        let count = |scanner: &mut Scanner, query: &Query| ask(scanner, query).sockets.len();
        assert_eq!(count(&mut scanner, &query.clone().bound(true)), 0, "it has no port");
        let any = std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 0);
        rustix::net::bind(&bound, &any).unwrap();
        assert_eq!(count(&mut scanner, &query), 0);
        let found = ask(&mut scanner, &query.bound(true)).sockets;
        assert_eq!((found.len(), found[0].state), (1, State::BOUND_INACTIVE));
        assert_ne!(found[0].local.unwrap().port(), 0);
    });
}

/// In tcp of many namespaces, a pass comes first; where it may have missed a socket, sock_diag answers.
#[test]
fn many_namespaces_are_passed_over_and_dumped_only_where_something_may_be_missing() {
    private(|_| {
        ask(&mut Scanner::new().unwrap(), &bpf());
        let load = LoadGenerator::default().spawn_via(&OTHER_NETNS, Workload::Tcp, 12, 20);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let query = Query::new().kinds(Kinds::INET).netns(Netns::All);
        let numbers = |sockets: &[OwnedSocket]| -> BTreeSet<String> {
            let shown = |it: &OwnedSocket| {
                format!("{} {:?} {:?} {:?} {:?}", it.kind, it.netns, it.local, it.remote, it.owners)
            };
            sockets.iter().map(shown).collect()
        };
        let mut scanner = Scanner::new().unwrap();
        let by_netlink = query.clone().source(Source::Netlink);
        let dumped = Scanner::new().unwrap().collect(&by_netlink).unwrap();
        for _visit in 0..2 {
            let answer = scanner.collect(&query).unwrap();
            assert_eq!(numbers(&answer.sockets), numbers(&dumped.sockets));
            let Coverage { fallbacks, namespaces, .. } = &answer.coverage;
            assert_eq!(answer.coverage.from(Source::Bpf), Kinds::TCP);
            assert_eq!(answer.coverage.from(Source::Netlink), Kinds::INET);
            assert_eq!(fallbacks[..], [(Fallback::WithoutDescriptor, Kinds::TCP4)]);
            assert_eq!((namespaces.visited, namespaces.by_descriptors), (13, 0));
            assert_eq!(common::missing_inside(&answer.coverage), "");
        }
        let _server = listener.accept().unwrap();
        let answer = scanner.collect(&query).unwrap();
        assert!(answer.coverage.fallbacks.is_empty(), "{:?}", answer.coverage.fallbacks);
        assert_eq!(answer.coverage.from(Source::Netlink), Kinds::UDP);
        // What a pass does not report is not asked of it.
        let details = procnet::details::Details::TCP_INFO;
        let marked = "fwmark = 1".parse().unwrap();
        for query in [
            query.clone().details(details),
            query.clone().filter(marked),
            query.clone().listening().kinds(Kinds::TCP),
            query.clone().netns(Netns::Own),
        ] {
            let coverage = scanner.collect(&query).unwrap().coverage;
            assert_eq!(coverage.from(Source::Bpf), Kinds::NONE, "{query:?}");
            assert!(coverage.fallbacks.is_empty());
        }
        drop((client, load));
        let coverage = scanner.collect(&query).unwrap().coverage;
        assert_eq!(coverage.from(Source::Bpf), Kinds::NONE, "one namespace");
    });
}

/// One pass has rows and owners of a namespace, and a dump has them where a socket may be missing.
#[test]
fn owners_and_rows_come_from_one_pass_if_that_is_whole() {
    private(|_| {
        ask(&mut Scanner::new().unwrap(), &bpf());
        let load = LoadGenerator::default().spawn(Workload::Tcp, 2, 20);
        let query = Query::new().kinds(Kinds::INET).owner_source(OwnerSource::Bpf).one_pass(true);
        let mut scanner = Scanner::new().unwrap();
        let mut ask = || scanner.collect(&query).unwrap();
        for _visit in 0..2 {
            let answer = ask();
            assert_eq!(answer.coverage.from(Source::Bpf), Kinds::TCP);
            assert_eq!(answer.coverage.from(Source::Netlink), Kinds::UDP);
            assert_eq!(common::missing_inside(&answer.coverage), "");
            assert!(answer.sockets.iter().all(|socket| !socket.owners.is_empty()));
            assert!(answer.sockets.len() >= 40);
        }
        // From now on no program can be loaded: those that other visits need have been.
        let mut sets = capabilities(None).unwrap();
        let loading = CapabilitySet::PERFMON | CapabilitySet::SYS_ADMIN;
        sets.effective.remove(loading);
        sets.permitted.remove(loading);
        set_capabilities(None, sets).unwrap();
        // Known only after a pass, which is not repeated at once.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        for fallbacks in [&[(Fallback::WithoutDescriptor, Kinds::TCP4)][..], &[]] {
            let answer = ask();
            assert_eq!(answer.coverage.from(Source::Bpf), Kinds::NONE);
            assert_eq!(answer.coverage.fallbacks[..], *fallbacks);
            let peer = client.local_addr().unwrap();
            assert!(answer.sockets.iter().any(|socket| socket.remote == Some(peer)));
        }
        let (server, _) = listener.accept().unwrap();
        assert_eq!(ask().coverage.from(Source::Bpf), Kinds::TCP);
        // Known before: no pass is made for nothing.
        close_in_order(server, client);
        let answer = ask();
        assert_eq!(answer.coverage.from(Source::Bpf), Kinds::NONE);
        assert!(answer.coverage.fallbacks.is_empty());
        assert!(answer.sockets.iter().any(|socket| socket.state == State::TIME_WAIT));
        drop(load);
    });
}

#[test]
fn a_namespace_that_only_a_socket_shows_is_found() {
    private(|_| {
        let helper = HelperProcess::start_via(b"short-lived", &OTHER_NETNS);
        let number = std::os::unix::fs::MetadataExt::ino(
            &std::fs::metadata(format!("/proc/{}/ns/net", helper.pid())).unwrap(),
        );
        let udp = inside(helper.pid(), || UdpSocket::bind("127.0.0.1:0").unwrap());
        let query = bpf().kinds(Kinds::ALL).netns(Netns::All);
        let mut scanner = Scanner::new().unwrap();
        let namespaces = ask(&mut scanner, &query).coverage.namespaces;
        assert_eq!((namespaces.visited, namespaces.by_descriptors), (2, 0));
        drop(helper);
        let answer = ask(&mut scanner, &query);
        let namespaces = &answer.coverage.namespaces;
        assert_eq!((namespaces.visited, namespaces.by_descriptors), (2, 1));
        assert!(answer.coverage.to_string().contains("1 network namespace cannot be entered"));
        let of_it = |socket: &&OwnedSocket| {
            socket.netns.as_ref().is_some_and(|netns| netns.inode == Some(number))
        };
        let found: Vec<_> = answer.sockets.iter().filter(of_it).collect();
        let [found] = found[..] else { panic!("{found:?}") };
        assert_eq!((found.kind, found.local), (Kind::Udp, Some(udp.local_addr().unwrap())));
        assert_eq!(found.owners[0].pid, std::process::id());
        let netns = found.netns.as_ref().unwrap();
        assert_eq!((netns.pid, &netns.path), (None, &None));
        drop(udp);
        let namespaces = ask(&mut scanner, &query).coverage.namespaces;
        assert_eq!((namespaces.visited, namespaces.by_descriptors), (1, 0));
    });
}

/// Although sock_diag assigns it a cookie in between.
#[test]
fn a_socket_keeps_its_identity() {
    private(|_| {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut scanner = Scanner::new().unwrap();
        let kinds = Kinds::UDP4;
        ask(&mut scanner, &bpf().kinds(kinds));
        let mut id = |query: &Query| -> Vec<(SocketId, bool)> {
            let mut ids = Vec::new();
            let seen = scanner.visit(query, |it| ids.push((it.id(), it.cookie().is_some())));
            seen.unwrap();
            ids
        };
        let before = id(&bpf().kinds(kinds));
        let dumped = id(&Query::new().kinds(kinds).source(Source::Netlink));
        udp.connect("127.0.0.1:9").unwrap();
        let after = id(&bpf().kinds(kinds));
        assert_eq!((before.len(), before[0].0), (1, after[0].0));
        assert_eq!((before[0].1, dumped[0].1, after[0].1), (false, true, true));
        assert_ne!(before[0].0, dumped[0].0);
    });
}

#[test]
fn without_privilege_the_reason_is_reported() {
    fn nobody(_: &str) {
        let error = Scanner::new().unwrap().collect(&bpf()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoBpf);
        let cause = std::error::Error::source(&error).unwrap().to_string();
        if cause == NoBpf::NotBuilt.to_string() {
            skip("built without the feature bpf");
        }
        assert!(cause.contains("CAP_BPF"), "{cause}");
        let query = Query::new().kinds(Kinds::TCP4).netns(Netns::All);
        let coverage = Scanner::new().unwrap().collect(&query).unwrap().coverage;
        let refused = (Fallback::NoProgram("capabilities"), Kinds::TCP4);
        assert!(coverage.fallbacks.contains(&refused), "{:?}", coverage.fallbacks);
        assert_eq!(coverage.namespaces.visited, 13);
        assert_eq!(coverage.from(Source::Bpf), Kinds::NONE);
    }
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        let _load = LoadGenerator::default().spawn_via(&OTHER_NETNS, Workload::Udp, 12, 1);
        sandbox.run_role("nobody", &["setpriv", "--reuid=65534", "--clear-groups"], "");
    });
}

#[test]
fn a_capture_has_no_descriptors() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("net")).unwrap();
    let root = procnet::ProcRoot::at(folder.path()).unwrap();
    let error = Scanner::with_root(root).collect(&bpf()).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::NoBpf, Path::new(folder.path())));
}
