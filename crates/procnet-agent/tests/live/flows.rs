//! Counts by process, peer and port.

use std::{
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::fd::AsFd as _,
};

use procnet_corpus::live::{HelperProcess, private};

use crate::{agent::Agent, page::Page};

const FAMILY: &str = "procnet_flow_sockets";

/// Connections to a service, whose ends are those of two processes.
fn connect(to: &str, connections: usize, server: &HelperProcess, client: &HelperProcess) {
    let listener = TcpListener::bind(to).unwrap();
    server.hold(&[listener.as_fd()]);
    for _ in 0..connections {
        client.hold(&[TcpStream::connect(to).unwrap().as_fd()]);
        server.hold(&[listener.accept().unwrap().0.as_fd()]);
    }
}

fn sockets(page: &Page, protocol: &str, direction: &str, flow: [&str; 3]) -> Option<f64> {
    let [comm, prefix, port] = flow;
    let labels = [
        ("comm", comm),
        ("direction", direction),
        ("port", port),
        ("prefix", prefix),
        ("protocol", protocol),
    ];
    page.value(FAMILY, &labels)
}

/// The sockets that have a peer, by the other family that counts them.
fn with_peer(page: &Page) -> f64 {
    let none = page.value("procnet_peer_sockets", &[("prefix", "none")]).unwrap();
    page.sum("procnet_peer_sockets") - none
}

#[test]
fn sockets_are_counted_by_process_peer_and_port_of_the_service() {
    private(|_| {
        let (server, client) = (HelperProcess::start(b"served"), HelperProcess::start(b"other"));
        connect("127.0.0.1:443", 5, &server, &client);
        connect("127.0.1.1:443", 2, &server, &client);
        connect("[::1]:5432", 3, &client, &server);
        // At an ephemeral port, with a listener.
        connect("127.0.0.1:50051", 4, &server, &client);
        // Two connected UDP sockets, of which neither has the port of a service.
        let (one, two) = (
            UdpSocket::bind("127.0.0.1:40000").unwrap(),
            UdpSocket::bind("127.0.0.1:40001").unwrap(),
        );
        one.connect("127.0.0.1:40001").unwrap();
        two.connect("127.0.0.1:40000").unwrap();
        client.hold(&[one.as_fd(), two.as_fd()]);
        drop((one, two));
        let agent = Agent::start(&[]);
        let page = agent.page_when(|page| {
            sockets(page, "udp", "unknown", [r"\x6Fther", "127.0.0.0/24", "none"]) == Some(2.0)
        });
        let of = |protocol, direction, flow| sockets(&page, protocol, direction, flow);
        for (direction, flow, expected) in [
            ("in", ["served", "127.0.0.0/24", "443"], 7.0),
            ("out", [r"\x6Fther", "127.0.0.0/24", "443"], 5.0),
            ("out", [r"\x6Fther", "127.0.1.0/24", "443"], 2.0),
            ("in", [r"\x6Fther", "::/48", "5432"], 3.0),
            ("in", ["served", "127.0.0.0/24", "50051"], 4.0),
            ("unknown", [r"\x6Fther", "127.0.0.0/24", "none"], 4.0),
            ("out", ["served", "::/48", "5432"], 3.0),
        ] {
            assert_eq!(of("tcp", direction, flow), Some(expected), "{flow:?}\n{}", page.text);
        }
        assert_eq!(of("other", "other", ["other"; 3]), Some(0.0), "{}", page.text);
        assert_eq!(page.sum(FAMILY), with_peer(&page));
    });
}

#[test]
fn flows_have_as_many_series_as_are_asked_for_and_the_sum_is_right() {
    private(|_| {
        let (server, client) = (HelperProcess::start(b"server"), HelperProcess::start(b"client"));
        for port in 1..=8_u16 {
            let to = SocketAddr::from(([127, 0, 0, 1], port)).to_string();
            connect(&to, usize::from(port), &server, &client);
        }
        let agent = Agent::start(&["--flows", "2"]);
        // With the connections of scrapes, that are not held by either.
        let page = agent.page_when(|page| page.sum(FAMILY) >= 72.0);
        assert_eq!(page.family(FAMILY).len(), 3, "{}", page.text);
        assert_eq!(page.sum(FAMILY), with_peer(&page));
        for (direction, comm) in [("in", "server"), ("out", "client")] {
            let largest = sockets(&page, "tcp", direction, [comm, "127.0.0.0/24", "8"]);
            assert_eq!(largest, Some(8.0), "{}", page.text);
        }
        assert!(Agent::start(&["--flows", "0"]).page().family(FAMILY).is_empty());
    });
}
