//! Packet and netlink sockets: they are found with their owners, and listed only on request.

use std::{
    io::{BufRead as _, BufReader},
    num::NonZeroU32,
    os::fd::{AsFd as _, OwnedFd},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use procnet::{
    Inode, Kind, Kinds, OwnedSocket, Query, Scanner, Source, State,
    coverage::Fallback,
    decode::{
        netlink::packet::Flags,
        table::{SocketType, netlink::Protocol},
    },
    details::Details,
    owners::Budget,
    socket::OwnedNetlink,
    visit::Answer,
};
use procnet_corpus::live::{HelperProcess, private, skip, skip_part};
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

/// The sockets of `packet_scene.py`, which its process holds as long as this exists.
struct Scene {
    holder: Child,
    inodes: Vec<u64>,
}

impl Scene {
    fn new(args: &[&str]) -> Scene {
        // On another kernel, scripts are elsewhere.
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/scripts");
        let found = [here, PathBuf::from("/scripts")].map(|it| it.join("packet_scene.py"));
        let script = found.iter().find(|it| it.exists()).expect("the script");
        let mut command = Command::new("python3");
        command.arg(script).args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = command.spawn().unwrap_or_else(|error| skip(&format!("python3: {error}")));
        let mut line = String::new();
        BufReader::new(holder.stdout.take().expect("it is piped")).read_line(&mut line).unwrap();
        if line.starts_with("refused: ") {
            let _ = holder.wait();
            skip(line.trim_end());
        }
        let inodes: Vec<u64> = line.split_whitespace().map(|it| it.parse().unwrap()).collect();
        assert!(!inodes.is_empty(), "the script failed");
        Scene { holder, inodes }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
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
fn netlink_sockets_are_read_from_proc_only() {
    private(|_| {
        let news = uevents(0, 1);
        let kinds = Kinds::NETLINK;
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

/// `Source::Auto` asks sock_diag first. What both sources report is the same.
#[test]
fn packet_sockets_from_both_sources_are_the_same() {
    private(|_| {
        let scene = Scene::new(&[]);
        let of = |source| collect(&Query::new().kinds(Kinds::PACKET).source(source));
        let (auto, table) = (of(Source::Auto), of(Source::Procfs));
        if auto.coverage.from(Source::Netlink).is_empty() {
            // Asking for details shows that there are none.
            let fallback = [(Fallback::NoHandler, Kinds::PACKET)];
            assert_eq!(&auto.coverage.fallbacks[..], fallback);
            let query = Query::new().kinds(Kinds::PACKET).details(Details::PACKET);
            let answer = collect(&query.source(Source::Auto));
            assert_eq!(answer.coverage.without_details, Kinds::PACKET);
            skip("this kernel has no handler for packet sockets");
        }
        assert!(auto.coverage.is_complete() && table.coverage.is_complete());
        assert_eq!((auto.sockets.len(), table.sockets.len()), (2, 2));
        for (number, inode) in scene.inodes.iter().enumerate() {
            let find = |answer: &Answer| {
                let found =
                    answer.sockets.iter().find(|it| it.inode.map(Inode::get) == Some(*inode));
                found.unwrap_or_else(|| panic!("{inode} is not in {answer:?}")).clone()
            };
            let (mut known, listed) = (find(&auto), find(&table));
            // Only sock_diag reports it.
            assert!(known.cookie.take().is_some(), "{known:?}");
            assert_eq!(known, listed);
            assert!(known.packet.unwrap().running, "{known:?}");
            let kind = [SocketType::RAW, SocketType::DGRAM][number];
            assert_eq!(known.packet.unwrap().kind, kind);
            assert_eq!(known.owners.len(), 1);
        }
    });
}

#[test]
fn details_of_packet_sockets_are_those_that_were_set() {
    private(|_| {
        let scene = Scene::new(&[]);
        let details = Details::PACKET | Details::FILTER | Details::SOCKET_MEMORY;
        let query = Query::new().kinds(Kinds::PACKET).details(details).source(Source::Auto);
        let answer = collect(&query);
        if answer.coverage.from(Source::Netlink).is_empty() {
            skip("this kernel has no handler for packet sockets");
        }
        assert!(answer.coverage.is_complete(), "{}", answer.coverage);
        let of = |inode: u64| {
            let found = answer.sockets.iter().find(|it| it.inode.map(Inode::get) == Some(inode));
            (**found.unwrap().details.as_ref().unwrap()).clone()
        };
        let (filtering, ring) = (of(scene.inodes[0]), of(scene.inodes[1]));
        #[cfg(feature = "serde")]
        for socket in &answer.sockets {
            let json = serde_json::to_string(socket).unwrap();
            let back: OwnedSocket = serde_json::from_str(&json).unwrap();
            assert_eq!((&back.details, &back.packet), (&socket.details, &socket.packet));
            assert_eq!(serde_json::to_string(&back).unwrap(), json);
        }
        let code: Vec<_> = filtering.filter.unwrap();
        let code: Vec<_> = code.iter().map(|it| (it.code, it.jt, it.jf, it.k)).collect();
        let expected = [(0x28, 0, 0, 12), (0x15, 0, 1, 0x800), (6, 0, 0, 262_144), (6, 0, 0, 0)];
        assert_eq!(code, expected);
        let packet = filtering.packet.unwrap();
        assert!(packet.info.flags.contains(Flags::AUXDATA) && packet.rx_ring.is_none());
        assert_eq!(packet.memberships, Some(Vec::new()));

        assert_eq!(ring.filter, Some(Vec::new()));
        assert!(ring.memory.unwrap().receive_limit > 0);
        let packet = ring.packet.unwrap();
        assert_eq!((packet.info.version, packet.info.reserve), (2, 16));
        assert!(packet.info.flags.contains(Flags::LOSS));
        let rings = [packet.rx_ring, packet.tx_ring].map(Option::unwrap);
        let rings = rings.map(|ring| (ring.block_nr, ring.frame_size, ring.frame_nr));
        assert_eq!(rings, [(2, 2048, 64), (1, 4096, 16)]);
        assert_eq!(packet.rx_ring.unwrap().retire_tmo, 100);
        assert_eq!(packet.fanout.map(|it| (it.id, it.name())), Some((7, Some("cpu"))));
        let joined = packet.memberships.unwrap();
        let joined: Vec<_> = joined.iter().map(|it| (it.kind, &it.address[..])).collect();
        assert_eq!(joined, [(0, &[1, 0, 0x5E, 0, 0, 1][..]), (1, &[])]);
    });
}

/// A message has no room for the longest filter, and the kernel ends its answer in front of it: `ss` then
/// lists neither that socket nor those behind it.
#[test]
fn a_filter_too_long_for_a_message_hides_no_socket() {
    private(|_| {
        let scene = Scene::new(&["long"]);
        let query = |details| {
            let query = Query::new().kinds(Kinds::PACKET).details(details);
            collect(&query.source(Source::Auto))
        };
        let answer = query(Details::FILTER);
        if answer.coverage.from(Source::Netlink).is_empty() {
            skip("this kernel has no handler for packet sockets");
        }
        let found = |answer: &Answer| {
            let mut found: Vec<_> =
                answer.sockets.iter().filter_map(|it| it.inode.map(Inode::get)).collect();
            found.sort_unstable();
            found
        };
        let mut expected = scene.inodes.clone();
        expected.sort_unstable();
        assert_eq!(found(&answer), expected);
        assert_eq!(answer.coverage.details_cut, Kinds::PACKET);
        assert!(!answer.coverage.is_complete());
        let cut = answer.sockets.iter().filter(|it| it.details.as_ref().unwrap().filter.is_none());
        assert_eq!(cut.count(), 2, "{answer:?}");
        // Without long details, nothing is cut.
        let answer = query(Details::SOCKET_MEMORY);
        assert_eq!(found(&answer), expected);
        assert!(answer.coverage.is_complete(), "{}", answer.coverage);
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
        // The reader's own are there, of sock_diag.
        let is_known = |it: &OwnedNetlink| it.port == 0 || it.protocol == Protocol::SOCK_DIAG;
        assert!(all.clone().all(|netlink| is_known(&netlink)), "{answer:?}");
    });
}

#[cfg(feature = "serde")]
#[test]
fn they_round_trip_through_json() {
    use procnet::{decode::ByteOrder, socket::SocketRow};

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
