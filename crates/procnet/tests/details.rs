//! The details that sock_diag reports on request, compared with the options of the sockets
//! themselves.

mod common;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream, UdpSocket},
    os::{
        fd::AsFd as _,
        linux::{fs::MetadataExt as _, net::SocketAddrExt as _},
        unix::net::{SocketAddr, UnixListener, UnixStream},
    },
};

use procnet::{
    Kind, Kinds, OwnedSocket, Query, Scanner, Source, State,
    decode::netlink::inet::{Bbr, CongestionInfo, Dctcp, Vegas},
    details::{Details, OwnedDetails},
    owners::Budget,
};
use procnet_corpus::live::{Sandbox, inode_of, private, raw, skip, skip_part};
use rustix::net::{self, AddressFamily, Shutdown, shutdown, socket, sockopt};

fn everything() -> Details {
    Details::NAMED.into_iter().map(|(_, details)| details).collect()
}

fn ask(query: &Query) -> Vec<OwnedSocket> {
    let answer = Scanner::new().unwrap().collect(query).unwrap();
    assert!(answer.coverage.is_complete(), "{}", answer.coverage);
    answer.sockets
}

fn details(sockets: &[OwnedSocket], inode: u64) -> &OwnedDetails {
    let is_it = |socket: &&OwnedSocket| socket.inode.is_some_and(|other| other.get() == inode);
    let socket = sockets.iter().find(is_it).expect("the socket");
    socket.details.as_deref().expect("details")
}

/// A connection with data that was read, and data that was not.
fn connection(address: &str) -> (TcpListener, TcpStream, TcpStream) {
    let listener = TcpListener::bind(address).unwrap();
    let mut near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut far, _) = listener.accept().unwrap();
    near.write_all(b"to be read").unwrap();
    far.read_exact(&mut [0; 10]).unwrap();
    near.write_all(b"unread").unwrap();
    (listener, near, far)
}

/// Queries that have to report the same details; the last one keeps owners between visits.
fn queries() -> [Query; 3] {
    let all = Query::new().source(Source::Netlink).details(everything());
    let kept = all.clone().incremental(Budget::unlimited());
    [all.clone(), all.source(Source::Auto), kept]
}

#[test]
fn details_of_tcp_match_the_socket_options() {
    private(|_| {
        for (address, kind) in [("127.0.0.1:0", Kind::Tcp), ("[::1]:0", Kind::Tcp6)] {
            let (listener, near, far) = connection(address);
            sockopt::set_tcp_congestion(&near, "reno").unwrap();
            if kind == Kind::Tcp {
                sockopt::set_ip_tos(&near, 0x10).unwrap();
            } else {
                sockopt::set_ipv6_tclass(&near, 0x20).unwrap();
            }
            shutdown(&near, Shutdown::Write).unwrap();
            for query in queries() {
                let sockets = ask(&query);
                let sent = details(&sockets, inode_of(&near));
                assert_eq!(sent.asked, everything().of(kind));
                let info = sent.tcp_info.expect("tcp_info");
                assert_eq!(info.bytes_sent, Some(16));
                assert!(info.rtt > Some(0) && info.snd_cwnd > Some(0) && info.rto > Some(0));
                assert_eq!(sent.congestion.as_deref(), Some(&b"reno"[..]));
                // Reno reports nothing of itself, and no layer was set.
                assert_eq!((&sent.congestion_info, &sent.upper_layer), (&None, &None));
                // Without a class, the priority that follows from the type of service
                // (net/ipv4/ip_sockglue.c `ip_sock_set_tos`: `TC_PRIO_INTERACTIVE`).
                let priority = if kind == Kind::Tcp { 6 } else { 0 };
                assert_eq!((sent.class_id, &sent.md5_keys), (Some(priority), &None));
                let options = sent.socket_options.expect("options");
                assert!(options.is_icsk && !options.freebind);
                let ways = sent.shutdown.expect("ways");
                assert!(ways.sending() && !ways.receiving());
                if kind == Kind::Tcp {
                    assert_eq!((sent.type_of_service, sent.traffic_class), (Some(0x10), None));
                } else {
                    assert_eq!(sent.traffic_class, Some(0x20));
                }
                // This test has CAP_NET_ADMIN in its own network namespace.
                assert_eq!(sent.mark, Some(0));
                assert_eq!((sent.queue, sent.file, &sent.pending), (None, None, &None));

                let received = details(&sockets, inode_of(&far));
                assert_eq!(received.tcp_info.unwrap().bytes_received, Some(17), "and its end");
                let memory = received.memory.expect("memory");
                let limit = sockopt::socket_recv_buffer_size(&far).unwrap();
                assert!(memory.receive > 0 && memory.receive_limit as usize == limit);
                assert_eq!(memory.drops, Some(0));

                let waits = details(&sockets, inode_of(&listener));
                // A socket bound to an IPv6 address does not receive IPv4 packets.
                let only = (kind == Kind::Tcp6).then_some(true);
                assert_eq!((waits.v6_only, sent.v6_only), (only, None));
            }
        }
    });
}

