//! Recorded answers of sock_diag contain the sockets that the kernel reported.

use std::{fs, mem::MaybeUninit, path::Path};

use procnet::{
    Kind, Kinds, OwnedSocket, ProcRoot, Query, Scanner, Source, State,
    decode::{
        ByteOrder,
        netlink::{
            Content, Envelope, Messages, States,
            inet::{CompatDump, Dump, Extensions, Protocol},
            unix,
        },
        table::inet::Family,
    },
    details::Details,
    lookup::Lookup,
};
use procnet_corpus::live::{Scene, private};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketType, bind, netlink, netlink::SocketAddrNetlink,
    recv, sendto, socket,
};

const KINDS: Kinds = Kinds::DEFAULT;

/// The datagrams that answer a request.
fn record(request: &[u8]) -> Vec<u8> {
    let protocol = Some(netlink::SOCK_DIAG);
    let socket = socket(AddressFamily::NETLINK, SocketType::RAW, protocol).unwrap();
    bind(&socket, &SocketAddrNetlink::new(0, 0)).unwrap();
    sendto(&socket, request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0)).unwrap();
    let mut answer = Vec::new();
    loop {
        let mut buffer = [MaybeUninit::uninit(); 32 << 10];
        let ((datagram, _), _) = recv(&socket, &mut buffer, RecvFlags::empty()).unwrap();
        answer.extend_from_slice(datagram);
        let is_end = |content: Content<'_>| !matches!(content, Content::Data(_));
        let mut messages = Messages::new(datagram, ByteOrder::NATIVE);
        if messages.any(|message| is_end(message.unwrap().content().unwrap())) {
            return answer;
        }
    }
}

/// Records the sockets of this network namespace below a directory.
fn record_all(root: &Path) {
    let dir = root.join("net/sock_diag");
    fs::create_dir_all(&dir).unwrap();
    let envelope = Envelope { sequence: 7, order: ByteOrder::NATIVE };
    let (states, extensions, bytecode) = (States::TABLE, Extensions::NONE, &[][..]);
    let mut space = [0; 1024];
    let both = CompatDump { states, extensions, bytecode }.write(&mut space, envelope).unwrap();
    let both = record(both);
    fs::write(dir.join("tcp"), &both).unwrap();
    fs::write(dir.join("tcp6"), &both).unwrap();
    // With the memory, of which drops are a part.
    let extensions = Extensions::SOCKET_MEMORY;
    for (name, family) in [("udp", Family::V4), ("udp6", Family::V6)] {
        let dump = Dump { family, protocol: Protocol::UDP, states, extensions, bytecode };
        let answer = record(dump.write(&mut space, envelope).unwrap());
        fs::write(dir.join(name), answer).unwrap();
    }
    let show = unix::Show::NAME.with(unix::Show::PEER).with(unix::Show::UID);
    let dump = unix::Dump { states, show }.write(&mut space, envelope).unwrap();
    fs::write(dir.join("unix"), record(dump)).unwrap();
}

fn query(source: Source) -> Query {
    Query::new().kinds(KINDS).owners(false).source(source)
}

fn recorded(root: &Path) -> Scanner {
    Scanner::with_root(ProcRoot::at(root).unwrap())
}

/// Without timers, which change.
fn sorted(mut sockets: Vec<OwnedSocket>) -> Vec<OwnedSocket> {
    sockets.iter_mut().for_each(|socket| socket.timer = None);
    sockets.sort_by_key(|socket| (socket.kind.name(), socket.cookie));
    sockets
}

#[test]
fn recorded_sockets_equal_those_the_kernel_reported() {
    private(|_| {
        let _scene = Scene::new();
        let root = tempfile::tempdir().unwrap();
        let compare = || {
            record_all(root.path());
            let live = Scanner::new().unwrap().collect(&query(Source::Netlink)).unwrap();
            let replayed = recorded(root.path()).collect(&query(Source::Recorded)).unwrap();
            let visited = recorded(root.path()).visit(&query(Source::Recorded), |socket| {
                assert_eq!(socket.id(), socket.to_owned().id());
            });
            assert_eq!(visited.unwrap().sockets, replayed.coverage.sockets);
            assert!(replayed.coverage.is_complete(), "{}", replayed.coverage);
            assert_eq!(replayed.coverage.from(Source::Recorded), KINDS);
            for kind in KINDS.iter() {
                assert!(live.sockets.iter().any(|socket| socket.kind == kind), "no {kind}");
            }
            assert_eq!(replayed.sockets.len(), live.sockets.len());
            let pairs = sorted(replayed.sockets).into_iter().zip(sorted(live.sockets));
            pairs.into_iter().find(|(replayed, live)| replayed != live)
        };
        // What a closed socket has not sent yet is still being sent.
        let settled = (0..50).find(|_| compare().is_none());
        assert!(settled.is_some(), "{:?}", compare());
    });
}

