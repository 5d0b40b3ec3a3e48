//! Random trees of processes and tables, and their changes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use procnet_core::{ByteOrder, Inode, table::inet::Record};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{mutated, name};
use crate::{
    proc_tree::{Case, Change, Descriptors, Entry, Process, Tree},
    render::{Host, Word},
    table::{
        inet::{
            inet_record,
            render::{self as inet, Kind},
        },
        netlink, packet,
        process::{self, random_stat as stat, random_status as status},
        unix,
    },
};

/// A tree, its changes, and a query.
pub fn case() -> impl Strategy<Value = Case> {
    let change = prop_oneof![
        3 => process().prop_map(Event::Start),
        2 => PIDS.prop_map(Event::End),
        3 => (PIDS, FDS, descriptor()).prop_map(|(pid, fd, link)| Event::Open(pid, fd, link)),
        1 => (PIDS, FDS).prop_map(|(pid, fd)| Event::Close(pid, fd)),
        2 => (PIDS, stat()).prop_map(|(pid, stat)| Event::Rename(pid, stat)),
        2 => tables().prop_map(Event::Sockets),
    ];
    // Trees with many processes take long, so they are rare.
    let choice = (0..128_u8, 0..16_u8).prop_map(|(byte, rare)| byte | u8::from(rare == 0) << 7);
    let processes = vec(process(), 0..8);
    (choice, processes, tables(), vec(change, 0..6)).prop_map(|(choice, processes, net, events)| {
        let mut tree = Tree::default();
        processes.iter().for_each(|process| process.put(&mut tree));
        net.into_iter().for_each(|(path, entry)| tree.put(path.as_bytes(), entry));
        let changes = events.into_iter().flat_map(Event::changes).collect();
        Case { choice, tree, changes }
    })
}

/// Few numbers, so that they coincide.
const PIDS: std::ops::Range<u32> = 1..6;
const FDS: std::ops::Range<u32> = 0..6;
const INODES: std::ops::Range<u64> = 0..6;
const POINTERS: std::ops::Range<u64> = 0..3;

/// One change of a tree.
#[derive(Clone, Debug)]
enum Event {
    Start(Process),
    End(u32),
    Open(u32, u32, Entry),
    Close(u32, u32),
    Rename(u32, Vec<u8>),
    Sockets(Vec<(String, Entry)>),
}

impl Event {
    fn changes(self) -> Vec<Change> {
        let put = |path: String, entry| Change::Put(path.into_bytes(), entry);
        let remove = |path: String| Change::Remove(path.into_bytes());
        match self {
            Event::Start(process) => {
                let mut tree = Tree::default();
                process.put(&mut tree);
                let entries = tree.entries();
                let files = entries.map(|(path, entry)| Change::Put(path.to_vec(), entry.clone()));
                [remove(process.pid.to_string())].into_iter().chain(files).collect()
            }
            Event::End(pid) => vec![remove(pid.to_string())],
            Event::Open(pid, fd, entry) => vec![put(format!("{pid}/fd/{fd}"), entry)],
            Event::Close(pid, fd) => vec![remove(format!("{pid}/fd/{fd}"))],
            Event::Rename(pid, stat) => vec![put(format!("{pid}/stat"), Entry::File(stat))],
            Event::Sockets(net) => net.into_iter().map(|(path, entry)| put(path, entry)).collect(),
        }
    }
}

/// A process that holds some sockets or none, or cannot be read.
fn process() -> impl Strategy<Value = Process> {
    let named = vec((fd_name(), descriptor()), 0..8);
    let descriptors = prop_oneof![
        8 => named.prop_map(Descriptors::Open),
        1 => Just(Descriptors::Missing),
        1 => Just(Descriptors::NotADirectory),
    ];
    let threads = prop_oneof![
        1 => Just(Vec::new()),
        1 => vec((PIDS, any::<bool>()), 1..3),
    ];
    let files =
        (option::weighted(0.9, mutated_rarely(stat())), option::of(mutated_rarely(status())));
    let net = option::weighted(0.3, vec(table(), 1..3)).prop_map(Option::unwrap_or_default);
    (PIDS, files, descriptors, threads, any::<bool>(), net).prop_map(
        |(pid, (stat, status), descriptors, mut threads, leaderless, net)| {
            threads.retain(|(tid, _)| *tid != pid);
            let leaderless = leaderless && !threads.is_empty();
            Process { pid, stat, status, descriptors, threads, leaderless, net }
        },
    )
}

fn mutated_rarely(files: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    files.prop_flat_map(|file| prop_oneof![4 => Just(file.clone()), 1 => mutated(Just(file))])
}

fn fd_name() -> impl Strategy<Value = String> {
    let odd =
        ["00", "007", "-1", "3x", "4294967279", "4294967280", "4294967295", "4294967296", "x"];
    prop_oneof![8 => FDS.prop_map(|fd| fd.to_string()), 1 => select(odd.to_vec()).prop_map(str::to_owned)]
}

