//! TCP: listeners, connections, and what remains of closed connections.

use std::{
    net::SocketAddr,
    os::fd::{AsFd as _, OwnedFd},
};

use rustix::{
    fs::{OFlags, fcntl_setfl},
    io::{Errno, write},
    net::{
        AddressFamily, Shutdown, SocketFlags, SocketType, accept_with, connect as connect_to,
        listen as listen_with, shutdown, socketpair,
    },
    process::Uid,
};

use super::{
    CLIENT, Holder, LEADERLESS, ODD, Scene, WORKERS,
    inet::{bound, connect, listen, local, mapped, socket},
    unspecified,
};
use crate::live::{Entry, channel, close_in_order, raw, skip_part};

pub(super) fn add(scene: &mut Scene) {
    shared_listener(scene);
    reuseport_group(scene);
    backlog_is_full(scene);
    deferred(scene);
    in_flight(scene);
    closed(scene, "tcp", "127.0.0.1:0");
    if scene.has_ipv6 {
        closed(scene, "tcp6", "[::1]:0");
        dual_stack(scene);
    }
    // Only bound: the kernel has no row for it, so it is not recorded.
    scene.kept.push(bound("127.0.0.1:0", SocketType::STREAM).expect("a bound socket"));
    let alone = listen("127.0.0.1:0").expect("a listener");
    let entry = listening("tcp", &alone);
    scene.give(alone, entry, &[LEADERLESS]);
}

fn listening(kind: &str, listener: &OwnedFd) -> Entry {
    let address = local(listener);
    Entry::inet(kind, "LISTEN", address, unspecified(address))
}

fn accept(listener: &OwnedFd) -> OwnedFd {
    accept_with(listener, SocketFlags::CLOEXEC).expect("a connection to accept")
}

/// A listener that three processes accept from, with accepted and waiting connections.
fn shared_listener(scene: &mut Scene) {
    let listener = listen("127.0.0.1:0").expect("a listener");
    let server = local(&listener);
    for holder in [WORKERS[0], ODD] {
        let (client, served) = connection(&listener);
        let peer = local(&client);
        scene.give(client, Entry::inet("tcp", "ESTABLISHED", peer, server), &[CLIENT]);
        scene.give(served, Entry::inet("tcp", "ESTABLISHED", server, peer), &[holder]);
    }
    for _waiting in 0..2 {
        let client = connect(server, SocketType::STREAM).expect("a connection");
        let peer = local(&client);
        scene.record(Entry::inet("tcp", "ESTABLISHED", server, peer));
        scene.give(client, Entry::inet("tcp", "ESTABLISHED", peer, server), &[CLIENT]);
    }
    let entry = listening("tcp", &listener);
    // The first worker holds it through two descriptors.
    scene.give(listener, entry, &[WORKERS[0], WORKERS[0], WORKERS[1], WORKERS[2]]);
}

fn connection(listener: &OwnedFd) -> (OwnedFd, OwnedFd) {
    let client = connect(local(listener), SocketType::STREAM).expect("a connection");
    let served = accept(listener);
    (client, served)
}

/// Listeners on the same address, which differ only by their inodes.
fn reuseport_group(scene: &mut Scene) {
    let first = listen("127.0.0.2:0").expect("a listener");
    let address = local(&first).to_string();
    for holder in WORKERS {
        let member = listen(&address).expect("another listener of the same port");
        let entry = listening("tcp", &member);
        scene.give(member, entry, &[holder]);
    }
    let entry = listening("tcp", &first);
    scene.keep(first, entry);
}

/// A listener whose backlog is full: a further connection attempt gets no answer.
fn backlog_is_full(scene: &mut Scene) {
    let listener = bound("127.0.0.1:0", SocketType::STREAM).expect("a bound socket");
    listen_with(&listener, 0).expect("a listener");
    let server = local(&listener);
    let waiting = connect(server, SocketType::STREAM).expect("the one connection that fits");
    let peer = local(&waiting);
    scene.record(Entry::inet("tcp", "ESTABLISHED", server, peer));
    scene.give(waiting, Entry::inet("tcp", "ESTABLISHED", peer, server), &[CLIENT]);
    let unanswered = socket(server, SocketType::STREAM).expect("a socket");
    fcntl_setfl(&unanswered, OFlags::NONBLOCK).expect("a non-blocking socket");
    assert_eq!(connect_to(&unanswered, &server), Err(Errno::INPROGRESS));
    let entry = Entry::inet("tcp", "SYN_SENT", local(&unanswered), server);
    scene.give(unanswered, entry, &[CLIENT]);
    let entry = listening("tcp", &listener);
    scene.give(listener, entry, &[ODD]);
}

