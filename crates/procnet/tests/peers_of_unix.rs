//! The owners of a unix socket's peer, found by the same join as its own.

mod common;

use std::{
    collections::BTreeSet,
    os::{
        fd::AsFd as _,
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream},
    },
};

use procnet::{
    Kinds, OwnedSocket, Query, Scanner, Source, State, owners::Budget, snapshot::Snapshot,
    socket::OwnedUnix,
};
use procnet_corpus::live::{HelperProcess, Owner, inode_of, private, skip};

fn unix(sockets: &[OwnedSocket], inode: u64) -> &OwnedUnix {
    let is_it = |socket: &&OwnedSocket| socket.inode.is_some_and(|other| other.get() == inode);
    sockets.iter().find(is_it).and_then(|socket| socket.unix.as_ref()).expect("the socket")
}

fn holders(unix: &OwnedUnix) -> BTreeSet<Owner> {
    let owners = unix.peer_owners.iter();
    let owner = |owner: &procnet::socket::OwnedOwner| Owner {
        pid: owner.pid,
        fd: owner.fd,
        comm: owner.comm.as_bytes().to_vec(),
    };
    owners.map(owner).collect()
}

fn netlink() -> Query {
    Query::new().kinds(Kinds::UNIX).source(Source::Netlink)
}

#[test]
fn every_owner_of_a_peer_is_found() {
    private(|_| {
        let helpers = [HelperProcess::start(b"one"), HelperProcess::start(b"two")];
        let (ours, theirs) = UnixStream::pair().unwrap();
        let both: BTreeSet<Owner> = helpers
            .iter()
            .flat_map(|helper| helper.hold(&[theirs.as_fd(), theirs.as_fd()]))
            .collect();
        let (theirs, _closed) = (inode_of(&theirs), drop(theirs));
        for query in [netlink(), netlink().incremental(Budget::unlimited())] {
            let mut scanner = Scanner::new().unwrap();
            for _refresh in 0..3 {
                let answer = scanner.collect(&query).unwrap();
                let end = unix(&answer.sockets, inode_of(&ours));
                assert_eq!(end.peer.map(procnet::Inode::get), Some(theirs));
                assert_eq!(holders(end), both);
                let other = unix(&answer.sockets, theirs);
                assert_eq!(other.peer_owners[0].pid, std::process::id());
                assert_eq!(other.peer_owners.len(), 1);
            }
        }
        // A query for one process reads no other.
        let answer = Scanner::new().unwrap().collect(&netlink().pid(helpers[0].pid())).unwrap();
        let other = unix(&answer.sockets, theirs);
        assert!(other.peer.is_some() && other.peer_owners.is_empty());
        let answer = Scanner::new().unwrap().collect(&netlink().owners(false)).unwrap();
        assert!(unix(&answer.sockets, theirs).peer_owners.is_empty());
        let tables = Query::new().source(Source::Procfs);
        let answer = Scanner::new().unwrap().collect(&tables).unwrap();
        let end = unix(&answer.sockets, inode_of(&ours));
        assert!(end.peer.is_none() && end.peer_owners.is_empty());
    });
}

/// The state of a datagram socket that is connected: before Linux 5.15, that of every other one
/// (net/unix/af_unix.c `unix_dgram_connect`).
fn connected_datagram_socket(socket: &UnixDatagram) -> State {
    let answer = Scanner::new().unwrap().collect(&netlink()).unwrap();
    let is_it = |it: &&OwnedSocket| it.inode.is_some_and(|it| it.get() == inode_of(socket));
    answer.sockets.iter().find(is_it).expect("the socket").state
}

