//! Snapshots of the running kernel: changes of sockets between two of them.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream, UdpSocket},
    os::{fd::AsFd as _, unix::net::UnixListener},
};

use procnet::{
    Kind, Kinds, Query, Scanner, Source, State,
    owners::Budget,
    snapshot::{Aspects, Change, Snapshot},
};
use procnet_corpus::live::{HelperProcess, Scene, inode_of, private};

/// The only change of a socket.
#[track_caller]
fn only<'s>(before: &'s Snapshot, after: &'s Snapshot, inode: u64, of: Aspects) -> Change<'s> {
    let is_it = |change: &Change<'_>| change.socket().inode.is_some_and(|it| it.get() == inode);
    let mut changes = before.diff_in(after, of).filter(is_it);
    let change = changes.next().expect("a change of this socket");
    assert!(changes.next().is_none());
    change
}

fn has_one_owner_more(change: Change<'_>, helper: &HelperProcess) {
    let Change::Changed { before, after, what } = change else {
        panic!("a socket with another owner has changed")
    };
    assert_eq!((what, before.owners.len() + 1), (Aspects::OWNERS, after.owners.len()));
    assert!(after.owners.iter().any(|owner| owner.pid() == helper.pid()));
}

#[test]
fn sockets_appear_change_and_vanish() {
    private(|_| {
        let _scene = Scene::new();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        let helper = HelperProcess::start(b"heir");
        // With the incremental join, new owners of a known socket are found one visit later, if the
        // kernel reports the number of descriptors (since Linux 6.2).
        let is_found = std::fs::metadata("/proc/self/fd").unwrap().len() > 0;
        let queries = [
            (Query::new(), false),
            (Query::new().incremental(Budget::unlimited()), true),
            (Query::new().source(Source::Auto), false),
        ];
        for (query, late) in queries {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            let mut scanner = Scanner::new().unwrap();
            let mut snapshots = [Snapshot::default(), Snapshot::default()];
            let mut refresh = |snapshots: &mut [Snapshot; 2]| {
                snapshots.swap(0, 1);
                let coverage = scanner.snapshot(&query, &mut snapshots[1]).unwrap();
                assert_eq!(coverage, *snapshots[1].coverage());
                assert_eq!(coverage.sockets, snapshots[1].len() as u64);
            };
            refresh(&mut snapshots);
            refresh(&mut snapshots);
            let [before, after] = &snapshots;
            let changes: Vec<_> = before.diff(after).collect();
            assert!(changes.is_empty(), "nothing happened, but {changes:?}");
            assert!(before.diff(after).not_compared().is_empty());
            let held =
                |snapshot: &Snapshot| snapshot.iter().map(|it| it.owners.len()).sum::<usize>();
            assert!(held(before) > 5 && held(before) == held(after));

            client.write_all(b"hello").unwrap();
            let path = tempfile::tempdir().unwrap();
            let unix = UnixListener::bind(path.path().join("s")).unwrap();
            udp.connect("127.0.0.1:9").unwrap();
            helper.hold(&[listener.as_fd()]);
            refresh(&mut snapshots);
            let [before, after] = &snapshots;
            let change = only(before, after, inode_of(&unix), Aspects::ALL);
            assert!(matches!(change, Change::Appeared(socket) if socket.owners.len() == 1));
            let Change::Changed { before: old, after: new, what } =
                only(before, after, inode_of(&udp), Aspects::ALL)
            else {
                panic!("a socket that was connected has changed")
            };
            assert_eq!(what, Aspects::STATE | Aspects::ADDRESSES);
            assert_eq!((old.state, new.state), (State::CLOSE, State::ESTABLISHED));
            assert_eq!(new.remote().unwrap().port(), 9);
            if !late {
                has_one_owner_more(only(before, after, inode_of(&listener), Aspects::ALL), &helper);
            }
            let Change::Changed { after: new, what, .. } =
                only(before, after, inode_of(&server), Aspects::QUEUES)
            else {
                panic!("a socket that received has changed")
            };
            assert_eq!((what, new.rx_queue()), (Aspects::QUEUES, Some(5)));
            // Nothing else happened, and queues are compared only on request.
            assert_eq!(before.diff(after).count(), 3 - usize::from(late));

            server.read_exact(&mut [0; 5]).unwrap();
            let gone = inode_of(&unix);
            drop(unix);
            refresh(&mut snapshots);
            let [before, after] = &snapshots;
            let change = only(before, after, gone, Aspects::ALL);
            assert!(matches!(change, Change::Vanished(socket) if socket.owners.len() == 1));
            if late && is_found {
                has_one_owner_more(only(before, after, inode_of(&listener), Aspects::ALL), &helper);
            }
            assert_eq!(before.diff(after).count(), 1 + usize::from(late && is_found));
        }

        // The peer has closed its end, this process has not.
        let mut scanner = Scanner::new().unwrap();
        let (mut before, mut after) = (Snapshot::default(), Snapshot::default());
        let query = Query::new().kinds(Kinds::TCP).owners(false);
        scanner.snapshot(&query, &mut before).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(server.read(&mut [0; 1]).unwrap(), 0);
        scanner.snapshot(&query, &mut after).unwrap();
        let change = only(&before, &after, inode_of(&server), Aspects::ALL);
        let Change::Changed { after: new, what: Aspects::STATE, .. } = change else {
            panic!("{change:?}")
        };
        assert_eq!(new.state, State::CLOSE_WAIT);
    });
}

#[test]
fn sockets_that_were_not_read_have_not_vanished() {
    private(|_| {
        let _scene = Scene::new();
        let mut scanner = Scanner::new().unwrap();
        let (mut before, mut after) = (Snapshot::default(), Snapshot::default());
        scanner.snapshot(&Query::new(), &mut before).unwrap();
        assert!(before.iter().any(|socket| socket.kind == Kind::Unix));

        scanner.snapshot(&Query::new().kinds(Kinds::TCP), &mut after).unwrap();
        let diff = before.diff(&after);
        assert_eq!(diff.not_compared(), Kinds::DEFAULT - Kinds::TCP);
        assert_eq!(diff.count(), 0);

        scanner.snapshot(&Query::new().limit(3), &mut after).unwrap();
        let diff = before.diff(&after);
        assert_eq!((diff.not_compared(), diff.count()), (Kinds::DEFAULT, 0));

        // Owners that were not requested have not changed.
        scanner.snapshot(&Query::new().owners(false), &mut after).unwrap();
        assert_eq!(before.diff(&after).count(), 0);

        let error = scanner.snapshot(&Query::new().pid(u32::MAX), &mut after);
        assert!(error.is_err() && after.is_empty());
        let diff = before.diff(&after);
        assert_eq!((diff.not_compared(), diff.count()), (Kinds::DEFAULT, 0));
    });
}
