//! Rows in bytes, and back.

use proptest::prelude::*;

use super::*;

/// `struct row` with numbers that show where they are from.
fn fixed(family: u16, length: u16, name_length: u16) -> Vec<u8> {
    let mut bytes = vec![
        0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, // inode
        0x21, 0x22, 0x23, 0x24, // pid
        0x31, 0x32, 0x33, 0x34, // descriptor
        0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, // cookie
        0x51, 0x52, 0x53, 0xf4, // network namespace
        0x61, 0x62, 0x63, 0x64, // user
    ];
    bytes.extend(length.to_le_bytes());
    bytes.extend(family.to_le_bytes());
    bytes.extend([1, 0, 6, 0, 10, 2, 5, 3]);
    bytes.extend([0x90, 0x1f, 0x50, 0x00]); // ports 8080 and 80
    bytes.extend([2, 0, 0, 0]); // interface
    bytes.extend([0xfe, 0xff, 0xff, 0xff]); // two jiffies late
    bytes.extend([7, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0]); // queues and requests
    bytes.extend(name_length.to_le_bytes());
    bytes.extend([3, 0]); // both queues are known
    assert_eq!(bytes.len(), FIXED);
    bytes
}

fn expected(family: u16, addresses: Addresses<'_>) -> Row<'_> {
    Row {
        owner: Owner { inode: 0x1817_1615_1413_1211, pid: 0x2423_2221, fd: 0x3433_3231 },
        cookie: Some(0x4847_4645_4443_4241),
        netns: 0xf453_5251,
        uid: 0x6463_6261,
        family,
        socket_type: 1,
        protocol: 6,
        state: State::LISTEN,
        shutdown: 3,
        interface: Some(2),
        timer: Timer::KEEPALIVE,
        timer_jiffies: -2,
        retransmits: 5,
        rx_queue: Some(7),
        tx_queue: Some(8),
        requests: 9,
        addresses,
    }
}

#[track_caller]
fn check(family: u16, tail: &[u8], name_length: u16, addresses: Addresses<'_>) {
    let length = (FIXED + tail.len()) as u16;
    let bytes = [&fixed(family, length, name_length), tail, b"next"].concat();
    let (row, rest) = Row::decode(&bytes).expect("a row").expect("a whole row");
    assert_eq!(rest, b"next");
    assert_eq!(row, expected(family, addresses));
}

#[test]
fn a_row_of_ipv4_has_two_addresses_of_four_bytes() {
    let local = "127.0.0.1:8080".parse().expect("an address");
    let remote = "10.1.2.3:80".parse().expect("an address");
    check(2, &[127, 0, 0, 1, 10, 1, 2, 3], 0, Addresses::Inet { local, remote });
}

#[test]
fn a_row_of_ipv6_has_two_addresses_of_sixteen_bytes() {
    let mut tail = [0; 32];
    (tail[15], tail[16], tail[17], tail[31]) = (1, 0xfe, 0x80, 2);
    let local = "[::1]:8080".parse().expect("an address");
    let remote = "[fe80::2]:80".parse().expect("an address");
    check(10, &tail, 0, Addresses::Inet6 { local, remote });
}

#[test]
fn a_record_without_a_family_is_one_of_another_file() {
    let socket = [&fixed(2, 80, 0)[..], &[0; 8]].concat();
    let (socket, _) = Row::decode(&socket).expect("a row").expect("a whole row");
    assert_eq!(socket.other_file(), None);
    let file = fixed(0, 72, 0);
    let (file, rest) = Row::decode(&file).expect("a row").expect("a whole row");
    let Owner { inode: file_system, pid, fd } = file.owner;
    assert_eq!(file.other_file(), Some(OtherFile { file_system, pid, fd }));
    assert!(rest.is_empty());
}

#[test]
fn a_row_of_a_unix_socket_has_a_peer_and_a_name() {
    let name: &[u8] = b"\0abstract\xff";
    let tail = [&[5, 0, 0, 0, 0, 0, 0, 0], name, &[0; 6]].concat();
    check(1, &tail, 10, Addresses::Unix { peer: Some(5), name: Some(name) });
    check(1, &[0; 8], 0, Addresses::Unix { peer: None, name: None });
}

#[test]
fn a_row_of_netlink_has_ports() {
    let tail = [1, 2, 0, 0, 3, 0, 0, 0];
    check(16, &tail, 0, Addresses::Netlink { port: 0x201, remote_port: 3 });
}

#[test]
fn a_row_of_another_family_has_no_addresses() {
    check(17, &[], 0, Addresses::Other);
    // Of a later version.
    check(40, &[1, 2, 3, 4, 5, 6, 7, 8], 0, Addresses::Other);
}

#[test]
fn what_is_unknown_is_none() {
    let mut bytes = fixed(17, 72, 0);
    bytes[16..24].fill(0);
    bytes[48..52].fill(0);
    bytes[70] = 2;
    let (row, _) = Row::decode(&bytes).expect("a row").expect("a whole row");
    assert_eq!((row.cookie, row.interface), (None, None));
    assert_eq!((row.rx_queue, row.tx_queue), (None, Some(8)));
}

#[test]
fn a_row_that_is_truncated_is_none_yet() {
    let bytes = [fixed(2, 80, 0), vec![0; 8]].concat();
    for length in 0..bytes.len() {
        assert_eq!(Row::decode(&bytes[..length]), Ok(None), "{length}");
    }
}

#[test]
fn a_length_that_is_too_small_for_the_family_is_an_error() {
    for (family, least) in [(2, 80), (10, 104), (1, 80), (16, 80), (17, 72)] {
        for length in 0..200 {
            let bytes = [fixed(family, length, 0), vec![0; 200]].concat();
            let result = Row::decode(&bytes);
            assert_eq!(result.is_ok(), length >= least, "family {family}, {length} bytes");
        }
    }
    let bytes = [fixed(1, 88, 9), vec![0; 200]].concat();
    assert_eq!(Row::decode(&bytes), Err(MalformedRow { length: 88 }));
    let longer_than_any = [fixed(1, 192, 109), vec![0; 200]].concat();
    assert_eq!(Row::decode(&longer_than_any), Err(MalformedRow { length: 192 }));
}

fn any_addresses() -> impl Strategy<Value = (u16, OwnedAddresses)> {
    prop_oneof![
        any::<([u8; 8], [u16; 2])>()
            .prop_map(|(tail, ports)| (2, OwnedAddresses::Inet(tail, ports))),
        any::<([u8; 32], [u16; 2])>()
            .prop_map(|(tail, ports)| (10, OwnedAddresses::Inet6(tail, ports))),
        (any::<u64>(), prop::collection::vec(any::<u8>(), 0..=108))
            .prop_map(|(peer, name)| (1, OwnedAddresses::Unix(peer, name))),
        any::<[u32; 2]>().prop_map(|ports| (16, OwnedAddresses::Netlink(ports))),
        (17_u16..50).prop_map(|family| (family, OwnedAddresses::Other)),
    ]
}

#[derive(Clone, Debug)]
enum OwnedAddresses {
    Inet([u8; 8], [u16; 2]),
    Inet6([u8; 32], [u16; 2]),
    Unix(u64, Vec<u8>),
    Netlink([u32; 2]),
    Other,
}

impl OwnedAddresses {
    fn borrow(&self) -> Addresses<'_> {
        match self {
            OwnedAddresses::Inet([a, b, c, d, e, f, g, h], [local, remote]) => Addresses::Inet {
                local: SocketAddrV4::new([*a, *b, *c, *d].into(), *local),
                remote: SocketAddrV4::new([*e, *f, *g, *h].into(), *remote),
            },
            OwnedAddresses::Inet6(tail, [local, remote]) => {
                let half = |at: usize| <[u8; 16]>::try_from(&tail[at..at + 16]).expect("half");
                Addresses::Inet6 {
                    local: SocketAddrV6::new(half(0).into(), *local, 0, 0),
                    remote: SocketAddrV6::new(half(16).into(), *remote, 0, 0),
                }
            }
            OwnedAddresses::Unix(peer, name) => Addresses::Unix {
                peer: Some(*peer).filter(|peer| *peer != 0),
                name: Some(name.as_slice()).filter(|name| !name.is_empty()),
            },
            OwnedAddresses::Netlink([port, remote_port]) => {
                Addresses::Netlink { port: *port, remote_port: *remote_port }
            }
            OwnedAddresses::Other => Addresses::Other,
        }
    }
}