/// Connections that are completed only once data arrives: request socks.
fn deferred(scene: &mut Scene) {
    let listener = listen("127.0.0.1:0").expect("a listener");
    raw::defer_accept(&listener, 600).expect("a listener that waits for data");
    // Of another user: a request sock has the user of its listener.
    let user = Some(Uid::from_raw(1234));
    if let Err(error) = rustix::fs::fchown(&listener, user, None) {
        skip_part("a socket of another user", &error.to_string());
    }
    let server = local(&listener);
    let client = connect(server, SocketType::STREAM).expect("a connection");
    let peer = local(&client);
    scene.record(Entry::inet("tcp", "SYN_RECV", server, peer));
    scene.give(client, Entry::inet("tcp", "ESTABLISHED", peer, server), &[CLIENT]);
    let entry = listening("tcp", &listener);
    scene.give(listener, entry, &[WORKERS[1]]);
}

/// A listener in flight from one process to another: nobody holds it.
fn in_flight(scene: &mut Scene) {
    let (from, to) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
            .expect("a pair of sockets");
    let listener = listen("127.0.0.1:0").expect("a listener");
    channel::send(from.as_fd(), b"take this", &[listener.as_fd()]).expect("a message");
    let entry = listening("tcp", &listener);
    scene.give(listener, entry, &[]);
    for end in [from, to] {
        scene.give(end, Entry::unix("stream", "ESTABLISHED", None), &[CLIENT]);
    }
}

/// Connections whose ends were closed in different orders.
fn closed(scene: &mut Scene, kind: &str, address: &str) {
    let listener = listen(address).expect("a listener");
    let server = local(&listener);
    let mut record = |client: SocketAddr, ours: End, theirs: End| {
        let ends = [(ours, CLIENT, (client, server)), (theirs, WORKERS[2], (server, client))];
        for (end, holder, (local, remote)) in ends {
            end.add_to(scene, kind, (local, remote), holder);
        }
    };

    let (client, served) = connection(&listener);
    let peer = local(&client);
    close_in_order(client, served);
    record(peer, End::Without("TIME_WAIT"), End::None);

    let (client, served) = connection(&listener);
    let peer = local(&client);
    drop(client);
    record(peer, End::Without("FIN_WAIT2"), End::Held("CLOSE_WAIT", served));

    let (client, served) = connection(&listener);
    let peer = local(&client);
    shutdown(&client, Shutdown::Write).expect("half a connection");
    record(peer, End::Held("FIN_WAIT2", client), End::Held("CLOSE_WAIT", served));

    let (client, served) = connection(&listener);
    let peer = local(&client);
    fill(&client);
    drop(client);
    // Its FIN waits behind data that nobody reads.
    record(peer, End::Without("FIN_WAIT1"), End::Held("ESTABLISHED", served));

    let entry = listening(kind, &listener);
    scene.give(listener, entry, &[WORKERS[2]]);
}

/// One end of a connection.
enum End {
    /// Nothing remains of it.
    None,
    /// It has no file any more.
    Without(&'static str),
    Held(&'static str, OwnedFd),
}

impl End {
    fn add_to(
        self,
        scene: &mut Scene,
        kind: &str,
        (local, remote): (SocketAddr, SocketAddr),
        holder: Holder,
    ) {
        match self {
            End::None => {}
            End::Without(state) => scene.record(Entry::inet(kind, state, local, remote)),
            End::Held(state, socket) => {
                scene.give(socket, Entry::inet(kind, state, local, remote), &[holder]);
            }
        }
    }
}

/// Writes until the send queue is full.
fn fill(socket: &OwnedFd) {
    fcntl_setfl(socket, OFlags::NONBLOCK).expect("a non-blocking socket");
    loop {
        match write(socket, &[0; 4096]) {
            Ok(_) => {}
            Err(Errno::AGAIN) => return,
            Err(error) => panic!("a full queue was expected: {error}"),
        }
    }
}

/// A dual-stack listener, and an IPv4 connection to it.
fn dual_stack(scene: &mut Scene) {
    let listener = listen("[::]:0").expect("a listener");
    let port = local(&listener).port();
    let server: SocketAddr = ([127, 0, 0, 1], port).into();
    let client = connect(server, SocketType::STREAM).expect("a connection");
    let served = accept(&listener);
    let peer = local(&client);
    scene.give(client, Entry::inet("tcp", "ESTABLISHED", peer, server), &[CLIENT]);
    let entry = Entry::inet("tcp6", "ESTABLISHED", mapped(server), mapped(peer));
    scene.give(served, entry, &[WORKERS[0]]);
    let entry = listening("tcp6", &listener);
    scene.give(listener, entry, &WORKERS);
}
