//! The rows that a pass reports are the sockets that `ss` shows.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{ErrorKind, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::unix::net::UnixDatagram,
    os::unix::net::{UnixListener, UnixStream},
    process::Command,
    time::{Duration, Instant},
};

use common::expect;
use procnet_bpf::{Addresses, Buffer, Row, RowFilter, Rows};
use procnet_core::{State, table::inet::Timer};
use procnet_corpus::live::{
    Entry, HelperProcess, LoadGenerator, Owner, Scene, Workload, comm_of, differences, inode_of,
    private, raw, skip, ss,
};
use rustix::net::{AddressFamily, SocketFlags, SocketType, netlink, socket_with, sockopt};

fn load(filter: RowFilter) -> Rows {
    expect(Rows::load(&filter))
}

/// What the test asks of each row of a pass.
fn pass<T>(rows: &Rows, mut each: impl FnMut(&Row<'_>) -> T) -> Vec<T> {
    let mut found = Vec::new();
    rows.pass(&mut Buffer::new(), |row| found.push(each(row))).expect("a pass");
    found
}

/// The row of a socket of this process, as owned values.
fn row_of(rows: &Rows, inode: u64) -> Row<'static> {
    let leak = |row: &Row<'_>| {
        (row.owner.inode == inode && row.owner.pid == std::process::id()).then(|| {
            let bytes = {
                let mut bytes = Vec::new();
                row.encode(&mut bytes);
                bytes.leak()
            };
            Row::decode(bytes).expect("a row").expect("a whole row").0
        })
    };
    let mut found: Vec<Row<'static>> = pass(rows, leak).into_iter().flatten().collect();
    assert_eq!(found.len(), 1, "the only row of inode {inode}");
    found.remove(0)
}

/// TCP, UDP and unix sockets in the form in which they are compared, each with all its owners.
fn entries(rows: &Rows) -> Vec<Entry> {
    let mut found: BTreeMap<u64, Entry> = BTreeMap::new();
    let mut comms: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    rows.pass(&mut Buffer::new(), |row| {
        let Some(entry) = entry(row) else { return };
        let comm = comms.entry(row.owner.pid).or_insert_with(|| comm_of(row.owner.pid)).clone();
        let owner = Owner { pid: row.owner.pid, fd: row.owner.fd, comm };
        found.entry(row.owner.inode).or_insert(entry).owners.insert(owner);
    })
    .expect("a pass");
    found.into_values().collect()
}

fn entry(row: &Row<'_>) -> Option<Entry> {
    let state = row.state.to_string();
    let inet = |v6: bool, local: SocketAddr, remote| {
        let name = match (row.socket_type, row.protocol) {
            (1, 6) => "tcp",
            (2, 17) => "udp",
            _ => return None,
        };
        let kind = if v6 { format!("{name}6") } else { name.to_owned() };
        Some(Entry::inet(&kind, &state, local, remote))
    };
    let entry = match row.addresses {
        Addresses::Inet { local, remote } => inet(false, local.into(), remote.into()),
        Addresses::Inet6 { local, remote } => inet(true, local.into(), remote.into()),
        Addresses::Unix { name, .. } => {
            let socket_type = ["", "stream", "dgram", "", "", "seqpacket"];
            let socket_type = socket_type[usize::from(row.socket_type)];
            // As the kernel prints them.
            let printed = name.map(|name| match name {
                [0, ..] => name.iter().map(|byte| if *byte == 0 { b'@' } else { *byte }).collect(),
                path => path.split(|byte| *byte == 0).next().unwrap_or_default().to_vec(),
            });
            Some(Entry::unix(socket_type, &state, printed.as_deref()))
        }
        _ => None,
    };
    let numbers = row.rx_queue.zip(row.tx_queue).map(|(rx, tx)| (row.uid, rx, tx));
    entry.map(|entry| Entry { inode: Some(row.owner.inode), numbers, ..entry })
}

/// Those that a pass can report, as somebody has a descriptor of them.
fn held(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.retain(|entry| !entry.owners.is_empty());
    // In no table of the kernel: neither connected nor listening.
    entries.retain(|entry| !(entry.kind.starts_with("tcp") && entry.state == "UNCONN"));
    entries
}

