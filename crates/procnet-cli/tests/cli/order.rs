//! The order of sockets.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use procnet_corpus::live::private;
use serde_json::Value;

use crate::{
    run::run,
    tree::{TCP_HEADING, Tree, row},
};

fn ports(args: &[&str]) -> Vec<u64> {
    let ran = run([args, &["-t", "--no-owners", "--format", "ndjson"]].concat()).complete();
    ran.lines().iter().filter_map(|socket| socket["local_port"].as_u64()).collect()
}

#[test]
fn a_table_of_listeners_is_sorted_by_port() {
    let tree = Tree::new();
    let rows: String = (1_u64..)
        .zip(["1F90", "0016", "0050"])
        .map(|(inode, port)| {
            let ends = format!("0100007F:{port} 00000000:0000");
            row(&ends, "0A", "00000000:00000000", 0, inode)
        })
        .collect();
    tree.file("1/net/tcp", [TCP_HEADING, &rows].concat());
    let local = |args: &[&str]| -> Vec<String> {
        let table = run([&tree.root()[..], &["-t"], args].concat()).complete().out;
        let column = |line: &str| line.split_whitespace().nth(4).unwrap_or_default().to_owned();
        table.lines().skip(1).map(column).collect()
    };
    let sorted = ["127.0.0.1:22", "127.0.0.1:80", "127.0.0.1:8080"];
    assert_eq!(local(&["-l"]), sorted);
    assert_eq!(local(&["--state", "listen"]), sorted);
    // In the order of the table, as other sockets are.
    let unsorted = ["127.0.0.1:8080", "127.0.0.1:22", "127.0.0.1:80"];
    assert_eq!(local(&[]), unsorted);
    assert_eq!(local(&["-l", "--sort", "inode"]), unsorted);
}

#[test]
fn a_full_backlog_comes_first() {
    private(|_| {
        let (full, idle) = (listener(1), listener(100));
        let _clients = [connect(&full), connect(&full)];
        // More wait here, of many that may.
        let _more = [connect(&idle), connect(&idle), connect(&idle)];
        let order = ports(&["-l", "--sort", "backlog"]);
        assert_eq!(order, [port(&full), port(&idle)]);
        let order = ports(&["-l", "--sort", "recv-q"]);
        assert_eq!(order, [port(&idle), port(&full)]);
    });
}

/// A listener with a backlog of its own.
fn listener(backlog: i32) -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    rustix::net::listen(&listener, backlog).expect("another backlog");
    listener
}

fn port(listener: &TcpListener) -> u64 {
    listener.local_addr().expect("an address").port().into()
}

fn connect(listener: &TcpListener) -> TcpStream {
    TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection")
}

#[test]
fn numbers_of_tcp_sort_in_descending_order_and_are_shown() {
    private(|_| {
        let listener = listener(9);
        let connections: Vec<(TcpStream, TcpStream)> = [10, 30_000, 2_000]
            .into_iter()
            .map(|bytes| {
                let mut client = connect(&listener);
                let (mut server, _) = listener.accept().expect("its other end");
                client.write_all(&vec![0; bytes]).expect("written");
                server.read_exact(&mut vec![0; bytes]).expect("read");
                (client, server)
            })
            .collect();
        let dport = format!("dport = :{}", port(&listener));
        let order = ports(&["--sort", "bytes", &dport]);
        let client = |at: usize| -> u64 {
            connections[at].0.local_addr().expect("an address").port().into()
        };
        assert_eq!(order, [client(1), client(2), client(0)]);
        let reversed = ports(&["--sort", "bytes", "--reverse", &dport]);
        assert_eq!(reversed, [client(0), client(2), client(1)]);
        for (field, column) in [("rtt", "Rtt ms"), ("bytes", "Acked"), ("retrans", "Retrans")] {
            let args = ["-t", "--no-owners", "--sort", field, &dport];
            let table = run([&args[..], &["--wide"]].concat()).complete().out;
            assert!(table.lines().next().unwrap().contains(column), "{field}: {table}");
            let sockets = run([&args[..], &["--format", "json"]].concat()).complete().array();
            let info = |socket: &Value, key: &str| socket["details"]["tcp_info"][key].as_u64();
            let values: Vec<u64> = match field {
                "rtt" => sockets.iter().filter_map(|socket| info(socket, "rtt")).collect(),
                "retrans" => {
                    sockets.iter().filter_map(|socket| info(socket, "total_retrans")).collect()
                }
                _ => sockets.iter().filter_map(|socket| info(socket, "bytes_acked")).collect(),
            };
            assert_eq!(values.len(), 3, "{sockets:?}");
            assert!(values.is_sorted_by(|left, right| left >= right), "{field}: {values:?}");
        }
    });
}

#[test]
fn sockets_that_drop_packets_come_first() {
    let tree = Tree::new();
    let udp: String = [(7, 1_u64), (0, 2), (40, 3)]
        .map(|(drops, inode)| {
            let ends = format!("0100007F:{inode:04X} 00000000:0000");
            let line = row(&ends, "07", "00000000:00000000", 0, inode);
            // The columns of udp after the inode: references, pointer, drops.
            format!(
                "{} 2 0000000000000000 {drops}\n",
                line.split(" 1 0000").next().unwrap().trim_end()
            )
        })
        .concat();
    tree.file("1/net/udp", [TCP_HEADING, &udp].concat());
    let ran = run([&tree.root()[..], &["-u", "--sort", "drops", "--format", "ndjson"]].concat());
    let drops: Vec<Value> = ran.lines().iter().map(|socket| socket["drops"].clone()).collect();
    assert_eq!(drops, [40, 7, 0], "{}", ran.err);
}

#[test]
fn groups_have_no_numbers_of_single_sockets() {
    let ran = run(["top", "--sort", "rtt"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("cannot sort groups by rtt"), "{}", ran.err);
}
