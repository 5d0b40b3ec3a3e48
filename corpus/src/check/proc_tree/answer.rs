//! The facade's answers in the form of the naive join's, and their comparison.

use procnet::{Coverage, Error, ErrorKind, Kind, OwnedSocket, Query, Scanner, socket::Raw};
use procnet_core::{
    Inode,
    table::{netlink, packet},
};

use crate::{
    naive::join::{Answer, Columns, Owner, Processes, Question, Refusal, Socket},
    table::{LineTable as _, netlink::Netlink, packet::Packet, unix::Unix},
};

/// What a visit returned.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) sockets: Vec<Socket>,
    pub(super) owned: Vec<OwnedSocket>,
    pub(super) coverage: Coverage,
}

/// Visits the sockets of a query; `each` is called with every owner.
pub(super) fn visit(
    scanner: &mut Scanner,
    query: &Query,
    each: impl Fn(&procnet::Owner<'_>),
) -> Result<Seen, Error> {
    let (mut sockets, mut owned) = (Vec::new(), Vec::new());
    let coverage = scanner.visit(query, |socket| {
        socket.owners.iter().for_each(|owner| each(&owner));
        assert_eq!(socket.owners.iter().len(), socket.owners.len());
        owned.push(socket.to_owned());
        sockets.push(shown(socket));
    })?;
    Ok(Seen { sockets, owned, coverage })
}

fn shown(socket: &procnet::Socket<'_>) -> Socket {
    let owner = |owner: procnet::Owner<'_>| Owner {
        pid: owner.pid(),
        fd: owner.fd,
        comm: owner.comm().as_bytes().to_vec(),
        start_time: owner.process.start_time,
    };
    Socket {
        table: socket.kind.name(),
        state: socket.state.0,
        inode: socket.inode.map_or(0, Inode::get),
        columns: columns(socket),
        owners: socket.owners.iter().map(owner).collect(),
    }
}

/// All columns of a socket's row.
fn columns(socket: &procnet::Socket<'_>) -> Columns {
    let Raw::Line(line) = socket.raw() else { panic!("not of a table: {socket:?}") };
    match socket.kind {
        Kind::Unix => Columns::Unix(Unix::row(socket.unix().unwrap())),
        Kind::Packet => Columns::Packet(Packet::row(packet::Row::decode(line).unwrap())),
        Kind::Netlink => Columns::Netlink(Netlink::row(netlink::Row::decode(line).unwrap())),
        _ => Columns::Inet(socket.inet().expect("a row of a socket with addresses")),
    }
}

/// The naive join's answer.
pub(super) type Known = Result<(Answer, Option<Processes>), Refusal>;

/// Asserts that both joins return the same.
pub(super) fn same(question: &Question, seen: &Result<Seen, Error>, known: &Known) {
    let (seen, (answer, processes)) = match (seen, known) {
        (Ok(seen), Ok(known)) => (seen, known),
        (Err(error), Err(refusal)) => return refused(question, error, *refusal),
        (seen, known) => panic!("{question:?}: {seen:?}, naive: {known:?}"),
    };
    for (at, (seen, known)) in seen.sockets.iter().zip(&answer.sockets).enumerate() {
        assert!(seen == known, "{question:?}: socket {at} is {seen:?}, naive: {known:?}");
    }
    assert_eq!(seen.sockets.len(), answer.sockets.len(), "{question:?}: sockets");
    counted(question, &seen.coverage, answer);
    walked(question, &seen.coverage, processes.as_ref(), true);
}

pub(super) fn refused(question: &Question, error: &Error, refusal: Refusal) {
    let expected = match refusal {
        Refusal::NotProc => ErrorKind::NotProc,
        Refusal::NoSuchProcess => ErrorKind::NoSuchProcess,
        Refusal::Unreadable => ErrorKind::Io,
        Refusal::NotCaptured => ErrorKind::NotCaptured,
    };
    assert_eq!(error.kind(), expected, "{question:?}: {error}");
}

/// Compares what the coverage counts in tables.
pub(super) fn counted(question: &Question, coverage: &Coverage, answer: &Answer) {
    let count = |is: &dyn Fn(&Socket) -> bool| answer.sockets.iter().filter(|s| is(s)).count();
    let without_inode = count(&|socket| socket.inode == 0);
    let ownerless = count(&|socket| socket.inode != 0 && socket.owners.is_empty());
    let seen = (coverage.sockets, coverage.without_inode, coverage.ownerless);
    let ownerless = if question.owners { ownerless as u64 } else { 0 };
    let known = (answer.sockets.len() as u64, without_inode as u64, ownerless);
    assert_eq!(seen, known, "{question:?}: sockets, those without inode and without owner");
    assert_eq!(coverage.truncated, answer.truncated, "{question:?}");
    assert_eq!((coverage.recovered, coverage.left_out), (0, Default::default()), "{question:?}");
    if answer.truncated {
        return;
    }
    let seen = (coverage.rows, coverage.repeated, coverage.undecodable.count);
    let known = (answer.rows, answer.repeated, answer.undecodable);
    assert_eq!(seen, known, "{question:?}: rows, those repeated and those undecodable");
    let maybe = (coverage.maybe_repeated.count, answer.maybe_repeated);
    assert_eq!(maybe.0, maybe.1, "{question:?}: sockets that may be repeated");
    let absent: Vec<&str> = coverage.absent.iter().map(Kind::name).collect();
    assert_eq!(absent, answer.absent, "{question:?}: absent tables");
    assert_eq!(
        coverage.not_captured, coverage.absent,
        "{question:?}: all of them may have existed"
    );
    assert!(absent.is_empty() || !coverage.is_complete(), "{question:?}: {coverage}");
    let unreadable: Vec<&str> = coverage.unreadable.iter().map(|(kind, _)| kind.name()).collect();
    assert_eq!(unreadable, answer.unreadable, "{question:?}: unreadable tables");
}

/// Compares what the coverage counts in processes; descriptors only if each was read `once`.
pub(super) fn walked(
    question: &Question,
    coverage: &Coverage,
    known: Option<&Processes>,
    once: bool,
) {
    let seen = coverage.processes.as_ref().map(|walk| {
        assert!(!walk.unlisted, "{question:?}: only a kernel leaves processes out");
        let descriptors = if once { walk.descriptors } else { 0 };
        assert_eq!((walk.vanished, walk.none_captured), (0, walk.seen == 0), "{question:?}");
        let not_links = if once { walk.not_links } else { 0 };
        (walk.seen, walk.not_captured, walk.unreadable(), descriptors, not_links)
    });
    let known = known.map(|all| {
        let descriptors = if once { all.descriptors } else { 0 };
        let not_links = if once { all.not_links } else { 0 };
        (all.pids.len() as u64, all.vanished, all.hidden, descriptors, not_links)
    });
    assert_eq!(seen, known, "{question:?}: processes, vanished, hidden, and descriptors");
}
