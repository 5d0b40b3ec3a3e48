use std::{collections::BTreeMap, net::SocketAddr};

use procnet_core::{ByteOrder, Inode, State, table::unix};
use proptest::prelude::*;

use super::*;
use crate::{
    Kind, Name, Owners, Process,
    coverage::{Failure, Processes},
    netns::Namespace,
    owners::Link,
    socket::{Form, Own, SocketFields, SocketRow, Span},
};

/// The compared fields of a tcp row.
type Row = (u64, u8, u16, u32);

/// A row with a hidden pointer.
fn tcp(row: Row) -> Socket<'static> {
    tcp_at(0, row)
}

fn tcp_at(pointer: u64, (inode, state, port, queue): Row) -> Socket<'static> {
    let line = format!(
        "0: 0100007F:{port:04X} 00000000:0000 {state:02X} {queue:08X}:00000000 00:00000000 00000000 0 0 {inode} 1 {pointer:016x}"
    );
    let line: &'static str = line.leak();
    let row = SocketRow::decode(Kind::Tcp, ByteOrder::Little, line.as_bytes(), 2);
    leaked(row.unwrap().unwrap())
}

/// A socket that outlives its test.
fn leaked(row: SocketRow<'static>) -> Socket<'static> {
    Box::leak(Box::new(row)).socket()
}

fn filled<'a>(sockets: impl IntoIterator<Item = Socket<'a>>) -> Snapshot {
    let mut snapshot =
        Snapshot { asked: Kinds::DEFAULT, whole: Kinds::DEFAULT, ..Snapshot::default() };
    for socket in sockets {
        snapshot.push(&socket);
    }
    snapshot
}

fn shown(diff: Diff<'_>) -> Vec<String> {
    let inode = |socket: &Socket<'_>| socket.inode.map_or(0, Inode::get);
    diff.map(|change| match change {
        Change::Appeared(socket) => format!("+{}", inode(&socket)),
        Change::Vanished(socket) => format!("-{}", inode(&socket)),
        Change::Changed { before, after, what } => {
            assert_eq!(inode(&before), inode(&after));
            format!("~{} {what}", inode(&after))
        }
    })
    .collect()
}

#[test]
fn an_inode_identifies_a_socket_that_changes() {
    let before = filled([(7, 1, 80, 0), (8, 1, 80, 0), (9, 1, 80, 0)].map(tcp));
    let after = filled([(10, 1, 80, 0), (9, 1, 80, 5), (8, 8, 81, 0)].map(tcp));
    assert_eq!(shown(before.diff(&after)), ["+10", "~8 state, addresses", "-7"]);
    let queues = before.diff_in(&after, Aspects::QUEUES);
    assert_eq!(shown(queues), ["+10", "~9 queues", "-7"]);
}

/// As the subflows of an MPTCP connection do.
#[test]
fn sockets_that_share_an_inode_are_distinguished() {
    let subflow = |pointer, port| tcp_at(pointer, (7, 1, port, 0));
    let before = filled([subflow(1, 80), subflow(2, 81), subflow(3, 82)]);
    // The first is gone, the others change places, and one is connected to elsewhere.
    let after = filled([subflow(3, 82), subflow(4, 80), subflow(2, 85)]);
    assert_eq!(shown(before.diff(&after)), ["+7", "~7 addresses", "-7"]);
    assert_eq!(before.with_inode(Inode::new(7).unwrap()).count(), 3);
    assert_eq!(before.with_inode(Inode::new(8).unwrap()).count(), 0);
    // With hidden pointers, their addresses tell them apart.
    let hidden = |rows: [Row; 3]| filled(rows.map(tcp));
    let before = hidden([(7, 1, 80, 0), (7, 1, 81, 0), (7, 1, 82, 0)]);
    let after = hidden([(7, 1, 82, 0), (7, 8, 81, 0), (7, 1, 83, 0)]);
    assert_eq!(shown(before.diff(&after)), ["~7 state", "+7", "-7"]);
}

/// Once 2³² inodes have been assigned, another socket may have the number of one that is gone.
#[test]
fn another_pointer_with_the_same_inode_is_another_socket() {
    let (before, after) = (filled([tcp_at(1, (7, 1, 80, 0))]), filled([tcp_at(2, (7, 1, 80, 0))]));
    assert_eq!(shown(before.diff(&after)), ["+7", "-7"]);
    // A hidden pointer proves nothing.
    let hidden = filled([tcp((7, 1, 81, 0))]);
    assert_eq!(shown(before.diff(&hidden)), ["~7 addresses"]);
}

