//! Packets dropped because nobody read them, as both sources report them.

mod common;

use std::net::UdpSocket;

use common::SOURCES;
use procnet::{Kinds, OwnedSocket, Query, Scanner};
use procnet_corpus::live::{inode_of, private};
use rustix::net::sockopt;

#[test]
fn dropped_packets_are_counted_by_both_sources() {
    private(|_| {
        let sockets = ["127.0.0.1:0", "[::1]:0"].map(|address| {
            let socket = UdpSocket::bind(address).unwrap();
            sockopt::set_socket_recv_buffer_size(&socket, 4096).unwrap();
            socket
        });
        let idle = UdpSocket::bind("127.0.0.1:0").unwrap();
        for socket in &sockets {
            let local = socket.local_addr().unwrap();
            let sender = UdpSocket::bind((local.ip(), 0)).unwrap();
            for _ in 0..100 {
                sender.send_to(&[0; 1000], local).unwrap();
            }
        }
        // Of a hundred packets a buffer of some thousand bytes keeps a few.
        let seen = SOURCES.map(|source| {
            let query = Query::new().kinds(Kinds::UDP).source(source).owners(false);
            let answer = Scanner::new().unwrap().collect(&query).unwrap();
            let drops = |socket: &UdpSocket| {
                let inode = inode_of(socket);
                let is_it = |it: &&OwnedSocket| it.inode.is_some_and(|it| it.get() == inode);
                answer.sockets.iter().find(is_it).expect("the socket").drops
            };
            assert_eq!(drops(&idle), Some(0));
            sockets.each_ref().map(drops)
        });
        assert_eq!(seen[0], seen[1]);
        assert!(seen[0].iter().all(|drops| drops.is_some_and(|drops| (50..=100).contains(&drops))));
    });
}
