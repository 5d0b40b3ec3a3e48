//! Tracked connections of the running kernel, in a private network namespace.

use std::{collections::BTreeSet, net::Ipv4Addr};

use procnet::{ErrorKind, Scanner};
use procnet_corpus::live::{Sandbox, skip, tracking::track};

const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

fn nobody(_: &str) {
    let error = Scanner::new().unwrap().tracked(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.path().ends_with("nf_conntrack"));
}

#[test]
fn tracked_connections_are_visited() {
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        let ports: BTreeSet<u16> = (1..=200).collect();
        ports.iter().for_each(|port| track((CLIENT, *port), (SERVER, 53)));
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