#[test]
fn a_cookie_identifies_what_is_left_of_a_connection() {
    let with = |cookie, inode, state| {
        let fields = SocketFields {
            inode: Inode::new(inode),
            cookie: std::num::NonZeroU64::new(cookie),
            ..SocketFields::new(Kind::Tcp, state, Form::InetDiag)
        };
        leaked(SocketRow { fields, bytes: &[], is_distinct: false })
    };
    let before = filled([with(1, 7, State::ESTABLISHED), with(2, 8, State::ESTABLISHED)]);
    let after = filled([with(1, 0, State::TIME_WAIT), with(2, 8, State::ESTABLISHED)]);
    let changes: Vec<_> = before.diff(&after).collect();
    let [Change::Changed { before: old, after: new, what: Aspects::STATE }] = &changes[..] else {
        panic!("{changes:?}")
    };
    assert_eq!((old.id(), new.inode), (new.id(), None));
}

/// One visit fell back to /proc: what has an inode is recognised, and the rest is not compared.
#[test]
fn sockets_of_different_sources_are_recognised_by_their_inodes() {
    let diag = |cookie, inode, port| {
        let row = tcp_at(0, (inode, 1, port, 0));
        let fields = SocketFields {
            cookie: std::num::NonZeroU64::new(cookie),
            form: Form::InetDiag,
            ..*row.fields()
        };
        leaked(SocketRow { fields, bytes: &[], is_distinct: false })
    };
    let of = |source, mut snapshot: Snapshot| {
        snapshot.coverage.add_source(source, Kinds::TCP);
        snapshot
    };
    let exact = [diag(1, 7, 80), diag(2, 7, 81), diag(3, 8, 82), diag(4, 0, 83)];
    let exact = of(Source::Netlink, filled(exact));
    let printed = |rows: [(u64, Row); 4]| {
        of(Source::Procfs, filled(rows.map(|(pointer, row)| tcp_at(pointer, row))))
    };
    let same =
        printed([(9, (7, 1, 81, 0)), (8, (7, 1, 80, 0)), (7, (8, 1, 89, 0)), (6, (0, 1, 83, 0))]);
    assert_eq!(shown(exact.diff(&same)), ["~8 addresses"]);
    assert_eq!(shown(same.diff(&exact)), ["~8 addresses"]);
    let other =
        printed([(9, (7, 1, 81, 0)), (8, (7, 1, 84, 0)), (7, (9, 1, 82, 0)), (6, (0, 1, 9, 0))]);
    assert_eq!(shown(exact.diff(&other)), ["+7", "+9", "-7", "-8"]);
}

#[test]
fn rows_without_inode_are_counted_by_address() {
    let before = filled([(0, 4, 80, 0), (0, 6, 81, 0), (0, 6, 81, 0)].map(tcp));
    let after = filled([(0, 6, 80, 0), (0, 6, 81, 0), (0, 6, 82, 0)].map(tcp));
    assert_eq!(shown(before.diff(&after)), ["~0 state", "+0", "-0"]);
}

#[test]
fn equal_inodes_of_two_kinds_are_two_sockets() {
    let mut udp = tcp((7, 7, 80, 0));
    udp.kind = Kind::Udp;
    let (before, after) = (filled([tcp((7, 7, 80, 0))]), filled([udp]));
    assert_eq!(shown(before.diff(&after)), ["+7", "-7"]);
}

#[test]
fn a_cookie_distinguishes_sockets_that_reuse_an_inode() {
    let with = |cookie, name: &'static [u8]| {
        let (kind, name_at) = (unix::SocketType::STREAM, Span::of(name, name));
        let fields = SocketFields {
            inode: Inode::new(7),
            cookie: std::num::NonZeroU64::new(cookie),
            own: Own::Unix { kind, name: name_at, peer: None },
            ..SocketFields::new(Kind::Unix, State::LISTEN, Form::UnixDiag)
        };
        leaked(SocketRow { fields, bytes: name, is_distinct: false })
    };
    let line = b"0: 00000002 00000000 00010000 0001 01 7 @a";
    let printed = SocketRow::decode(Kind::Unix, ByteOrder::Little, line, 2).unwrap().unwrap();
    let exact = filled([with(1, b"\0a")]);
    assert_eq!(shown(exact.diff(&filled([with(2, b"\0a")]))), ["+7", "-7"]);
    assert_eq!(shown(exact.diff(&filled([with(1, b"\0b")]))), ["~7 name"]);
    // A table has no cookie, and prints the name differently.
    assert_eq!(shown(exact.diff(&filled([printed.socket()]))), [""; 0]);
}