proptest! {
    #[test]
    fn a_row_that_is_encoded_decodes_to_itself(
        (family, addresses) in any_addresses(),
        numbers: [u32; 8],
        bytes: [u8; 4],
        inode: u64,
        cookie: u64,
        known: [bool; 2],
    ) {
        let row = Row {
            owner: Owner { inode, pid: numbers[0], fd: numbers[1] },
            cookie: Some(cookie).filter(|cookie| *cookie != 0),
            netns: numbers[2],
            uid: numbers[3],
            family,
            socket_type: numbers[3] as u16,
            protocol: numbers[4] as u16,
            state: State(bytes[0]),
            shutdown: bytes[1],
            interface: Some(numbers[4]).filter(|interface| *interface != 0),
            timer: Timer(bytes[2]),
            timer_jiffies: numbers[5] as i32,
            retransmits: bytes[3],
            rx_queue: known[0].then_some(numbers[6]),
            tx_queue: known[1].then_some(numbers[7]),
            requests: numbers[0],
            addresses: addresses.borrow(),
        };
        let mut bytes = Vec::new();
        row.encode(&mut bytes);
        prop_assert_eq!(bytes.len() % 8, 0);
        prop_assert_eq!(Row::decode(&bytes), Ok(Some((row, &[][..]))));
    }

    #[test]
    fn any_bytes_are_a_row_an_error_or_too_few(bytes: Vec<u8>) {
        let _ = Row::decode(&bytes);
    }
}
