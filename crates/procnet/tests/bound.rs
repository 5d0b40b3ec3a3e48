//! TCP sockets that are bound to a port, but neither listening nor connected.

use std::{net::SocketAddr, os::fd::OwnedFd};

use procnet::{Kinds, OwnedSocket, Query, Scanner, Source, State, owners::Budget};
use procnet_corpus::live::{inode_of, private, skip_part};
use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};

fn bound(address: &str) -> (OwnedFd, SocketAddr) {
    let address: SocketAddr = address.parse().unwrap();
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket(family, SocketType::STREAM, None).unwrap();
    bind(&socket, &address).unwrap();
    let local = SocketAddr::try_from(getsockname(&socket).unwrap()).unwrap();
    (socket, local)
}

fn find<'s>(sockets: &'s [OwnedSocket], socket: &OwnedFd) -> Option<&'s OwnedSocket> {
    sockets.iter().find(|it| it.inode.is_some_and(|inode| inode.get() == inode_of(socket)))
}

#[test]
fn bound_sockets_are_listed_only_on_request() {
    private(|_| {
        let all = [bound("127.0.0.1:0"), bound("[::1]:0")];
        let _listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().source(Source::Netlink);
        let plain = scanner.collect(&query).unwrap();
        assert!(all.iter().all(|(socket, _)| find(&plain.sockets, socket).is_none()));
        let probe = scanner.collect(&query.clone().bound(true)).unwrap();
        if find(&probe.sockets, &all[0].0).is_none() {
            skip_part("bound, inactive sockets", "this kernel does not report them");
            return;
        }
        assert_eq!(probe.sockets.len(), plain.sockets.len() + 2);
        let named = [State::BOUND_INACTIVE];
        for query in [
            query.clone().bound(true),
            query.clone().states(named),
            query.clone().bound(true).states(named),
            query.clone().bound(true).incremental(Budget::unlimited()),
            query.clone().bound(true).kinds(Kinds::TCP).source(Source::Auto),
        ] {
            for _refresh in 0..2 {
                let answer = scanner.collect(&query).unwrap();
                assert!(answer.coverage.is_complete(), "{}", answer.coverage);
                for (socket, local) in &all {
                    let found = find(&answer.sockets, socket).expect("the socket");
                    assert_eq!((found.state, found.local), (State::BOUND_INACTIVE, Some(*local)));
                    assert_eq!(found.owners[0].pid, std::process::id());
                }
            }
        }
        let at_port = query.clone().bound(true).local_port(all[0].1.port());
        assert_eq!(scanner.collect(&at_port).unwrap().sockets.len(), 1);
        // They are neither listening nor in another state.
        for query in
            [query.clone().bound(true).listening(), query.bound(true).states([State::CLOSE])]
        {
            let answer = scanner.collect(&query).unwrap();
            assert!(all.iter().all(|(socket, _)| find(&answer.sockets, socket).is_none()));
        }
    });
}

/// No procfs table contains them, which the coverage states.
#[test]
fn bound_sockets_missing_from_proc_are_reported() {
    private(|_| {
        let _bound = bound("127.0.0.1:0");
        let mut scanner = Scanner::new().unwrap();
        let tables = Query::new().source(Source::Procfs).bound(true);
        let answer = scanner.collect(&tables).unwrap();
        assert_eq!(answer.coverage.without_bound, Kinds::TCP);
        assert!(!answer.coverage.is_complete());
        let said = answer.coverage.to_string();
        assert!(
            said.contains("table tcp6: sockets bound and inactive are not reported by /proc\n")
        );
        let answer = scanner.collect(&tables.kinds(Kinds::UDP)).unwrap();
        assert!(answer.coverage.is_complete());
    });
}
