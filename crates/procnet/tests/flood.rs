//! A user without privilege, who is root of a network namespace of his own, floods the sockets of a
//! scanner that visits it: neither a row nor the end of an answer is ever his.

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    net::UdpSocket,
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::PermissionsExt as _,
    },
    path::Path,
    thread,
    time::{Duration, Instant},
};

use procnet::{Kinds, Netns, Query, Scanner, Source};
use procnet_corpus::live::{Sandbox, note, skip_part};
use rustix::{
    io::Errno,
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, getsockname,
        netlink::{self, SocketAddrNetlink},
        recv, sendto, socket_with,
    },
};

/// As another user, in namespaces that he creates.
const USER: [&str; 11] = [
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "unshare",
    "--user",
    "--map-root-user",
    "--net",
    "sh",
    "-c",
    r#"ip link set lo up; exec "$0" "$@""#,
];

/// The number of his sockets, and the port of one that does not exist.
const SOCKETS: usize = 40;
const FORGED_PORT: u16 = 9;

/// The time in which he has to hit a socket of the scanner.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The last messages of an answer: a row of a UDP socket, and `NLMSG_DONE`.
fn forged(sequence: u32) -> Vec<u8> {
    let mut row = vec![0; 88];
    row[16..18].copy_from_slice(&[2, 7]);
    row[20..22].copy_from_slice(&FORGED_PORT.to_be_bytes());
    row[84] = 1;
    let mut datagram = Vec::new();
    for (kind, mut message) in [(20_u16, row), (3, vec![0; 20])] {
        let length = u32::try_from(message.len()).unwrap();
        message[..4].copy_from_slice(&length.to_ne_bytes());
        message[4..6].copy_from_slice(&kind.to_ne_bytes());
        // NLM_F_MULTI.
        message[6..8].copy_from_slice(&2_u16.to_ne_bytes());
        message[8..12].copy_from_slice(&sequence.to_ne_bytes());
        datagram.extend(message);
    }
    datagram
}

fn sock_diag() -> OwnedFd {
    let (family, kind) = (AddressFamily::NETLINK, SocketType::DGRAM);
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(family, kind, flags, Some(netlink::SOCK_DIAG)).unwrap();
    bind(&socket, &SocketAddrNetlink::new(0, 0)).unwrap();
    socket
}

fn port_of(socket: impl AsFd) -> u32 {
    SocketAddrNetlink::try_from(getsockname(socket).unwrap()).unwrap().pid()
}

/// Sends to a port. `None` if the user may not.
fn send(from: &OwnedFd, port: u32, sequence: u32) -> Option<Result<(), Errno>> {
    let to = SocketAddrNetlink::new(port, 0);
    match sendto(from, &forged(sequence), SendFlags::empty(), &to) {
        Err(Errno::PERM) => None,
        sent => Some(sent.map(drop)),
    }
}

/// The ports of the sock_diag sockets in this namespace (net/netlink/af_netlink.c
/// `netlink_native_seq_show`), but for the kernel's.
fn ports() -> BTreeSet<u32> {
    let table = fs::read_to_string("/proc/self/net/netlink").unwrap();
    let rows = table.lines().skip(1).map(|row| row.split_ascii_whitespace().collect::<Vec<_>>());
    let ports = rows.filter(|row| row[1] == "4").filter_map(|row| row[2].parse().ok());
    ports.filter(|port| *port != 0).collect()
}