/// Both lists without owners, of which `ss` does not see all, and only of sockets that have some.
fn beside_ss(rows: &Rows) -> [Vec<Entry>; 2] {
    let mut found = held(entries(rows));
    let inodes: BTreeSet<Option<u64>> = found.iter().map(|entry| entry.inode).collect();
    let mut shown = ss::sockets().unwrap_or_else(|reason| skip(&reason));
    shown.retain(|entry| !entry.owners.is_empty() || inodes.contains(&entry.inode));
    for entry in found.iter_mut().chain(&mut shown) {
        entry.owners.clear();
        // sock_diag measures other things.
        if entry.kind == "unix" {
            entry.numbers = None;
        }
    }
    [found, shown]
}

#[test]
fn rows_of_a_scene_are_the_sockets_that_ss_shows() {
    private(|_| {
        let rows = load(RowFilter::ALL);
        Scene::with(|_| {
            // On a slow machine, data may still arrive between the two lists.
            let begin = Instant::now();
            let found = loop {
                let [found, shown] = beside_ss(&rows);
                let different = differences(("rows", &found), ("ss", &shown));
                if different.is_empty() {
                    break found;
                }
                assert!(begin.elapsed() < Duration::from_secs(10), "{different}");
            };
            assert!(found.len() > 20, "{}", found.len());
        });
    });
}

#[test]
fn rows_of_a_scene_are_its_sockets() {
    private(|_| {
        let rows = load(RowFilter::ALL);
        Scene::with(|scene| {
            let without_numbers = |entries: Vec<Entry>| -> Vec<Entry> {
                let entries = held(entries).into_iter();
                entries.map(|entry| Entry { numbers: None, ..entry }).collect()
            };
            let expected = without_numbers(scene.entries().to_vec());
            let found = without_numbers(entries(&rows));
            assert_eq!(differences(("rows", &found), ("the scene", &expected)), "");
        });
    });
}

#[test]
fn many_sockets_of_every_kind_are_each_reported_once() {
    private(|_| {
        let rows = load(RowFilter::ALL);
        let mut load = LoadGenerator::default();
        for workload in
            [Workload::Tcp, Workload::Tcp6, Workload::Udp, Workload::Udp6, Workload::Unix]
        {
            load = load.spawn(workload, 2, 500);
        }
        let [found, shown] = beside_ss(&rows);
        assert_eq!(differences(("rows", &found), ("ss", &shown)), "");
        assert!(found.len() >= 5000);
        drop(load);
    });
}

#[test]
fn a_listener_has_the_lengths_of_both_queues() {
    private(|_| {
        let rows = load(RowFilter::ALL);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        rustix::net::listen(&listener, 7).expect("a listener");
        let at = listener.local_addr().expect("an address");
        let waiting: Vec<TcpStream> =
            (0..3).map(|_| TcpStream::connect(at).expect("a connection")).collect();
        let row = row_of(&rows, inode_of(&listener));
        assert_eq!((row.state, row.rx_queue, row.tx_queue), (State::LISTEN, Some(3), Some(7)));
        assert_eq!(row.requests, 0);
        // A request sock: the connection is complete only once data arrives.
        let deferred = TcpListener::bind("127.0.0.1:0").expect("a listener");
        raw::defer_accept(&deferred, 30).expect("a TCP listener");
        let at = deferred.local_addr().expect("an address");
        let request = TcpStream::connect(at).expect("a connection");
        let row = row_of(&rows, inode_of(&deferred));
        assert_eq!((row.rx_queue, row.requests), (Some(0), 1));
        drop((waiting, request));
        let directory = std::env::temp_dir().join(format!("procnet-bpf-{}", inode_of(&listener)));
        let unix = UnixListener::bind(&directory).expect("a listener");
        let waiting = UnixStream::connect(&directory).expect("a connection");
        fs::remove_file(&directory).expect("the socket's file");
        let row = row_of(&rows, inode_of(&unix));
        assert_eq!((row.state, row.rx_queue, row.tx_queue), (State::LISTEN, Some(1), Some(4096)));
        drop(waiting);
    });
}

