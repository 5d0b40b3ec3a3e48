//! What the live tests share.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

use std::{
    io::IoSlice,
    mem::MaybeUninit,
    os::{fd::AsFd, unix::net::UnixStream},
};

use procnet::{
    Coverage, Error, ErrorKind, OwnedSocket, Query, Scanner, Source, coverage::NoBpf, visit::Answer,
};
use procnet_corpus::live::{Entry, Owner, skip};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

/// The two sources of live sockets.
pub const SOURCES: [Source; 2] = [Source::Procfs, Source::Netlink];

/// Everything, from the tables.
pub fn tables() -> Query {
    Query::new().source(Source::Procfs)
}

/// All sockets in the tables of the own /proc.
pub fn everything() -> Answer {
    let mut scanner = Scanner::new().expect("a /proc");
    scanner.collect(&tables()).expect("an answer")
}

/// The library's sockets in the form in which they are compared.
pub fn entries(sockets: &[OwnedSocket]) -> Vec<Entry> {
    sockets.iter().map(entry).collect()
}

fn entry(socket: &OwnedSocket) -> Entry {
    let (kind, state) = (socket.kind.name(), socket.state.to_string());
    let entry = match (&socket.unix, socket.local, socket.remote) {
        (Some(unix), None, None) => {
            Entry::unix(&unix.kind.to_string(), &state, unix.name.as_deref())
        }
        (None, Some(local), Some(remote)) => Entry::inet(kind, &state, local, remote),
        _ => panic!("neither a unix socket nor one with addresses: {socket:?}"),
    };
    let owner = |owner: &procnet::socket::OwnedOwner| Owner {
        pid: owner.pid,
        fd: owner.fd,
        comm: owner.comm.as_bytes().to_vec(),
    };
    let numbers = (socket.uid, socket.rx_queue, socket.tx_queue);
    let owners: Vec<Owner> = socket.owners.iter().map(owner).collect();
    let named_once = owners.iter().collect::<std::collections::BTreeSet<_>>().len();
    assert_eq!(named_once, owners.len(), "an owner twice: {socket:?}");
    Entry {
        inode: socket.inode.map(procnet::Inode::get),
        owners: owners.into_iter().collect(),
        numbers: match numbers {
            (Some(uid), Some(rx), Some(tx)) => Some((uid, rx, tx)),
            _ => None,
        },
        ..entry
    }
}

/// Asserts that nothing is missing from an answer, apart from what cannot be known while others
/// create and close sockets as fast as they can.
#[track_caller]
pub fn assert_complete_beside_churn(coverage: &procnet::Coverage) {
    let mut settled = coverage.clone();
    settled.unsettled = procnet::Kinds::NONE;
    assert_eq!(missing_inside(&settled), "");
}

/// What is missing from an answer, apart from owners outside: a test in a sandbox is in a container,
/// where any socket without a visible owner may have one outside, even if it was only created or
/// forged after the walk.
pub fn missing_inside(coverage: &Coverage) -> String {
    let outside = "processes outside this pid namespace are not visible";
    let text = coverage.to_string();
    text.split_inclusive('\n').filter(|line| !line.trim_end().ends_with(outside)).collect()
}

/// Sends a socket away, so that it is in the queue of a unix socket, and nowhere else.
pub fn send_away(over: &UnixStream, socket: impl AsFd) {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fds = [socket.as_fd()];
    assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
    sendmsg(over, &[IoSlice::new(b"x")], &mut control, SendFlags::empty()).expect("a message");
}

/// Ends the running test if there is no BPF iterator here.
///
/// # Panics
///
/// If the kernel should have accepted it.
pub fn skip_without_bpf(error: &Error) -> ! {
    assert_eq!(error.kind(), ErrorKind::NoBpf, "{error}");
    let why = std::error::Error::source(error).expect("the reason");
    if let Some(NoBpf::Refused(refusal)) = why.downcast_ref() {
        let excused = ["capabilities", "user-namespace", "seccomp", "denied", "no-syscall"];
        let by_kernel =
            ["no-types", "no-iterator", "no-tracepoint", "no-helper", "architecture", "lockdown"];
        assert!(excused.iter().chain(&by_kernel).any(|name| *name == refusal.name()), "{refusal}");
    }
    skip(&why.to_string())
}

/// In another network namespace, with its loopback interface up.
pub const OTHER_NETNS: [&str; 5] =
    ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];

/// The answer of a scanner; ends the test if there is no iterator here.
pub fn ask_bpf(scanner: &mut Scanner, query: &Query) -> Answer {
    match scanner.collect(query) {
        Ok(answer) => answer,
        Err(error) => skip_without_bpf(&error),
    }
}

/// Entries without users and queues, which a scene does not know.
pub fn without_numbers(mut entries: Vec<Entry>) -> Vec<Entry> {
    for entry in &mut entries {
        entry.numbers = None;
    }
    entries
}

/// A socket as read back from JSON: without members that have no key.
#[cfg(feature = "serde")]
pub(crate) fn as_written(mut socket: OwnedSocket) -> OwnedSocket {
    socket.interface = socket.packet.and_then(|packet| packet.interface);
    (socket.cookie, socket.timer) = (None, None);
    socket
}