/// A known socket gets a peer; one end does not match; one socket has no peer.
#[test]
fn incremental_visits_find_new_peers() {
    private(|_| {
        let helper = HelperProcess::start(b"helper");
        let receiver = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(b"r").unwrap());
        let receiver = receiver.unwrap();
        let held = helper.hold(&[receiver.as_fd()]);
        let sender = UnixDatagram::unbound().unwrap();
        let mut scanner = Scanner::new().unwrap();
        let query = netlink().incremental(Budget::unlimited());
        let before = scanner.collect(&query).unwrap();
        assert!(unix(&before.sockets, inode_of(&sender)).peer.is_none());

        sender.connect_addr(&SocketAddr::from_abstract_name(b"r").unwrap()).unwrap();
        let listener = SocketAddr::from_abstract_name(b"l").unwrap();
        let listening = UnixListener::bind_addr(&listener).unwrap();
        let client = UnixStream::connect_addr(&listener).unwrap();
        let (server, _) = listening.accept().unwrap();
        let waits = UnixStream::connect_addr(&listener).unwrap();
        let connected = [State::ESTABLISHED, connected_datagram_socket(&sender)];
        for query in [query.clone(), query.states(connected)] {
            let answer = scanner.collect(&query).unwrap();
            let sending = holders(unix(&answer.sockets, inode_of(&sender)));
            assert!(held.iter().all(|owner| sending.contains(owner)) && sending.len() == 2);
            let us = std::process::id();
            for (end, other) in [(&client, &server), (&server, &client)] {
                let unix = unix(&answer.sockets, inode_of(end));
                assert_eq!(unix.peer.map(procnet::Inode::get), Some(inode_of(other)));
                assert!(unix.peer_owners.iter().map(|owner| owner.pid).eq([us]));
            }
            // Its other end is not accepted yet.
            assert!(unix(&answer.sockets, inode_of(&waits)).peer_owners.is_empty());
            assert_eq!(answer.coverage.ownerless, 0);
            let mut inodes: Vec<_> = answer.sockets.iter().map(|socket| socket.inode).collect();
            let sockets = inodes.len();
            inodes.sort_unstable();
            inodes.dedup();
            assert_eq!(inodes.len(), sockets, "a socket twice");
        }
    });
}

/// The peer's owners are found although the peer itself does not match the query.
#[test]
fn owners_of_a_peer_that_does_not_match_are_found() {
    private(|_| {
        let names = [&b"r"[..], b"s"].map(|name| SocketAddr::from_abstract_name(name).unwrap());
        let [receiver, _another] =
            names.clone().map(|name| UnixDatagram::bind_addr(&name).unwrap());
        let [sender, fickle] = [(); 2].map(|()| UnixDatagram::unbound().unwrap());
        sender.connect_addr(&names[0]).unwrap();
        if connected_datagram_socket(&sender) != State::ESTABLISHED {
            skip("to this kernel, a datagram socket with a peer is in the same state as its peer");
        }
        // A peer that connects makes it `ESTABLISHED`, and one that disconnects makes it `CLOSE`.
        fickle.connect_addr(&names[0]).unwrap();
        fickle.connect_addr(&names[1]).unwrap();
        for query in [netlink(), netlink().incremental(Budget::unlimited())] {
            let query = query.states([State::ESTABLISHED]);
            let mut scanner = Scanner::new().unwrap();
            for _refresh in 0..2 {
                let answer = scanner.collect(&query).unwrap();
                let is_receiver = |socket: &OwnedSocket| {
                    socket.inode.is_some_and(|inode| inode.get() == inode_of(&receiver))
                };
                assert!(!answer.sockets.iter().any(is_receiver));
                let end = unix(&answer.sockets, inode_of(&sender));
                assert_eq!(end.peer_owners.len(), 1);
                let mut kept = Snapshot::default();
                scanner.snapshot(&query, &mut kept).unwrap();
                let inode = procnet::Inode::new(inode_of(&sender)).expect("an inode");
                let [end] = &kept.with_inode(inode).collect::<Vec<_>>()[..] else { panic!() };
                assert_eq!(end.peer_owners().len(), 1);
            }
        }
    });
}

#[cfg(feature = "serde")]
#[test]
fn peer_owners_round_trip_through_json() {
    private(|_| {
        let (_one, _other) = UnixStream::pair().unwrap();
        let mut seen = 0;
        let visited = Scanner::new().unwrap().visit(&netlink(), |socket| {
            let json = serde_json::to_string(socket).unwrap();
            let owned = socket.to_owned();
            assert_eq!(serde_json::to_string(&owned).unwrap(), json);
            let back: OwnedSocket = serde_json::from_str(&json).unwrap();
            assert_eq!(back, common::as_written(owned));
            let value: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(value["peer_owners"][0]["pid"], std::process::id());
            assert_eq!(value["peer"].as_u64(), socket.peer().map(procnet::Inode::get));
            seen += 1;
        });
        visited.unwrap();
        assert_eq!(seen, 2);
    });
}
