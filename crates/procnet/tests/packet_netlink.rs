//! Packet and netlink sockets: they are found with their owners, and listed only on request.

use std::{
    num::NonZeroU32,
    os::fd::{AsFd as _, OwnedFd},
};

use procnet::{
    Kind, Kinds, OwnedSocket, Query, Scanner, Source, State,
    coverage::Fallback,
    decode::table::{SocketType, netlink::Protocol},
    owners::Budget,
    visit::Answer,
};
use procnet_corpus::live::{HelperProcess, private, skip_part};
use rustix::net::{self, AddressFamily, SocketFlags, netlink, socket_with};

/// A packet socket that receives all packets.
fn packet(kind: net::SocketType) -> Option<OwnedFd> {
    // `ETH_P_ALL`.
    let protocol = NonZeroU32::new(u32::from(3_u16.to_be())).map(net::Protocol::from_raw);
    match socket_with(AddressFamily::PACKET, kind, SocketFlags::CLOEXEC, protocol) {
        Ok(socket) => Some(socket),
        Err(errno) => {
            skip_part("packet sockets", &errno.to_string());
            None
        }
    }
}

/// A netlink socket with this port ID, subscribed to these groups.
fn uevents(port: u32, groups: u32) -> OwnedFd {
    let (kind, protocol) = (net::SocketType::RAW, Some(netlink::KOBJECT_UEVENT));
    let socket = socket_with(AddressFamily::NETLINK, kind, SocketFlags::CLOEXEC, protocol).unwrap();
    net::bind(&socket, &netlink::SocketAddrNetlink::new(port, groups)).unwrap();
    socket
}

/// The only socket with the inode of a descriptor.
fn find<'a>(answer: &'a Answer, socket: &OwnedFd) -> &'a OwnedSocket {
    let inode = procnet::lookup::inode_of(socket).unwrap();
    let mut found = answer.sockets.iter().filter(|socket| socket.inode == Some(inode));
    let socket = found.next().unwrap_or_else(|| panic!("{inode} is not there: {answer:?}"));
    assert!(found.next().is_none(), "{inode} is there twice");
    socket
}

fn collect(query: &Query) -> Answer {
    Scanner::new().unwrap().collect(query).unwrap()
}

#[test]
fn they_are_found_with_their_owners() {
    private(|_| {
        let holder = HelperProcess::start(b"holder");
        let news = uevents(4711, 0x3);
        let owner = &holder.hold(&[news.as_fd()])[0];
        let answer = collect(&Query::new().kinds(Kinds::PACKET | Kinds::NETLINK));
        let found = find(&answer, &news);
        assert_eq!((found.kind, found.state), (Kind::Netlink, State::CLOSE));
        assert_eq!((found.local, found.remote, found.uid), (None, None, None));
        assert_eq!((found.rx_queue, found.tx_queue), (Some(0), Some(0)));
        assert!(found.unix.is_none() && found.packet.is_none());
        let netlink = found.netlink.unwrap();
        assert_eq!((netlink.protocol, netlink.port), (Protocol::KOBJECT_UEVENT, 4711));
        assert_eq!((netlink.groups, netlink.drops), (3, Some(0)));
        let holders: Vec<(u32, u32)> =
            found.owners.iter().map(|owner| (owner.pid, owner.fd)).collect();
        assert!(holders.contains(&(owner.pid, owner.fd)) && holders.len() == 2, "{holders:?}");

        // Sockets of the kernel itself have no owner, but are reported.
        let kernel = answer.sockets.iter().filter(|socket| socket.owners.is_empty());
        assert_eq!(answer.coverage.ownerless, kernel.clone().count() as u64);
        assert!(
            kernel.clone().count() > 0 && kernel.clone().all(|own| own.netlink.unwrap().port == 0)
        );

        let Some(packets) = packet(net::SocketType::DGRAM) else { return };
        let answer = collect(&Query::new().kinds(Kinds::ALL).pid(std::process::id()));
        let found = find(&answer, &packets);
        assert_eq!((found.kind, found.state, found.uid), (Kind::Packet, State::CLOSE, Some(0)));
        assert_eq!((found.rx_queue, found.tx_queue), (Some(0), None));
        let is = found.packet.unwrap();
        assert_eq!((is.kind, is.protocol, is.interface), (SocketType::DGRAM, 3, None));
        assert!(is.running);
        assert_eq!(found.owners.len(), 1);
    });
}

