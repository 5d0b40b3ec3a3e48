//! Interfaces to which sockets are bound.

use std::net::{TcpListener, TcpStream};

use procnet_corpus::live::private;
use rustix::net::sockopt::{set_ipv6_v6only, set_socket_reuseaddr};
use rustix::net::{AddressFamily, SocketType, bind, listen, socket};

use crate::run::{has, run, skipped};

/// The column of local ends of a table.
fn local(args: &[&str]) -> Vec<String> {
    let ran = run([&["--no-owners"], args].concat()).complete();
    let column = |line: &str| line.split_whitespace().nth(4).unwrap_or_default().to_owned();
    ran.out.lines().skip(1).map(column).collect()
}

#[test]
fn the_interface_of_a_link_local_socket_is_shown_as_ss_shows_it() {
    private(|_| {
        let ip = |args: &str| {
            let mut command = std::process::Command::new("ip");
            command.args(args.split(' ')).status().is_ok_and(|status| status.success())
        };
        if !ip("address add fe80::1/64 dev lo nodad") {
            return skipped("ip is not there: no link-local address");
        }
        let scope = rustix::net::netdevice::name_to_index(
            socket(AddressFamily::INET, SocketType::DGRAM, None).expect("a socket"),
            "lo",
        );
        let scope = scope.expect("an index");
        let address = std::net::SocketAddrV6::new("fe80::1".parse().unwrap(), 0, 0, scope);
        let listener = TcpListener::bind(address).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        assert_eq!(local(&["-lt"]), [format!("[fe80::1]%lo:{port}")]);
        if has("ss", "-V") {
            let ss = std::process::Command::new("ss").args(["-Hltn"]).output().expect("ss runs");
            let ss = String::from_utf8(ss.stdout).expect("text");
            assert!(ss.contains(&local(&["-lt"])[0]), "{ss}");
        }
        // Elsewhere the same index may have another name.
        let own = std::process::id().to_string();
        let there = run(["-lt", "--netns", &own]).out;
        assert!(there.contains(&format!("[fe80::1]%if{scope}:{port}")), "{there}");
        let object = &run(["-lte", "--format", "json"]).complete().array()[0];
        assert_eq!(
            (&object["local_addr"], &object["interface"]),
            (&"fe80::1".into(), &scope.into())
        );
    });
}

#[test]
fn a_socket_without_an_interface_has_none() {
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let here = listener.local_addr().expect("an address");
        let client = TcpStream::connect(here).expect("a connection");
        assert_eq!(local(&["-lt"]), [here.to_string()]);
        drop(client);
    });
}

#[test]
fn a_listener_for_ipv6_alone_says_so() {
    private(|_| {
        let of = |only: bool| {
            let fd = socket(AddressFamily::INET6, SocketType::STREAM, None).expect("a socket");
            set_ipv6_v6only(&fd, only).and(set_socket_reuseaddr(&fd, true)).expect("set");
            let any = std::net::SocketAddrV6::new(std::net::Ipv6Addr::UNSPECIFIED, 0, 0, 0);
            bind(&fd, &any).and(listen(&fd, 1)).expect("a listener");
            fd
        };
        let both = of(false);
        assert!(!run(["-lte", "--no-owners"]).complete().out.contains("v6only"));
        let only = of(true);
        let table = run(["-lte", "--no-owners"]).complete().out;
        assert_eq!(table.matches(" v6only").count(), 1, "{table}");
        drop((both, only));
    });
}
