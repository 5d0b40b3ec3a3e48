//! Unix sockets: with every kind of name, and without.

use std::{
    ffi::OsStr,
    fs,
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
};

use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, connect,
    getsockname, listen, socket_with, socketpair,
};

use super::{CLIENT, LEADERLESS, ODD, Scene, WORKERS};
use crate::live::{Entry, inode_of};

const TYPES: [(SocketType, &str); 3] = [
    (SocketType::STREAM, "stream"),
    (SocketType::DGRAM, "dgram"),
    (SocketType::SEQPACKET, "seqpacket"),
];

/// Abstract names, without the leading NUL.
const ABSTRACT: &[&[u8]] = &[
    b"procnet",
    b"with blanks  in it ",
    b" ",
    b"\ttab\rreturn\x1B[31mred\x07",
    b"nul\0in\0it\0\0",
    b"not UTF-8 \xFF\xFE caf\xE9",
    b"100% '\"\\ $(x) * 12 * 34",
    &[b'x'; 107],
];

/// Path names.
const PATHS: &[&[u8]] =
    &[b"plain", b"with a blank", b"tail ", b"\xE2\x82\xAC \xFF", b"@not abstract"];

pub(super) fn add(scene: &mut Scene) {
    for (socket_type, word) in TYPES {
        unnamed(scene, socket_type, word);
        for name in ABSTRACT {
            let address = SocketAddrUnix::new_abstract_name(name).expect("a name");
            named(scene, socket_type, word, &address);
        }
    }
    for name in PATHS {
        let path = scene.directory.path().join(OsStr::from_bytes(name));
        let address = SocketAddrUnix::new(&path).expect("a path that is short enough");
        named(scene, SocketType::STREAM, "stream", &address);
    }
    // The name remains when the file is removed.
    fs::remove_file(scene.directory.path().join("plain")).expect("a socket's file");
    let lines = SocketAddrUnix::new_abstract_name(b"two\nlines").expect("a name");
    named(scene, SocketType::DGRAM, "dgram", &lines);
    named(scene, SocketType::STREAM, "stream", &SocketAddrUnix::new_unnamed());
    waiting(scene);
}

fn socket(socket_type: SocketType) -> OwnedFd {
    socket_with(AddressFamily::UNIX, socket_type, SocketFlags::CLOEXEC, None).expect("a socket")
}

/// A pair of sockets, and one without peer.
fn unnamed(scene: &mut Scene, socket_type: SocketType, word: &str) {
    let (one, other) = socketpair(AddressFamily::UNIX, socket_type, SocketFlags::CLOEXEC, None)
        .expect("a pair of sockets");
    let state = connected(&one);
    scene.give(one, Entry::unix(word, state, None), &WORKERS);
    scene.give(other, Entry::unix(word, state, None), &[CLIENT]);
    scene.give(socket(socket_type), Entry::unix(word, "UNCONN", None), &[LEADERLESS]);
}

/// A socket with a name, and one that is connected to it.
fn named(scene: &mut Scene, socket_type: SocketType, word: &str, address: &SocketAddrUnix) {
    let server = socket(socket_type);
    bind(&server, address).expect("a bound socket");
    let address = SocketAddrUnix::try_from(getsockname(&server).expect("a name")).expect("a name");
    let name = printed(&address);
    let client = socket(socket_type);
    if socket_type == SocketType::DGRAM {
        connect(&client, &address).expect("a connected socket");
        // Both ends are connected, or neither (net/unix/af_unix.c `unix_dgram_connect`).
        scene.give(server, Entry::unix(word, connected(&client), Some(&name)), &[ODD, CLIENT]);
    } else {
        listen(&server, 4).expect("a listener");
        connect(&client, &address).expect("a connected socket");
        let served = accept_with(&server, SocketFlags::CLOEXEC).expect("a connection");
        scene.give(served, Entry::unix(word, "ESTABLISHED", Some(&name)), &[WORKERS[0]]);
        scene.give(server, Entry::unix(word, "LISTEN", Some(&name)), &WORKERS);
    }
    let state = connected(&client);
    scene.give(client, Entry::unix(word, state, None), &[CLIENT]);
}

/// The state of a socket that has a peer, as this kernel prints it: some kernels leave datagram
/// sockets unconnected (net/unix/af_unix.c `unix_dgram_connect`, `unix_socketpair`).
fn connected(socket: &OwnedFd) -> &'static str {
    let table = fs::read("/proc/thread-self/net/unix").expect("the table of unix sockets");
    let inode = inode_of(socket).to_string();
    let mut rows = table.split(|byte| *byte == b'\n').map(|line| {
        let mut columns = line.split(|byte| *byte == b' ').filter(|column| !column.is_empty());
        (columns.nth(5), columns.next())
    });
    match rows.find(|(_, number)| *number == Some(inode.as_bytes())).expect("its row").0 {
        Some(b"03") => "ESTABLISHED",
        _ => "UNCONN",
    }
}

/// Connections that are not accepted yet: each has a row without an inode.
fn waiting(scene: &mut Scene) {
    let address = SocketAddrUnix::new_abstract_name(b"waiting").expect("a name");
    let server = socket(SocketType::STREAM);
    bind(&server, &address).expect("a bound socket");
    listen(&server, 4).expect("a listener");
    for _embryo in 0..2 {
        let client = socket(SocketType::STREAM);
        connect(&client, &address).expect("a connected socket");
        scene.give(client, Entry::unix("stream", "ESTABLISHED", None), &[CLIENT]);
        scene.record(Entry::unix("stream", "SYN_SENT", Some(&printed(&address))));
    }
    scene.give(server, Entry::unix("stream", "LISTEN", Some(&printed(&address))), &[WORKERS[1]]);
}

/// A name as the kernel prints it.
fn printed(address: &SocketAddrUnix) -> Vec<u8> {
    match (address.abstract_name(), address.path_bytes()) {
        (Some(name), _) => {
            let at = |byte: &u8| if *byte == 0 { b'@' } else { *byte };
            [b"@", &name.iter().map(at).collect::<Vec<u8>>()[..]].concat()
        }
        (None, Some(path)) => path.to_vec(),
        (None, None) => panic!("a name"),
    }
}