/// What a congestion control reports of itself, as the words of `union tcp_cc_info`.
fn words(info: CongestionInfo) -> Vec<u32> {
    // Two members of 16 bits are one word.
    let pair = |first: u16, second: u16| {
        let [a, b] = first.to_ne_bytes();
        let [c, d] = second.to_ne_bytes();
        u32::from_ne_bytes([a, b, c, d])
    };
    match info {
        CongestionInfo::Vegas(Vegas { enabled, rttcnt, rtt, minrtt }) => {
            vec![enabled, rttcnt, rtt, minrtt]
        }
        CongestionInfo::Dctcp(Dctcp { enabled, ce_state, alpha, ab_ecn, ab_tot }) => {
            vec![pair(enabled, ce_state), alpha, ab_ecn, ab_tot]
        }
        CongestionInfo::Bbr(Bbr { bw, min_rtt, pacing_gain, cwnd_gain }) => {
            vec![bw as u32, (bw >> 32) as u32, min_rtt, pacing_gain, cwnd_gain]
        }
        unknown => panic!("{unknown:?}"),
    }
}

#[test]
fn what_congestion_controls_report_matches_their_option() {
    private(|_| {
        // Else dctcp leaves the connection to reno.
        fs::write("/proc/sys/net/ipv4/tcp_ecn", "1").unwrap();
        for (name, variant) in [
            ("bbr", "Bbr"),
            ("dctcp", "Dctcp"),
            ("vegas", "Vegas"),
            ("yeah", "Vegas"),
            ("nv", "Vegas"),
            ("westwood", "Vegas"),
            ("illinois", "Vegas"),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let near = socket(AddressFamily::INET, net::SocketType::STREAM, None).unwrap();
            // One that is accepted has that of its listener.
            let set = |socket| sockopt::set_tcp_congestion(socket, name);
            if let Err(error) = set(listener.as_fd()).and_then(|()| set(near.as_fd())) {
                skip_part(name, &error.to_string());
                continue;
            }
            net::connect(&near, &listener.local_addr().unwrap()).unwrap();
            let mut near = TcpStream::from(near);
            let (mut far, _) = listener.accept().unwrap();
            for _ in 0..8 {
                near.write_all(&[1; 1 << 14]).unwrap();
                far.read_exact(&mut [0; 1 << 14]).unwrap();
            }
            for query in queries() {
                // Until nothing changes meanwhile, such as the measured round-trip time.
                let (expected, found) = std::iter::repeat_with(|| {
                    let before = raw::congestion_info(&near).unwrap();
                    (before, ask(&query))
                })
                .take(100)
                .find(|(before, _)| raw::congestion_info(&near).unwrap() == *before)
                .expect("a quiet connection");
                let sent = details(&found, inode_of(&near));
                assert_eq!(sent.congestion.as_deref(), Some(name.as_bytes()));
                let info = sent.congestion_info.expect(name);
                assert!(format!("{info:?}").starts_with(variant), "{name}: {info:?}");
                assert_eq!(words(info), expected, "{name}: {info:?}");
                match info {
                    CongestionInfo::Dctcp(Dctcp { enabled, .. }) => assert_eq!(enabled, 1),
                    CongestionInfo::Bbr(Bbr { bw, .. }) => assert!(bw > 0),
                    _ => {}
                }
            }
        }
    });
}