#[test]
fn only_tables_read_completely_by_both_are_compared() {
    let rows = |rows: &[Row], whole| Snapshot { whole, ..filled(rows.iter().copied().map(tcp)) };
    let (old, new) = ([(7, 1, 80, 0), (8, 1, 80, 0)], [(8, 8, 80, 0), (9, 1, 80, 0)]);
    let changes = |of_old: Kinds, of_new: Kinds| {
        let (old, new) = (rows(&old, of_old), rows(&new, of_new));
        let diff = old.diff(&new);
        (diff.not_compared(), shown(diff))
    };
    let without = Kinds::DEFAULT - Kinds::TCP4;
    let owned = |shown: &[&str]| shown.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(changes(Kinds::DEFAULT, without), (Kinds::TCP4, owned(&["~8 state", "+9"])));
    assert_eq!(changes(without, Kinds::DEFAULT), (Kinds::TCP4, owned(&["~8 state", "-7"])));
    assert_eq!(changes(without, without), (Kinds::TCP4, owned(&["~8 state"])));
    // A snapshot that was never filled compares with nothing.
    let nothing = Snapshot::default();
    assert_eq!(shown(nothing.diff(&rows(&new, Kinds::DEFAULT))), [""; 0]);
}

#[test]
fn a_socket_missing_in_an_unsettled_table_has_vanished_if_the_next_one_lacks_it_too() {
    let unsettled = |rows: &[Row]| {
        let mut snapshot = filled(rows.iter().copied().map(tcp));
        snapshot.coverage.unsettled = Kinds::TCP4;
        snapshot
    };
    let (one, both) = ([(7, 10, 80, 0)], [(7, 10, 80, 0), (8, 10, 81, 0)]);
    let first = filled(both.map(tcp));
    let mut second = unsettled(&one);
    second.carry_over(&first);
    assert_eq!(shown(first.diff(&second)), [""; 0]);
    // It was only missed.
    let mut third = unsettled(&both);
    third.carry_over(&second);
    assert_eq!((third.len(), shown(second.diff(&third))), (2, vec![]));
    // It is gone.
    let mut third = unsettled(&one);
    third.carry_over(&second);
    assert_eq!(shown(second.diff(&third)), ["-8"]);
    // A settled table missed nothing.
    let mut settled = filled(one.map(tcp));
    settled.carry_over(&first);
    assert_eq!(shown(first.diff(&settled)), ["-8"]);
}

#[test]
fn network_namespaces_are_kept_apart() {
    let [one, other] = [(Some(1), 7), (Some(2), 8)].map(|(inode, pid)| Namespace {
        inode,
        pid: Some(pid),
        path: None,
    });
    // Another process may be the first of a namespace: the inode identifies the namespace.
    let later = Namespace { pid: Some(9), ..one.clone() };
    let unknown = Namespace { inode: None, ..one.clone() };
    let row = (7, 10, 80, 0);
    let within = |netns| {
        let mut socket = tcp(row);
        socket.netns = Some(netns);
        socket
    };
    let both = filled([within(&one), within(&other)]);
    assert_eq!(both.with_inode(Inode::new(7).unwrap()).count(), 2);
    assert_eq!(shown(both.diff(&filled([within(&later), within(&other)]))), [""; 0]);
    assert_eq!(shown(both.diff(&filled([within(&other)]))), ["-7"]);
    assert_eq!(shown(filled([within(&one)]).diff(&filled([within(&other)]))), ["+7", "-7"]);
    assert_eq!(shown(filled([within(&one)]).diff(&filled([within(&unknown)]))), ["+7", "-7"]);

    // The sockets of a namespace that could not be entered have not vanished.
    let mut without = filled([within(&other)]);
    without.coverage.namespaces.hide(&later, Failure::new(rustix::io::Errno::PERM));
    assert_eq!(shown(both.diff(&without)), [""; 0]);
    assert_eq!(shown(without.diff(&both)), [""; 0]);
}

