//! UDP: a socket has a row as soon as it is bound or connected.

use rustix::net::{SocketType, connect as connect_to};

use super::{
    CLIENT, Holder, LEADERLESS, ODD, Scene, WORKERS,
    inet::{bound, connect, local, mapped},
    unspecified,
};
use crate::live::Entry;

pub(super) fn add(scene: &mut Scene) {
    connected_pair(scene, "udp", "127.0.0.1:0");
    unconnected(scene, "udp", "0.0.0.0:0", &[ODD, CLIENT]);
    unconnected(scene, "udp", "127.0.0.1:0", &[LEADERLESS]);
    reuseport_group(scene);
    if scene.has_ipv6 {
        connected_pair(scene, "udp6", "[::1]:0");
        unconnected(scene, "udp6", "[::]:0", &WORKERS);
        mapped_peer(scene);
    }
}

fn unconnected(scene: &mut Scene, kind: &str, address: &str, holders: &[Holder]) {
    let socket = bound(address, SocketType::DGRAM).expect("a socket");
    let address = local(&socket);
    scene.give(socket, Entry::inet(kind, "UNCONN", address, unspecified(address)), holders);
}

/// Two sockets that are connected to each other.
fn connected_pair(scene: &mut Scene, kind: &str, address: &str) {
    let one = bound(address, SocketType::DGRAM).expect("a socket");
    let at = local(&one);
    let other = connect(at, SocketType::DGRAM).expect("a socket");
    let from = local(&other);
    connect_to(&one, &from).expect("a connected socket");
    scene.give(one, Entry::inet(kind, "ESTABLISHED", at, from), &[WORKERS[0]]);
    scene.give(other, Entry::inet(kind, "ESTABLISHED", from, at), &[CLIENT]);
}

fn reuseport_group(scene: &mut Scene) {
    let first = bound("127.0.0.3:0", SocketType::DGRAM).expect("a socket");
    let at = local(&first);
    for holder in WORKERS {
        let member = bound(&at.to_string(), SocketType::DGRAM).expect("another of the same port");
        scene.give(member, Entry::inet("udp", "UNCONN", at, unspecified(at)), &[holder]);
    }
    scene.keep(first, Entry::inet("udp", "UNCONN", at, unspecified(at)));
}

/// An IPv6 socket that is connected to an IPv4 one.
fn mapped_peer(scene: &mut Scene) {
    let peer = bound("127.0.0.1:0", SocketType::DGRAM).expect("a socket");
    let at = local(&peer);
    let socket = connect(mapped(at), SocketType::DGRAM).expect("a socket");
    let from = local(&socket);
    scene.give(socket, Entry::inet("udp6", "ESTABLISHED", from, mapped(at)), &[CLIENT]);
    scene.give(peer, Entry::inet("udp", "UNCONN", at, unspecified(at)), &[CLIENT]);
}