#[test]
fn tls_in_the_kernel_is_an_upper_layer() {
    private(|_| {
        let (_listener, near, far) = connection("127.0.0.1:0");
        if let Err(error) = raw::encrypt_in_the_kernel(&near) {
            skip(&format!("TLS in the kernel: {error}"));
        }
        for query in queries() {
            let found = ask(&query);
            let layer = details(&found, inode_of(&near)).upper_layer.as_ref().expect("a layer");
            assert_eq!((layer.name.as_deref(), layer.mptcp), (Some(&b"tls"[..]), None));
            let tls = layer.tls.expect("TLS");
            // 1 is the application, and 2 the kernel.
            let (version, cipher) = (tls.version, tls.cipher_name());
            assert_eq!((version, cipher), (Some(0x0303), Some("aes-gcm-128")));
            assert_eq!((tls.txconf, tls.rxconf), (Some(2), Some(1)));
            assert!(!tls.zc_ro_tx && !tls.rx_no_pad);
            assert_eq!(details(&found, inode_of(&far)).upper_layer, None);
        }
    });
}

#[test]
fn details_of_udp_match_the_socket_options() {
    private(|_| {
        let socket = UdpSocket::bind("[::]:0").unwrap();
        let only = UdpSocket::from({
            use rustix::net::{AddressFamily, SocketType, bind, socket};
            let socket = socket(AddressFamily::INET6, SocketType::DGRAM, None).unwrap();
            sockopt::set_ipv6_v6only(&socket, true).unwrap();
            bind(&socket, &"[::1]:0".parse::<std::net::SocketAddrV6>().unwrap()).unwrap();
            socket
        });
        for query in queries() {
            let sockets = ask(&query);
            assert_eq!(details(&sockets, inode_of(&socket)).v6_only, Some(false));
            let only = details(&sockets, inode_of(&only));
            assert_eq!((only.v6_only, only.mark), (Some(true), Some(0)));
            assert_eq!((only.tcp_info, &only.congestion), (None, &None));
            assert!(only.memory.unwrap().receive_limit > 0);
        }
    });
}

#[test]
fn details_of_unix_match_the_sockets() {
    private(|_| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("listener");
        let listener = UnixListener::bind(&path).unwrap();
        let waiting: Vec<_> = (0..2).map(|_| UnixStream::connect(&path).unwrap()).collect();
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(b"unread").unwrap();
        let abstract_ = SocketAddr::from_abstract_name(b"no file").unwrap();
        let abstract_ = UnixListener::bind_addr(&abstract_).unwrap();
        for query in queries() {
            let sockets = ask(&query);
            let waits = details(&sockets, inode_of(&listener));
            assert_eq!(waits.queue.map(|queue| queue.receive), Some(2));
            let file = std::fs::metadata(&path).unwrap();
            assert_eq!(
                waits.file.map(|file| u64::from(file.inode)),
                Some(file.st_ino() & 0xFFFF_FFFF)
            );
            let mut pending: Vec<u64> =
                waits.pending.iter().flatten().map(|inode| inode.unwrap().get()).collect();
            let mut known: Vec<u64> = waiting.iter().map(inode_of).collect();
            pending.sort_unstable();
            known.sort_unstable();
            assert_eq!(pending, known);
            let reads = details(&sockets, inode_of(&near));
            assert_eq!(reads.queue.map(|queue| queue.receive), Some(6));
            assert!(reads.memory.is_some() && reads.shutdown == Some(Default::default()));
            assert_eq!((&reads.pending, reads.file, reads.mark), (&None, None, None));
            assert_eq!(details(&sockets, inode_of(&abstract_)).file, None);
        }
    });
}

