//! Tracked connections of the running kernel, in a private network namespace.

use std::{collections::BTreeSet, net::Ipv4Addr};

use procnet::{ErrorKind, Scanner};
use procnet_corpus::live::{Sandbox, skip};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

/// A netlink attribute; with the highest bit set, one that contains others.
fn attribute(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = 4 + body.len();
    let mut bytes = u16::try_from(length).unwrap().to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(body);
    bytes.resize(length.next_multiple_of(4), 0);
    bytes
}

fn nested(kind: u16, parts: &[Vec<u8>]) -> Vec<u8> {
    attribute(kind | 0x8000, &parts.concat())
}

/// One direction of a connection over UDP.
fn tuple(kind: u16, source: (Ipv4Addr, u16), target: (Ipv4Addr, u16)) -> Vec<u8> {
    let addresses =
        nested(1, &[attribute(1, &source.0.octets()), attribute(2, &target.0.octets())]);
    let ports = [
        attribute(1, &[17]),
        attribute(2, &source.1.to_be_bytes()),
        attribute(3, &target.1.to_be_bytes()),
    ];
    nested(kind, &[addresses, nested(2, &ports)])
}

const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// Adds a tracked connection to the kernel, as a daemon that synchronises hosts does.
fn track(port: u16) {
    let (raw, flags) = (SocketType::RAW, SocketFlags::CLOEXEC);
    let socket =
        rustix::net::socket_with(AddressFamily::NETLINK, raw, flags, Some(netlink::NETFILTER))
            .unwrap_or_else(|error| skip(&format!("no netlink of the netfilter: {error}")));
    // IPv4; timeout of ten minutes.
    let mut body = vec![2, 0, 0, 0];
    body.extend(tuple(1, (CLIENT, port), (SERVER, 53)));
    body.extend(tuple(2, (SERVER, 53), (CLIENT, port)));
    body.extend(attribute(7, &600_u32.to_be_bytes()));
    let mut message = u32::try_from(16 + body.len()).unwrap().to_ne_bytes().to_vec();
    // Of connection tracking: new. Request, acknowledge, create, exclusive.
    message.extend(0x100_u16.to_ne_bytes());
    message.extend(0x605_u16.to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    rustix::net::send(&socket, &message, SendFlags::empty()).expect("sent");
    let mut answer = [0; 4096];
    let (count, _) =
        rustix::net::recv(&socket, &mut answer, RecvFlags::empty()).expect("an answer");
    let code = i32::from_ne_bytes(answer[16..20].try_into().unwrap());
    if count < 20 || code != 0 {
        skip(&format!("the kernel does not track what it is told to: error {code}"));
    }
}

fn nobody(_: &str) {
    let error = Scanner::new().unwrap().tracked(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.path().ends_with("nf_conntrack"));
}

#[test]
fn tracked_connections_are_visited() {
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        let ports: BTreeSet<u16> = (1..=200).collect();
        ports.iter().for_each(|port| track(*port));
        let mut found = BTreeSet::new();
        let visited = Scanner::new().unwrap().tracked(|connection| {
            assert_eq!(
                (connection.network.name, connection.transport.name),
                (&b"ipv4"[..], &b"udp"[..])
            );
            assert!(connection.unreplied && !connection.assured);
            assert!((500..=600).contains(&connection.timeout.unwrap()));
            let (original, reply) = (connection.original, connection.reply);
            assert_eq!(original.source, Some(CLIENT.into()));
            assert_eq!(reply.source, Some(SERVER.into()));
            assert_eq!(
                (original.source_port, reply.source_port),
                (reply.destination_port, Some(53))
            );
            found.insert(original.source_port.unwrap());
        });
        let coverage = match visited {
            Ok(coverage) => coverage,
            Err(error) if error.kind() == ErrorKind::ConntrackNotLoaded => {
                skip("this kernel has no file of tracked connections")
            }
            Err(error) => panic!("{error}"),
        };
        assert!(coverage.is_complete(), "{coverage}");
        assert_eq!((coverage.rows, found), (200, ports));
        sandbox.run_role(
            "nobody",
            &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
            "",
        );
    });
}