#[test]
fn owners_that_were_not_requested_are_not_compared() {
    let row = (7, 10, 80, 0);
    let process =
        |comm: &str| [Process { comm: Name::from(comm), start_time: Some(1), ..Process::new(4) }];
    let links = [Link { process: 0, fd: 3 }, Link { process: 0, fd: 4 }];
    let (old, new) = (process("sh"), process("httpd"));
    let held = |links, processes| {
        let mut socket = tcp(row);
        socket.owners = Owners::new(links, processes);
        socket
    };
    let walked = |socket| {
        let mut snapshot = filled([socket]);
        snapshot.coverage.processes = Some(Processes::default());
        snapshot
    };
    let (by_one, by_none) = (walked(held(&links[..1], &old)), walked(tcp(row)));
    let changed = ["~7 owners"];
    assert_eq!(shown(by_one.diff(&walked(held(&links[..1], &old)))), [""; 0]);
    assert_eq!(shown(by_one.diff(&walked(held(&links, &old)))), changed, "another descriptor");
    assert_eq!(shown(by_one.diff(&walked(held(&links[..1], &new)))), changed, "another program");
    assert_eq!(shown(by_one.diff(&by_none)), changed);
    assert_eq!(shown(by_none.diff(&by_one)), changed);
    // No walk, or a budget that was spent before its owners were found.
    assert_eq!(shown(by_one.diff(&filled([tcp(row)]))), [""; 0]);
    let mut cut = by_none;
    cut.coverage.left_out.sockets = 1;
    assert_eq!(shown(by_one.diff(&cut)), [""; 0]);
    assert_eq!(shown(cut.diff(&by_one)), [""; 0]);
    // A socket that has owners nevertheless has those that were found.
    let mut cut = walked(held(&links, &old));
    cut.coverage.left_out.sockets = 1;
    assert_eq!(shown(by_one.diff(&cut)), changed);
}

fn rows() -> impl Strategy<Value = Vec<(u64, Row)>> {
    prop::collection::vec((1..4_u64, (0..8_u64, 1..4_u8, 1..4_u16, 0..2_u32)), 0..24)
}

/// Pointer, inode, and for a row without an inode the local address.
type NaiveKey = (u64, u64, Option<SocketAddr>);

/// Sockets by their identity, in order if several have the same.
fn by_identity<'a>(sockets: impl Iterator<Item = Socket<'a>>) -> BTreeMap<NaiveKey, Vec<Row>> {
    let mut map: BTreeMap<_, Vec<Row>> = BTreeMap::new();
    for socket in sockets {
        let (inode, local) = (socket.inode.map_or(0, Inode::get), socket.local().unwrap());
        let pointer = socket.fields().pointer.unwrap().get();
        let row = (inode, socket.state.0, local.port(), socket.tx_queue().unwrap());
        map.entry((pointer, inode, (inode == 0).then_some(local))).or_default().push(row);
    }
    map
}

proptest! {
    /// Counted by identity: sockets in both are equal or changed, and the others appeared or
    /// vanished.
    #[test]
    fn equals_a_naive_comparison(old in rows(), new in rows()) {
        let all = |rows: Vec<(u64, Row)>| {
            filled(rows.into_iter().map(|(pointer, row)| tcp_at(pointer, row)))
        };
        let (before, after) = (all(old), all(new));
        let mut expected = (0, 0, 0);
        let (olds, news) = (by_identity(before.iter()), by_identity(after.iter()));
        for key in olds.keys().chain(news.keys().filter(|key| !olds.contains_key(key))) {
            let empty = Vec::new();
            let (old, new) = (olds.get(key).unwrap_or(&empty), news.get(key).unwrap_or(&empty));
            expected.0 += new.len().saturating_sub(old.len());
            expected.1 += old.len().saturating_sub(new.len());
            expected.2 += old.iter().zip(new).filter(|(old, new)| old != new).count();
        }
        let mut counted = (0, 0, 0);
        for change in before.diff_in(&after, Aspects::ALL) {
            match change {
                Change::Appeared(_) => counted.0 += 1,
                Change::Vanished(_) => counted.1 += 1,
                Change::Changed { .. } => counted.2 += 1,
            }
        }
        prop_assert_eq!(counted, expected);
        prop_assert_eq!(before.diff_in(&before.clone(), Aspects::ALL).count(), 0);
        for inode in (1..8).filter_map(Inode::new) {
            let same = news.iter().filter(|((_, other, _), _)| *other == inode.get());
            let same: usize = same.map(|(_, rows)| rows.len()).sum();
            prop_assert_eq!(after.with_inode(inode).count(), same);
        }
    }
}