/// Mostly a link to a socket; else a link to something else, or not a link.
fn descriptor() -> impl Strategy<Value = Entry> {
    let odd = [
        "socket:[18446744073709551615]",
        "socket:[18446744073709551616]",
        "socket:[12x]",
        "socket:[007]",
        "socket:[00000000000000000000002]",
        "socket:[00000000000000000000002]]",
        "socket:[2]]",
        "socket:[-1]",
        "socket:[]",
        "Socket:[1]",
        "pipe:[1]",
        "anon_inode:[eventpoll]",
        "/dev/null",
        "/socket:[1]",
        "/tmp/x (deleted)",
        "socket:[1] (deleted)",
    ];
    let link = |target: Vec<u8>| Entry::Link(target);
    prop_oneof![
        12 => INODES.prop_map(move |inode| link(process::render::link(inode).into_bytes())),
        4 => select(odd.to_vec()).prop_map(move |target| link(target.as_bytes().to_vec())),
        1 => name(40).prop_map(link),
        1 => INODES.prop_map(|inode| Entry::File(process::render::link(inode).into_bytes())),
        1 => Just(Entry::Directory),
    ]
}

/// The tables of the host: in `net`, or in that of its first process.
fn tables() -> impl Strategy<Value = Vec<(String, Entry)>> {
    let place = prop_oneof![6 => Just("net"), 1 => Just("1/net")];
    (place, vec(table(), 0..6)).prop_map(|(place, tables)| {
        tables.into_iter().map(|(name, entry)| (format!("{place}/{name}"), entry)).collect()
    })
}

/// A table's name and its file, or something in its place.
fn table() -> impl Strategy<Value = (&'static str, Entry)> {
    let host = Host::newest(ByteOrder::Little);
    let kinds =
        [Kind::Tcp, Kind::Tcp6, Kind::Udp, Kind::Udp6, Kind::Raw, Kind::Icmp6, Kind::UdpLite];
    let inet = select(kinds.to_vec()).prop_flat_map(move |kind| {
        let row = (inet_record(kind.table(host.order)), INODES, POINTERS, any::<bool>());
        vec(row, 0..5).prop_map(move |rows| (kind.file(), inet_table(host, kind, &rows)))
    });
    let row = (INODES, POINTERS, 0..6_u8, any::<bool>(), option::of(name(12)));
    let unix = vec(row, 0..5).prop_map(move |rows| ("unix", unix_table(host, rows)));
    let number = || (INODES, POINTERS, 0..3_u32, any::<bool>());
    let packet = vec(number(), 0..5).prop_map(move |rows| ("packet", packet_table(host, rows)));
    let netlink = vec(number(), 0..5).prop_map(move |rows| ("netlink", netlink_table(host, rows)));
    let files = prop_oneof![6 => inet, 4 => unix, 1 => packet, 1 => netlink];
    files.prop_flat_map(|(name, file)| {
        let entry = prop_oneof![
            12 => Just(Entry::File(file.clone())),
            3 => mutated(Just(file)).prop_map(Entry::File),
            1 => Just(Entry::Directory),
        ];
        (Just(name), entry)
    })
}

/// Rows with few inodes and pointers and, if they are `tame`, with few states and addresses.
fn inet_table(host: Host, kind: Kind, rows: &[(Record, u64, u64, bool)]) -> Vec<u8> {
    let mut file = inet::heading(host, kind).into_bytes();
    for (record, inode, pointer, tame) in rows {
        let mut record = Record { inode: Inode::new(*inode), ..*record };
        if *tame {
            record.state.0 = 1 + record.state.0 % 12;
            let ip = if record.local.is_ipv4() {
                IpAddr::V4(Ipv4Addr::LOCALHOST)
            } else {
                IpAddr::V6(Ipv6Addr::LOCALHOST)
            };
            record.local = SocketAddr::new(ip, record.local.port() % 2);
            record.remote = SocketAddr::new(ip, record.remote.port() % 2);
        }
        let pointer = Word::Bits64.pointer(*pointer);
        file.extend(inet::row(host, kind, &record, pointer.as_bytes()));
    }
    file
}

/// Rows from inodes, pointers, interfaces, and whether the socket is running.
fn packet_table(host: Host, rows: Vec<(u64, u64, u32, bool)>) -> Vec<u8> {
    let mut file = packet::render::heading(host).into_bytes();
    for (inode, pointer, interface, running) in rows {
        file.extend(packet::render::row(
            host,
            &packet::naive::Row {
                pointer: Word::Bits64.pointer(pointer).into_bytes(),
                refs: 3,
                kind: 3,
                protocol: 0x88CC,
                interface,
                running,
                rx_queue: interface * 1000,
                uid: interface,
                inode,
            },
        ));
    }
    file
}

/// Rows from inodes, pointers, ports, and whether a dump is running.
fn netlink_table(host: Host, rows: Vec<(u64, u64, u32, bool)>) -> Vec<u8> {
    let mut file = netlink::render::heading(host).as_bytes().to_vec();
    for (inode, pointer, port, dumping) in rows {
        file.extend(netlink::render::row(
            host,
            &netlink::naive::Row {
                pointer: Word::Bits64.pointer(pointer).into_bytes(),
                protocol: 15,
                port,
                groups: 1,
                rx_queue: port,
                tx_queue: 0,
                dumping: Some(dumping),
                refs: 2,
                drops: Some(0),
                inode,
            },
        ));
    }
    file
}

/// Inode, pointer, state, whether the socket listens, name.
type UnixRow = (u64, u64, u8, bool, Option<Vec<u8>>);

fn unix_table(host: Host, rows: Vec<UnixRow>) -> Vec<u8> {
    let mut file = unix::render::HEADING.as_bytes().to_vec();
    for (inode, pointer, state, listens, name) in rows {
        let flags = u32::from(listens) << 16;
        let pointer = Word::Bits64.pointer(pointer).into_bytes();
        let row =
            unix::naive::Row { pointer, refs: 2, protocol: 0, flags, kind: 1, state, inode, name };
        file.extend(unix::render::row(host, &row));
    }
    file
}