#[test]
fn conditions_and_limits_apply_to_recorded_sockets() {
    private(|_| {
        let _scene = Scene::new();
        let root = tempfile::tempdir().unwrap();
        record_all(root.path());
        let mut scanner = recorded(root.path());
        let listening = scanner.collect(&query(Source::Recorded).kinds(Kinds::TCP).listening());
        let listening = listening.unwrap().sockets;
        assert!(listening.iter().all(|socket| socket.state == State::LISTEN));
        let local = listening[0].local.unwrap();
        let lookup = Lookup::listener(local).source(Source::Recorded);
        let found = scanner.lookup(&lookup).unwrap().expect("a recorded listener");
        assert_eq!((found.local(), found.inode), (Some(local), listening[0].inode));
        let coverage = scanner.visit(&query(Source::Recorded).limit(1), |_| ()).unwrap();
        assert_eq!((coverage.sockets, coverage.truncated), (1, true));
    });
}

#[test]
fn what_recorded_answers_do_not_report_is_said_of_them() {
    private(|_| {
        let _scene = Scene::new();
        let root = tempfile::tempdir().unwrap();
        record_all(root.path());
        let query = query(Source::Recorded).kinds(Kinds::TCP4);
        let missing =
            |query: &Query| recorded(root.path()).visit(query, |_| ()).unwrap().to_string();
        let said =
            |what| format!("table tcp: {what} are not reported by recorded answers of sock_diag\n");
        assert_eq!(missing(&query.clone().details(Details::TCP_INFO)), said("details"));
        assert_eq!(missing(&query.bound(true)), said("sockets bound and inactive"));
    });
}

#[test]
fn a_truncated_or_missing_recording_is_unreadable() {
    private(|_| {
        let _scene = Scene::new();
        let root = tempfile::tempdir().unwrap();
        record_all(root.path());
        let udp = root.path().join("net/sock_diag/udp");
        let whole = fs::read(&udp).unwrap();
        for cut in [whole.len() - 20, 100, 0] {
            fs::write(&udp, &whole[..cut]).unwrap();
            let coverage = recorded(root.path()).visit(&query(Source::Recorded), |_| ()).unwrap();
            let unreadable: Vec<Kind> = coverage.unreadable.iter().map(|(kind, _)| *kind).collect();
            assert_eq!(unreadable, [Kind::Udp], "cut to {cut} bytes");
            assert!(!coverage.is_complete());
        }
        fs::remove_file(&udp).unwrap();
        let only = query(Source::Recorded).kinds(Kind::Udp);
        let error = recorded(root.path()).visit(&only, |_| ()).unwrap_err();
        assert!(error.to_string().contains("net/sock_diag/udp"), "{error}");
        // No other source is used instead.
        let error = Scanner::new().unwrap().visit(&only, |_| ()).unwrap_err();
        assert!(error.to_string().contains("net/sock_diag/udp"), "{error}");
    });
}

/// Once 2³² inodes have been assigned, two sockets of a table may have the same one: their cookies
/// tell them apart.
#[test]
fn sockets_with_the_same_inode_are_each_reported() {
    private(|_| {
        let _scene = Scene::new();
        let root = tempfile::tempdir().unwrap();
        record_all(root.path());
        let only = query(Source::Recorded).kinds(Kinds::UDP4);
        let mut scanner = recorded(root.path());
        let before = scanner.collect(&only).unwrap().sockets;
        let udp = root.path().join("net/sock_diag/udp");
        let mut answer = fs::read(&udp).unwrap();
        let mut at = 0;
        while at < answer.len() {
            let length = u32::from_ne_bytes(answer[at..at + 4].try_into().unwrap()) as usize;
            // `idiag_inode` is the last member of `struct inet_diag_msg`, of 72 bytes.
            if length >= 16 + 72 {
                answer[at + 16 + 68..at + 16 + 72].copy_from_slice(&7_u32.to_ne_bytes());
            }
            at += length.next_multiple_of(4);
        }
        fs::write(&udp, answer).unwrap();
        let after = scanner.collect(&only).unwrap();
        assert!(after.coverage.is_complete() && after.coverage.repeated == 0);
        assert!(before.len() > 2);
        let addresses = |sockets: &[OwnedSocket]| -> Vec<_> {
            sockets.iter().map(|socket| (socket.cookie, socket.local)).collect()
        };
        assert_eq!(addresses(&after.sockets), addresses(&before));
        assert!(after.sockets.iter().all(|socket| socket.inode.unwrap().get() == 7));
    });
}