/// Details that were not requested are absent; those that were are present for each kind.
#[test]
fn only_requested_details_are_present() {
    private(|_| {
        let (_listener, near, _far) = connection("127.0.0.1:0");
        let (unix, _other) = UnixStream::pair().unwrap();
        let query = Query::new().source(Source::Netlink);
        let sockets = ask(&query);
        assert!(sockets.len() >= 5 && sockets.iter().all(|socket| socket.details.is_none()));
        let sockets = ask(&query.clone().details(Details::SHUTDOWN));
        let expected = OwnedDetails::default();
        for inode in [inode_of(&near), inode_of(&unix)] {
            let mut details = details(&sockets, inode).clone();
            assert_eq!(details.shutdown.take(), Some(Default::default()));
            details.asked = Details::NONE;
            assert_eq!(details, expected);
        }
        let sockets = ask(&query.details(Details::CONGESTION));
        let is_tcp = |socket: &OwnedSocket| Kinds::TCP.contains(socket.kind);
        assert!(sockets.iter().all(|socket| socket.details.is_some() == is_tcp(socket)));
    });
}

/// procfs has no details, which the coverage states for each table with sockets.
#[test]
fn details_missing_from_proc_are_reported() {
    private(|_| {
        let (_listener, _near, _far) = connection("127.0.0.1:0");
        let (_unix, _other) = UnixStream::pair().unwrap();
        let query = Query::new().source(Source::Procfs).details(Details::TCP_INFO);
        let answer = Scanner::new().unwrap().collect(&query).unwrap();
        assert!(answer.sockets.iter().all(|socket| socket.details.is_none()));
        assert_eq!(answer.coverage.without_details, Kinds::TCP4);
        assert!(!answer.coverage.is_complete());
        let said = answer.coverage.to_string();
        assert_eq!(said, "table tcp: details are not reported by /proc\n");
        let query = query.details(Details::QUEUE | Details::MARK);
        let answer = Scanner::new().unwrap().collect(&query).unwrap();
        assert_eq!(answer.coverage.without_details, Kinds::TCP4 | Kinds::UNIX);
    });
}

/// Without `CAP_NET_ADMIN` the kernel reports all details but marks.
#[test]
fn marks_require_cap_net_admin() {
    fn reader(_: &str) {
        let query = Query::new().kinds(Kinds::TCP).source(Source::Netlink).owners(false);
        let sockets = ask(&query.details(Details::MARK | Details::TCP_INFO));
        let connected = sockets.iter().filter(|socket| socket.state == State::ESTABLISHED);
        let details: Vec<_> = connected.map(|socket| socket.details.as_deref().unwrap()).collect();
        assert_eq!(details.len(), 2);
        assert!(details.iter().all(|it| it.mark.is_none() && it.tcp_info.is_some()));
    }
    Sandbox::default().role("reader", reader).run(|sandbox| {
        let _connection = connection("127.0.0.1:0");
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        sandbox.run_role("reader", &nobody, "");
    });
}

/// Both a visited socket and its owned copy are written to JSON that is read back unchanged.
#[cfg(feature = "serde")]
#[test]
fn details_round_trip_through_json() {
    private(|_| {
        let (_listener, _near, _far) = connection("[::1]:0");
        let listener = SocketAddr::from_abstract_name(b"listener").unwrap();
        let _waits = UnixListener::bind_addr(&listener).unwrap();
        let _waiting = UnixStream::connect_addr(&listener).unwrap();
        for asked in [everything(), Details::MARK | Details::QUEUE, Details::NONE] {
            let query = Query::new().source(Source::Netlink).details(asked);
            let mut seen = 0;
            let visited = Scanner::new().unwrap().visit(&query, |socket| {
                let json = serde_json::to_string(socket).unwrap();
                let owned = socket.to_owned();
                assert_eq!(serde_json::to_string(&owned).unwrap(), json);
                let back: OwnedSocket = serde_json::from_str(&json).unwrap();
                assert_eq!(back, common::as_written(owned), "{json}");
                let value: serde_json::Value = serde_json::from_str(&json).unwrap();
                let keys: Vec<&str> = match value.get("details") {
                    Some(details) => details.as_object().unwrap().keys().map(|it| &**it).collect(),
                    None => Vec::new(),
                };
                let named = Details::NAMED.iter();
                let named = named.filter(|(_, details)| asked.of(socket.kind).contains(*details));
                let mut named: Vec<&str> = named.map(|(name, _)| *name).collect();
                if named.contains(&"tos") {
                    named.push("tclass");
                }
                named.sort_unstable();
                assert_eq!(keys, named);
                seen += 1;
            });
            assert!(visited.unwrap().is_complete() && seen >= 5);
        }
    });
}
