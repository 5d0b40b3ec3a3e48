//! Sockets that no descriptor holds, which a pass of a BPF iterator does not see: the kernel's counts
//! show that they exist, so the source `bpf` reports that some may be missing, and `auto` asks sock_diag.

use std::{
    net::{TcpListener, TcpStream},
    os::{fd::AsFd as _, unix::net::UnixStream},
    thread,
    time::Duration,
};

use procnet::{
    Coverage, Inode, Kinds, Netns, OwnedSocket, Query, Scanner, Source, State, coverage::Fallback,
    lookup::inode_of,
};
use procnet_corpus::live::{LoadGenerator, Workload, private, raw, skip_part};

mod common;

use common::{OTHER_NETNS, ask_bpf};

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

#[test]
fn what_no_descriptor_holds_is_a_gap() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().source(Source::Bpf).kinds(Kinds::TCP4 | Kinds::UDP4);
        let listener = listener();
        let mut gap = |what: &str| {
            let coverage = ask_bpf(&mut scanner, &query).coverage;
            let is_said = coverage.to_string().contains("without a descriptor");
            assert_eq!(is_said, !coverage.is_complete(), "{what}: {coverage}");
            coverage.without_descriptor
        };
        assert_eq!(gap("all are held"), Kinds::NONE);
        // A connection that is not accepted yet may be of any table.
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert_eq!(gap("not accepted"), Kinds::TCP4 | Kinds::UDP4);
        let (server, _) = listener.accept().unwrap();
        assert_eq!(gap("accepted"), Kinds::NONE);
        // What is left of a connection is not counted among the sockets.
        drop(client);
        drop(server);
        let mut found = Kinds::NONE;
        for _attempt in 0..100 {
            found = gap("closed");
            if found == Kinds::TCP4 {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(found, Kinds::TCP4);
    });
}

/// Asserts that the answers say so while a socket of this namespace exists without a descriptor. `hide`
/// makes one: what keeps it, and how it is recognised.
#[track_caller]
fn is_never_passed_over<T>(hide: impl FnOnce() -> (T, Box<dyn Fn(&OwnedSocket) -> bool>)) {
    // `auto` makes a pass only over several namespaces.
    let _load = LoadGenerator::default().spawn_via(&OTHER_NETNS, Workload::Tcp, 12, 2);
    let query = Query::new().kinds(Kinds::TCP4).netns(Netns::All).owners(false);
    let mut by_bpf = Scanner::new().unwrap();
    let mut auto = Scanner::new().unwrap();
    let mut ask = || {
        let alone = ask_bpf(&mut by_bpf, &query.clone().source(Source::Bpf));
        (alone, auto.collect(&query).unwrap())
    };
    // Others of this namespace may just be closing.
    let mut until_all_are_held = || {
        let is_whole = |coverage: &Coverage| coverage.without_descriptor.is_empty();
        for _attempt in 0..200 {
            let (alone, auto) = ask();
            if is_whole(&alone.coverage) && auto.coverage.fallbacks.is_empty() {
                assert_eq!(auto.coverage.from(Source::Bpf), Kinds::TCP4);
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("never whole");
    };
    until_all_are_held();
    let (kept, is_it) = hide();
    for _visit in 0..2 {
        let alone = ask_bpf(&mut by_bpf, &query.clone().source(Source::Bpf));
        assert!(!alone.sockets.iter().any(&is_it));
        assert_eq!(alone.coverage.without_descriptor, Kinds::TCP4);
        assert!(!alone.coverage.is_complete());
        assert!(alone.coverage.to_string().contains("without a descriptor"), "{}", alone.coverage);
        let answer = auto.collect(&query).unwrap();
        let found = answer.sockets.iter().filter(|socket| is_it(socket)).count();
        assert_eq!(found, 1, "{:?}", answer.sockets);
        assert_eq!(answer.coverage.fallbacks[..], [(Fallback::WithoutDescriptor, Kinds::TCP4)]);
        assert_eq!(answer.coverage.from(Source::Netlink), Kinds::TCP4);
        assert_eq!(common::missing_inside(&answer.coverage), "");
    }
    drop(kept);
}

fn by_inode(inode: Inode) -> Box<dyn Fn(&OwnedSocket) -> bool> {
    Box::new(move |socket| socket.inode == Some(inode))
}

#[test]
fn a_request_for_a_connection_is_never_passed_over() {
    private(|_| {
        is_never_passed_over(|| {
            let listener = listener();
            // Until data arrives, the connection is a request.
            raw::defer_accept(&listener, 600).unwrap();
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let at = client.local_addr().unwrap();
            let is_it = move |socket: &OwnedSocket| {
                socket.state == State::SYN_RECV && socket.remote == Some(at)
            };
            ((listener, client), Box::new(is_it))
        });
    });
}

#[test]
fn a_socket_in_a_message_is_never_passed_over() {
    private(|_| {
        is_never_passed_over(|| {
            let (here, there) = UnixStream::pair().unwrap();
            let socket = listener();
            let inode = inode_of(&socket).unwrap();
            common::send_away(&here, socket);
            ((here, there), by_inode(inode))
        });
    });
}

#[test]
fn a_socket_that_only_io_uring_holds_is_never_passed_over() {
    private(|_| {
        if let Err(error) = raw::ring_with(&[listener().as_fd()]) {
            skip_part("files registered with io_uring", &error.to_string());
            return;
        }
        is_never_passed_over(|| {
            let socket = listener();
            let inode = inode_of(&socket).unwrap();
            let ring = raw::ring_with(&[socket.as_fd()]).unwrap();
            (ring, by_inode(inode))
        });
    });
}
