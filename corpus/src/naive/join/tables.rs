//! The sockets in the tables of a network namespace.

use std::{collections::HashSet, fs, io, net::SocketAddr, path::Path};

use procnet_core::{ByteOrder, Inode};

use super::{Answer, Columns, Form, Question, Socket, TABLES};
use crate::{
    naive::text,
    table::{
        inet::naive as inet, netlink::naive as netlink, packet::naive as packet,
        unix::naive as unix,
    },
};

/// States by the kernel's numbers (include/net/tcp_states.h).
const ESTABLISHED: u8 = 1;
const SYN_SENT: u8 = 2;
const CLOSE: u8 = 7;
const LISTEN: u8 = 10;
const CLOSING: u8 = 11;

/// The sockets that match the query, without their owners.
pub(super) fn read(net: &Path, asked: &Question) -> Answer {
    let mut answer = Answer::default();
    let mut seen = Seen::default();
    for (table, form) in TABLES {
        if !asked.tables.contains(&table) {
            continue;
        }
        let rows = match fs::read(net.join(table)) {
            Ok(bytes) => rows(&bytes, table, form, asked.order),
            Err(error) => {
                let is_absent = error.kind() == io::ErrorKind::NotFound;
                let list = if is_absent { &mut answer.absent } else { &mut answer.unreadable };
                list.push(table);
                continue;
            }
        };
        seen.tuples.clear();
        for row in rows {
            answer.rows += 1;
            let Some(socket) = row else {
                answer.undecodable += 1;
                continue;
            };
            let is_tcp = matches!(table, "tcp" | "tcp6");
            if is_tcp && asked.listening && socket.state != LISTEN {
                continue;
            }
            if seen.is_repeated(&socket) {
                answer.repeated += 1;
                continue;
            }
            let waits = if is_tcp || table == "unix" { LISTEN } else { CLOSE };
            let is_wanted = asked.states.as_ref().is_none_or(|all| all.contains(&socket.state));
            if is_wanted && (!asked.listening || socket.state == waits) {
                answer.sockets.push(socket);
            }
        }
    }
    answer
}

/// The sockets in the lines of a table; `None` for a line that does not decode.
fn rows(bytes: &[u8], table: &'static str, form: Form, order: ByteOrder) -> Vec<Option<Socket>> {
    let lines = (1..).zip(text::lines(bytes));
    let socket = |(number, line): (usize, Vec<u8>)| match form {
        Form::Inet(form) => {
            let row = inet::row(&line, number, form(order))?;
            Some(row.and_then(|row| inet_socket(table, &row)))
        }
        Form::Unix => Some(unix::row(&line, number)?.map(|row| unix_socket(table, row))),
        Form::Packet => Some(packet::row(&line, number)?.map(|row| {
            let (inode, columns) = (row.inode, Columns::Packet(row));
            Socket { table, state: CLOSE, inode, columns, owners: Vec::new() }
        })),
        Form::Netlink => Some(netlink::row(&line, number)?.map(|row| {
            let (inode, columns) = (row.inode, Columns::Netlink(row));
            Socket { table, state: CLOSE, inode, columns, owners: Vec::new() }
        })),
    };
    lines.filter_map(socket).collect()
}

fn inet_socket(table: &'static str, row: &inet::Row) -> Option<Socket> {
    let record = row.record()?;
    let inode = record.inode.map_or(0, Inode::get);
    let (state, columns) = (record.state.0, Columns::Inet(record));
    Some(Socket { table, state, inode, columns, owners: Vec::new() })
}

fn unix_socket(table: &'static str, row: unix::Row) -> Socket {
    let is_listening = row.flags >> 16 & 1 == 1;
    let state = match row.state {
        _ if is_listening => LISTEN,
        1 => CLOSE,
        2 => SYN_SENT,
        3 => ESTABLISHED,
        4 => CLOSING,
        other => other,
    };
    Socket { table, state, inode: row.inode, columns: Columns::Unix(row), owners: Vec::new() }
}

/// The sockets in earlier rows.
#[derive(Default)]
struct Seen {
    /// Of all tables but that of unix sockets.
    inodes: HashSet<u64>,
    /// The addresses of inet sockets without an inode in the current table.
    tuples: HashSet<(SocketAddr, SocketAddr)>,
    /// Unix sockets.
    unix: Vec<unix::Row>,
}

impl Seen {
    /// Whether the socket of a row was in an earlier row.
    fn is_repeated(&mut self, socket: &Socket) -> bool {
        match &socket.columns {
            Columns::Inet(record) if socket.inode == 0 => {
                !self.tuples.insert((record.local, record.remote))
            }
            // Nothing else distinguishes them.
            Columns::Packet(_) | Columns::Netlink(_) if socket.inode == 0 => false,
            Columns::Inet(_) | Columns::Packet(_) | Columns::Netlink(_) => {
                !self.inodes.insert(socket.inode)
            }
            Columns::Unix(row) => {
                // Those without an inode and with a hidden pointer cannot be distinguished.
                if row.inode == 0 && row.pointer.iter().all(|digit| *digit == b'0') {
                    return false;
                }
                let is_it =
                    |other: &&unix::Row| (&other.pointer, other.kind) == (&row.pointer, row.kind);
                let mut others = self.unix.iter().filter(|other| other.inode == row.inode);
                // It may have been bound since its first row was printed.
                let first = others.clone().next().filter(|_| row.inode != 0).filter(is_it);
                let repeated = first.is_some_and(|first| first.name.is_none())
                    || others.any(|other| is_it(&other) && other.name == row.name);
                self.unix.push(row.clone());
                repeated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use procnet_core::table::inet::Table;

    use super::*;

    #[test]
    fn a_row_is_repeated_if_its_inode_or_else_its_addresses_are() {
        let tcp = |inode: u64, port: u16| {
            let line = format!(
                "   0: 0100007F:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 \
                 00000000  1000        0 {inode} 1 0000000000000000 100 0 0 10 -1"
            );
            rows(line.as_bytes(), "tcp", Form::Inet(Table::tcp4), ByteOrder::Little)
                .remove(0)
                .unwrap()
        };
        let unix = |inode: u64, name: &str| {
            let line = format!("c0ffee: 00000002 00000000 00000000 0001 01 {inode}{name}");
            rows(line.as_bytes(), "unix", Form::Unix, ByteOrder::Little).remove(0).unwrap()
        };
        let mut seen = Seen::default();
        let mut is_new = |socket: Socket| !seen.is_repeated(&socket);
        assert!(is_new(tcp(7, 1)) && !is_new(tcp(7, 2)) && is_new(tcp(8, 1)));
        assert!(is_new(tcp(0, 1)) && !is_new(tcp(0, 1)) && is_new(tcp(0, 2)));
        // A socket may get a name later, but does not get another one.
        assert!(is_new(unix(7, "")) && !is_new(unix(7, "")) && !is_new(unix(7, " a")));
        assert!(is_new(unix(8, " a")) && is_new(unix(8, " b")) && !is_new(unix(8, " a")));
        assert!(is_new(unix(0, " a")) && is_new(unix(0, " b")));
    }
}
