//! How sockets from sock_diag may differ from those of the tables: one table, with the reasons.
//! Nothing else may differ, and everything in the table does.

use procnet::{Kind, OwnedSocket, State};

/// A difference between the two sources, and its reason.
struct Difference {
    reason: &'static str,
    /// Reduces a socket from the tables to what both report; whether it was changed.
    of_tables: fn(&mut OwnedSocket) -> Change,
    /// The same for a socket from sock_diag.
    of_netlink: fn(&mut OwnedSocket) -> Change,
}

#[derive(PartialEq)]
enum Change {
    None,
    Made,
    /// The other source does not report the socket at all.
    Remove,
}

fn none(_: &mut OwnedSocket) -> Change {
    Change::None
}

fn made(is_made: bool) -> Change {
    if is_made { Change::Made } else { Change::None }
}

fn is_tcp(socket: &OwnedSocket) -> bool {
    matches!(socket.kind, Kind::Tcp | Kind::Tcp6)
}

const KNOWN: &[Difference] = &[
    Difference {
        reason: "the table prints names raw, so a newline cuts the name, and the rows about it \
                 are suspect",
        of_tables: |socket| made(std::mem::take(&mut socket.suspect)),
        of_netlink: |socket| {
            let name = socket.unix.as_mut().and_then(|unix| unix.name.as_mut());
            made(name.is_some_and(|name| {
                let before = name.len();
                let end = name.iter().position(|byte| *byte == b'\n');
                name.truncate(end.unwrap_or(before));
                name.len() < before
            }))
        },
    },
    Difference {
        reason: "the table prints @ for each NUL of an abstract name",
        of_tables: none,
        of_netlink: |socket| {
            let name = socket.unix.as_mut().and_then(|unix| unix.name.as_mut());
            let mut nuls = 0;
            for byte in name.into_iter().flatten().filter(|byte| **byte == 0) {
                *byte = b'@';
                nuls += 1;
            }
            made(nuls > 0)
        },
    },
    Difference {
        reason: "unix_diag leaves out connections that were not accepted yet",
        of_tables: |socket| match (socket.kind, socket.inode) {
            (Kind::Unix, None) => Change::Remove,
            _ => Change::None,
        },
        of_netlink: none,
    },
    Difference {
        reason: "the table of unix sockets does not report their users",
        of_tables: none,
        of_netlink: |socket| made(socket.kind == Kind::Unix && socket.uid.take().is_some()),
    },
    Difference {
        reason: "the table of unix sockets does not report their peers",
        of_tables: none,
        of_netlink: |socket| {
            made(socket.unix.as_mut().is_some_and(|unix| {
                unix.peer_owners.clear();
                unix.peer.take().is_some()
            }))
        },
    },
    Difference {
        reason: "inet_diag reports user 0 for what is left of a connection and for request socks; \
                 the table has 0 for the former and the listener's user for the latter",
        of_tables: |socket| {
            let miniature = [State::TIME_WAIT, State::FIN_WAIT2, State::SYN_RECV];
            let is_one = socket.inode.is_none() && miniature.contains(&socket.state);
            made(is_tcp(socket) && is_one && socket.uid.take().is_some())
        },
        of_netlink: none,
    },
    Difference {
        reason: "for a listener inet_diag reports the backlog instead of bytes",
        of_tables: |socket| {
            let listens = is_tcp(socket) && socket.state == State::LISTEN;
            made(listens && socket.tx_queue.take().is_some())
        },
        of_netlink: |socket| made(socket.backlog.take().is_some()),
    },
    Difference {
        reason: "only sock_diag reports the cookie of a socket, and its interface",
        of_tables: none,
        of_netlink: |socket| {
            if socket.packet.is_none() {
                socket.interface = None;
            }
            made(socket.cookie.take().is_some())
        },
    },
    Difference {
        reason: "a timer goes on between the two answers, and a table counts in ticks",
        of_tables: |socket| made(socket.timer.take().is_some()),
        of_netlink: |socket| made(socket.timer.take().is_some()),
    },
];

/// Differences that are not known, and known ones that did not occur.
pub(crate) fn compare(mut tables: Vec<OwnedSocket>, mut netlink: Vec<OwnedSocket>) -> String {
    let mut text = String::new();
    for Difference { reason, of_tables, of_netlink } in KNOWN {
        let mut is_met = false;
        for (sockets, apply) in [(&mut tables, of_tables), (&mut netlink, of_netlink)] {
            sockets.retain_mut(|socket| {
                let change = apply(socket);
                is_met |= change != Change::None;
                change != Change::Remove
            });
        }
        if !is_met {
            text += &format!("no such difference any more: {reason}\n");
        }
    }
    let lines = |sockets: &[OwnedSocket]| {
        let mut lines: Vec<String> = sockets.iter().map(|socket| format!("{socket:?}")).collect();
        lines.sort();
        lines
    };
    let (tables, mut netlink) = (lines(&tables), lines(&netlink));
    for line in tables {
        match netlink.binary_search(&line) {
            Ok(at) => drop(netlink.remove(at)),
            Err(_) => text += &format!("only in tables: {line}\n"),
        }
    }
    netlink.iter().for_each(|line| text += &format!("only by netlink: {line}\n"));
    text
}