#[test]
fn a_unix_socket_has_a_peer_and_a_name_of_any_bytes() {
    private(|_| {
        let rows = load(RowFilter::ALL.families(&[1]));
        let (left, right) = UnixStream::pair().expect("a pair");
        let peer = |inode| match row_of(&rows, inode).addresses {
            Addresses::Unix { peer, name } => (peer, name.map(<[u8]>::to_vec)),
            other => panic!("{other:?}"),
        };
        let inodes = (inode_of(&left), inode_of(&right));
        assert_eq!(peer(inodes.0), (Some(inodes.1), None));
        assert_eq!(peer(inodes.1), (Some(inodes.0), None));
        // Of every length, and of bytes that end a line or a string.
        let helper = HelperProcess::start(b"names");
        for length in [1, 7, 8, 9, 107] {
            let name: Vec<u8> =
                (0..length).map(|index| [b'\n', 0, b' ', 0xff][index % 4]).collect();
            let (inode, _) = helper.bind_abstract(&name);
            let names = pass(&rows, |row| match row.addresses {
                Addresses::Unix { name, .. } if row.owner.inode == inode => {
                    name.map(<[u8]>::to_vec)
                }
                _ => None,
            });
            let names: Vec<Vec<u8>> = names.into_iter().flatten().collect();
            assert_eq!(names, [[&[0], name.as_slice()].concat()]);
        }
        let unnamed = UnixDatagram::unbound().expect("a socket");
        assert_eq!(peer(inode_of(&unnamed)), (None, None));
    });
}

#[test]
fn sockets_of_other_families_are_reported() {
    private(|_| {
        let rows = load(RowFilter::ALL);
        let new = |family, socket_type, protocol| {
            socket_with(family, socket_type, SocketFlags::CLOEXEC, protocol).expect("a socket")
        };
        let route = new(AddressFamily::NETLINK, SocketType::RAW, None);
        let row = row_of(&rows, inode_of(&route));
        assert_eq!((row.family, row.protocol, row.socket_type), (16, 0, 3));
        let diag = new(AddressFamily::NETLINK, SocketType::RAW, Some(netlink::SOCK_DIAG));
        rustix::net::bind(&diag, &netlink::SocketAddrNetlink::new(4711, 0)).expect("a port");
        let row = row_of(&rows, inode_of(&diag));
        assert_eq!(
            (row.protocol, row.addresses),
            (4, Addresses::Netlink { port: 4711, remote_port: 0 })
        );
        let packet = new(AddressFamily::PACKET, SocketType::DGRAM, Some(rustix::net::eth::ALL));
        let row = row_of(&rows, inode_of(&packet));
        assert_eq!((row.family, row.protocol, row.addresses), (17, 3, Addresses::Other));
        let icmp = new(AddressFamily::INET, SocketType::RAW, Some(rustix::net::ipproto::ICMP));
        let row = row_of(&rows, inode_of(&icmp));
        assert_eq!((row.family, row.protocol, row.socket_type), (2, 1, 3));
        let Addresses::Inet { local, .. } = row.addresses else { panic!("{row:?}") };
        assert_eq!(local.port(), 1, "the protocol in place of a port");
    });
}

#[test]
fn timers_and_queues_are_those_of_the_connection() {
    private(|_| {
        let rows = load(RowFilter::ALL.families(&[2]));
        let connection = || {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            let at = listener.local_addr().expect("an address");
            let near = TcpStream::connect(at).expect("a connection");
            (near, listener.accept().expect("a connection").0)
        };
        let (mut plain, far) = connection();
        plain.write_all(b"twelve bytes").expect("a connection");
        let settled = |row: &Row<'_>| row.timer == Timer::OFF && row.tx_queue == Some(0);
        wait(|| settled(&row_of(&rows, inode_of(&plain))), "an acknowledgement");
        let row = row_of(&rows, inode_of(&far));
        assert_eq!((row.timer, row.rx_queue, row.shutdown), (Timer::OFF, Some(12), 0));
        let (kept_alive, _far) = connection();
        sockopt::set_socket_keepalive(&kept_alive, true).expect("an option");
        sockopt::set_tcp_keepidle(&kept_alive, Duration::from_secs(1000)).expect("an option");
        let row = row_of(&rows, inode_of(&kept_alive));
        assert_eq!((row.timer, row.retransmits), (Timer::KEEPALIVE, 0));
        let tick = rustix::time::clock_getres(rustix::time::ClockId::MonotonicCoarse);
        let seconds = f64::from(row.timer_jiffies) * tick.tv_nsec as f64 / 1e9;
        assert!((900.0..1010.0).contains(&seconds), "{seconds} s of 1000");
        // The window of a peer that does not read is full.
        let (mut blocked, _unread) = connection();
        blocked.set_nonblocking(true).expect("a socket");
        wait(
            || match blocked.write(&[0; 1 << 16]) {
                Ok(_) => false,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    row_of(&rows, inode_of(&blocked)).timer == Timer::PROBE
                }
            },
            "a probe",
        );
        let row = row_of(&rows, inode_of(&blocked));
        assert!(row.tx_queue.is_some_and(|bytes| bytes > 1 << 16), "{row:?}");
        // Behind a link that is down, nothing is acknowledged.
        let down = Command::new("ip").args(["link", "set", "lo", "down"]).status();
        assert!(down.expect("ip").success());
        plain.write_all(b"lost").expect("room in the buffer");
        let lost = |row: &Row<'_>| row.timer == Timer::RETRANSMIT && row.retransmits >= 2;
        wait(|| lost(&row_of(&rows, inode_of(&plain))), "two retransmissions");
        assert_eq!(row_of(&rows, inode_of(&plain)).tx_queue, Some(4));
    });
}