/// They are listed only if their kinds are requested, and match no condition on ports or addresses.
#[test]
fn they_are_listed_only_on_request() {
    private(|_| {
        let _news = uevents(0, 1);
        let _packets = packet(net::SocketType::RAW);
        let is_either = |socket: &OwnedSocket| matches!(socket.kind, Kind::Packet | Kind::Netlink);
        assert!(!collect(&Query::new()).sockets.iter().any(is_either));
        let every = || Query::new().kinds(Kinds::ALL);
        assert!(collect(&every()).sockets.iter().any(is_either));
        assert!(!collect(&every().local_port(0)).sockets.iter().any(is_either));
        assert!(!collect(&every().states([State::LISTEN])).sockets.iter().any(is_either));
    });
}

/// They are read from procfs only, to which `Source::Auto` falls back.
#[test]
fn they_are_read_from_proc_only() {
    private(|_| {
        let news = uevents(0, 1);
        let kinds = Kinds::NETLINK | Kinds::PACKET;
        let answer = collect(&Query::new().kinds(kinds).source(Source::Auto));
        find(&answer, &news);
        assert_eq!(answer.coverage.from(Source::Netlink), Kinds::NONE);
        assert_eq!(&answer.coverage.fallbacks[..], [(Fallback::Unsupported, kinds)]);
        assert!(
            Scanner::new()
                .unwrap()
                .collect(&Query::new().kinds(kinds).source(Source::Netlink))
                .is_err()
        );
    });
}

/// The incremental join keeps their owners, and a socket that waits for its owners is reported
/// unchanged.
#[test]
fn incremental_visits_keep_their_owners() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().kinds(Kinds::NETLINK | Kinds::PACKET);
        let query = query.incremental(Budget::unlimited());
        for port in 1..4 {
            let news = uevents(port, port);
            let packets = packet(net::SocketType::RAW);
            for _again in 0..2 {
                let answer = scanner.collect(&query).unwrap();
                let found = find(&answer, &news);
                assert_eq!((found.netlink.unwrap().port, found.owners.len()), (port, 1));
                if let Some(packets) = &packets {
                    assert_eq!(find(&answer, packets).owners.len(), 1);
                    assert_eq!(find(&answer, packets).packet.unwrap().protocol, 3);
                }
            }
        }
        // They vanish with their last descriptor.
        let answer = scanner.collect(&query).unwrap();
        let all = answer.sockets.iter().filter_map(|socket| socket.netlink);
        assert!(all.clone().all(|netlink| netlink.port == 0), "{answer:?}");
    });
}

#[cfg(feature = "serde")]
#[test]
fn they_round_trip_through_json() {
    use procnet::{Inode, decode::ByteOrder, socket::SocketRow};

    let row = b"00000000a1b2c3d4 3      2    88cc   2     1 4096   101    34754 ";
    let decode = |kind, row| SocketRow::decode(kind, ByteOrder::NATIVE, row, 2).unwrap().unwrap();
    let packet = decode(Kind::Packet, &row[..]);
    let row =
        b"00000000a1b2c3d4 0   837        00000111 1        2        0     2        12       35337";
    let netlink = decode(Kind::Netlink, &row[..]);
    let (packet, netlink) = (packet.socket(), netlink.socket());
    for (socket, part) in [
        (packet, r#""type":"dgram","protocol":35020,"interface":2,"running":true,"owners":[]"#),
        (netlink, r#""protocol":0,"port_id":837,"groups":273,"drops":12,"owners":[]"#),
    ] {
        let json = serde_json::to_string(&socket).unwrap();
        assert!(json.contains(part), "{json}");
        let back: OwnedSocket = serde_json::from_str(&json).unwrap();
        assert_eq!(back, socket.to_owned());
        assert_eq!(serde_json::to_string(&back).unwrap(), json);
        // Required keys of this kind.
        for key in ["protocol", if back.packet.is_some() { "running" } else { "groups" }] {
            let less = json.replace(&format!("\"{key}\""), "\"other\"");
            assert!(serde_json::from_str::<OwnedSocket>(&less).is_err(), "{less}");
        }
    }
    assert_eq!(packet.inode, Inode::new(34_754));
}