/// Floods the sockets of a scanner, whose pid is their first choice of a port (`netlink_autobind`),
/// until its directory is removed.
fn attacker(input: &str) {
    let (directory, pid) = input.split_once(' ').unwrap();
    let (directory, pid) = (Path::new(directory), pid.parse().unwrap());
    let held: Vec<UdpSocket> =
        (0..SOCKETS).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    let (from, other) = (sock_diag(), sock_diag());
    let own = BTreeSet::from([port_of(&from), port_of(&other)]);
    // What is sent arrives: this socket is not connected.
    let Some(sent) = send(&from, port_of(&other), 1) else {
        return skip_part("the flood", "the kernel does not permit it here");
    };
    sent.unwrap();
    assert_eq!(recv(&other, &mut [0; 256], RecvFlags::empty()).unwrap().0, forged(1).len());
    let list: Vec<String> =
        held.iter().map(|socket| socket.local_addr().unwrap().port().to_string()).collect();
    fs::write(directory.join("new"), format!("{} {}", std::process::id(), list.join(" "))).unwrap();
    fs::rename(directory.join("new"), directory.join("ready")).unwrap();
    let (mut refused, mut arrived) = (0_u64, 0_u64);
    for sequence in 0.. {
        if sequence % 64 == 0 && !directory.exists() {
            break;
        }
        // Those that are known to exist now.
        for port in ports().difference(&own) {
            match send(&from, *port, sequence).unwrap() {
                Err(Errno::CONNREFUSED) => refused += 1,
                Ok(()) => arrived += 1,
                Err(errno) => assert_eq!(errno, Errno::AGAIN, "its queue is full"),
            }
        }
        if refused + arrived > 500 && !directory.join("hit").exists() {
            let _ = fs::write(directory.join("hit"), "");
        }
        // And one that is about to be created, as often as possible.
        for _message in 0..200 {
            arrived += u64::from(send(&from, pid, sequence).unwrap().is_ok());
        }
    }
    note(&format!("{refused} messages to sockets that refused them, {arrived} that arrived"));
}

/// A socket that is connected to the kernel refuses the messages of others, so `Coverage::foreign`,
/// and `TableCoverage::foreign` likewise, stay 0 but for what arrives between its first two steps: it
/// has a port before it is connected (net/netlink/af_netlink.c `netlink_connect`). How such messages
/// are counted and discarded is proved on a socket that stays unconnected, in `netlink/socket.rs`.
#[test]
fn a_flood_of_forged_answers_adds_no_row_and_hides_none() {
    Sandbox::default().role("attacker", attacker).run(|sandbox| {
        let own = UdpSocket::bind("127.0.0.1:0").unwrap();
        thread::scope(|scope| {
            let directory = tempfile::tempdir().unwrap();
            fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).unwrap();
            let input = format!("{} {}", directory.path().display(), std::process::id());
            let attacker = scope.spawn(move || sandbox.run_role("attacker", &USER, &input));
            let ready = directory.path().join("ready");
            while !ready.exists() {
                if attacker.is_finished() {
                    // It was skipped, or failed.
                    return;
                }
                thread::sleep(Duration::from_millis(5));
            }
            let input = fs::read_to_string(ready).unwrap();
            let (pid, ports) = input.split_once(' ').unwrap();
            let theirs: BTreeSet<u16> =
                ports.split(' ').map(|port| port.parse().unwrap()).collect();
            assert_eq!(theirs.len(), SOCKETS);
            let mut all = theirs.clone();
            all.insert(own.local_addr().unwrap().port());
            let query = Query::new().kinds(Kinds::INET);
            let path = Netns::Path(format!("/proc/{pid}/ns/net").into());
            let queries = [
                // Two namespaces may use the same port.
                (query.clone().source(Source::Netlink).netns(Netns::All), &all, SOCKETS + 1),
                (query.clone().netns(Netns::All), &all, SOCKETS + 1),
                (query.source(Source::Netlink).netns(path), &theirs, SOCKETS),
            ];
            let mut kept = queries.each_ref().map(|_| Scanner::new().unwrap());
            let (begin, hit) = (Instant::now(), directory.path().join("hit"));
            let (mut rounds, mut foreign) = (0, 0);
            while rounds < 20 || !hit.exists() {
                assert!(begin.elapsed() < TIMEOUT, "no socket was hit in {rounds} rounds");
                rounds += 1;
                for ((query, expected, count), kept) in queries.iter().zip(&mut kept) {
                    // With sockets that exist for long, and with new ones.
                    for scanner in [kept, &mut Scanner::new().unwrap()] {
                        let answer = scanner.collect(query).unwrap();
                        let seen: BTreeSet<u16> =
                            answer.sockets.iter().map(|it| it.local.unwrap().port()).collect();
                        assert_eq!((answer.sockets.len(), &seen), (*count, *expected));
                        let coverage = answer.coverage;
                        assert!(coverage.is_complete(), "{coverage}");
                        assert_eq!(coverage.from(Source::Netlink), Kinds::INET);
                        foreign += coverage.foreign;
                    }
                }
            }
            note(&format!("{rounds} rounds, {foreign} messages of others were received"));
        });
    });
}