#[track_caller]
fn wait(mut condition: impl FnMut() -> bool, what: &str) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(60), "no {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_row_has_the_namespace_the_user_the_interface_and_the_cookie() {
    private(|_| {
        let rows = load(RowFilter::ALL);
        let number =
            |pid: u32| rustix::fs::stat(format!("/proc/{pid}/ns/net")).expect("/proc").st_ino;
        let own = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        raw::bind_to_device(&own, "lo").expect("a device");
        let row = row_of(&rows, inode_of(&own));
        assert_eq!(u64::from(row.netns), number(std::process::id()));
        assert_eq!((row.uid, row.interface, row.cookie), (0, Some(1), None));
        let cookie = sockopt::socket_cookie(&own).expect("a cookie");
        assert_eq!(row_of(&rows, inode_of(&own)).cookie, Some(cookie));
        let other = HelperProcess::start_via(b"elsewhere", &["unshare", "--net"]);
        let (inode, _) = other.bind_abstract(b"there");
        let found = pass(&rows, |row| (row.owner.inode == inode).then_some(row.netns));
        let found: Vec<u64> = found.into_iter().flatten().map(u64::from).collect();
        assert_eq!(found, [number(other.pid())]);
        let there = u32::try_from(found[0]).expect("a number of 32 bits");
        let only = load(RowFilter::ALL.netns(there));
        let selected = pass(&only, |row| (row.netns, row.owner.inode == inode));
        assert!(selected.iter().all(|(netns, _)| *netns == there) && selected.len() < 5);
        assert!(selected.iter().any(|(_, is_it)| *is_it));
    });
}

#[test]
fn filters_select_in_the_kernel_what_they_select_here() {
    private(|_| {
        let all = load(RowFilter::ALL);
        let _load = LoadGenerator::default()
            .spawn(Workload::Tcp, 1, 51)
            .spawn(Workload::Udp6, 1, 50)
            .spawn(Workload::Unix, 1, 50);
        let key = |row: &Row<'_>| (row.owner, row.family, row.state.0, row.protocol);
        let everything: BTreeSet<_> = pass(&all, key).into_iter().collect();
        let select = |filter: RowFilter, wanted: &dyn Fn(u16, State, u16) -> bool| {
            let found: BTreeSet<_> = pass(&load(filter), key).into_iter().collect();
            let expected = everything.iter().copied();
            let expected: BTreeSet<_> =
                expected.filter(|row| wanted(row.1, State(row.2), row.3)).collect();
            assert_eq!(found, expected);
            assert!(!found.is_empty() && found.len() < everything.len());
        };
        select(RowFilter::ALL.families(&[2, 10]), &|family, _, _| [2, 10].contains(&family));
        select(RowFilter::ALL.states(&[State::LISTEN]), &|_, state, _| state == State::LISTEN);
        select(RowFilter::ALL.protocol(17), &|_, _, protocol| protocol == 17);
        select(
            RowFilter::ALL.families(&[1]).states(&[State::CLOSE, State::LISTEN]),
            &|family, state, _| family == 1 && [State::CLOSE, State::LISTEN].contains(&state),
        );
        assert_eq!(pass(&load(RowFilter::ALL.families(&[])), |_| ()).len(), 0);
    });
}
