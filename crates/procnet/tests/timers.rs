//! Timers of connections whose peer has become unreachable, from both sources.

mod common;

use std::{
    io::{ErrorKind, Write as _},
    net::{TcpListener, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

use common::SOURCES;
use procnet::{Kinds, Query, Scanner, Source, decode::table::inet::Timer, socket::SocketTimer};
use procnet_corpus::live::{inode_of, private};
use rustix::net::sockopt;

/// The timer of the socket with this inode.
fn timer(source: Source, inode: u64) -> Option<SocketTimer> {
    let query = Query::new().kinds(Kinds::TCP).source(source).owners(false);
    let answer = Scanner::new().unwrap().collect(&query).unwrap();
    let is_it = |it: &procnet::OwnedSocket| it.inode.is_some_and(|it| it.get() == inode);
    answer.sockets.iter().find(|socket| is_it(socket)).expect("the socket").timer
}

/// A connection whose far end is held, but does not read.
fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (near, listener.accept().unwrap().0)
}

/// Unanswered probes are counted in another column of `/proc/net/tcp` than retransmissions.
#[test]
fn unanswered_probes_are_counted_by_both_sources() {
    private(|_| {
        let (kept_alive, _far) = connection();
        sockopt::set_socket_keepalive(&kept_alive, true).unwrap();
        sockopt::set_tcp_keepidle(&kept_alive, Duration::from_secs(1)).unwrap();
        sockopt::set_tcp_keepintvl(&kept_alive, Duration::from_secs(1)).unwrap();
        sockopt::set_tcp_keepcnt(&kept_alive, 100).unwrap();
        // Fill the window of a peer that does not read.
        let (mut blocked, _unread) = connection();
        blocked.set_nonblocking(true).unwrap();
        let full = Instant::now();
        while full.elapsed() < Duration::from_millis(500) {
            match blocked.write(&[0; 1 << 16]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(error) => panic!("{error}"),
            }
        }
        let down = Command::new("ip").args(["link", "set", "lo", "down"]).status();
        assert!(down.unwrap().success());
        for (socket, kind) in [(&kept_alive, Timer::KEEPALIVE), (&blocked, Timer::PROBE)] {
            let inode = inode_of(socket);
            let begun = Instant::now();
            // A probe may be sent between the two answers.
            loop {
                let [table, netlink] = SOURCES.map(|source| timer(source, inode));
                let known = |timer: Option<SocketTimer>| timer.map(|it| (it.kind, it.retransmits));
                let same = known(table) == known(netlink);
                if same && table.is_some_and(|it| it.kind == kind && it.retransmits >= 2) {
                    break;
                }
                assert!(begun.elapsed() < Duration::from_secs(60), "{table:?} {netlink:?}");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    });
}
