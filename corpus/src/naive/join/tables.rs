//! The sockets in the tables of a network namespace.

use std::{collections::HashSet, fs, io, net::SocketAddr, path::Path};

use procnet_core::{ByteOrder, Inode};

use super::{Answer, Columns, Form, Question, Socket, TABLES};
use crate::{
    naive::{repair, text},
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
        for row in rows {
            answer.rows += 1;
            let Some(row) = row else {
                answer.undecodable += 1;
                continue;
            };
            let (socket, _) = &row;
            let is_tcp = matches!(table, "tcp" | "tcp6");
            if is_tcp && asked.listening && socket.state != LISTEN {
                continue;
            }
            if seen.is_repeated(&row) {
                answer.repeated += 1;
                continue;
            }
            let is_alike = seen.is_alike(&row);
            let waits = match socket.state {
                LISTEN => is_tcp || table == "unix",
                CLOSE => !is_tcp,
                _ => false,
            };
            let is_wanted = asked.states.as_ref().is_none_or(|all| all.contains(&socket.state));
            if is_wanted && (!asked.listening || waits) {
                answer.maybe_repeated += u64::from(is_alike && asked.pid.is_none());
                answer.sockets.push(row.0);
            }
        }
    }
    answer
}

/// The sockets in the lines of a table; `None` for a line that does not decode.
fn rows(bytes: &[u8], table: &'static str, form: Form, order: ByteOrder) -> Vec<Option<Row>> {
    let lines = (1..).zip(lines(bytes, table)).filter_map(|(number, line)| Some((number, line?)));
    let row = |(number, line): (usize, Vec<u8>)| match form {
        Form::Inet(form) => {
            let row = inet::row(&line, number, form(order))?;
            Some(row.and_then(|row| inet_socket(table, &row)))
        }
        Form::Unix => Some(unix::row(&line, number)?.map(|row| unix_socket(table, row))),
        Form::Packet => Some(packet::row(&line, number)?.map(|row| {
            let (inode, pointer, columns) =
                (row.inode, pointer(&row.pointer), Columns::Packet(row));
            (Socket { table, state: CLOSE, inode, columns, owners: Vec::new() }, pointer)
        })),
        Form::Netlink => Some(netlink::row(&line, number)?.map(|row| {
            let (inode, pointer, columns) =
                (row.inode, pointer(&row.pointer), Columns::Netlink(row));
            (Socket { table, state: CLOSE, inode, columns, owners: Vec::new() }, pointer)
        })),
    };
    lines.filter_map(row).collect()
}

/// The lines of a table, repaired, as a tree is a capture; `None` for those before the first row.
/// Between rows, even an empty line is one: the name of a unix socket may contain newlines.
fn lines(bytes: &[u8], table: &'static str) -> Vec<Option<Vec<u8>>> {
    let is_blank = |line: &[u8]| line.iter().all(u8::is_ascii_whitespace);
    let mut is_first = true;
    let lines = text::lines(bytes).into_iter().zip(text::lines(&repair::repaired(bytes, table)));
    let row = |(original, repaired): (Vec<u8>, Vec<u8>)| {
        is_first &= is_blank(&original);
        let is_heading = repaired.is_empty() && !is_blank(&original);
        (!is_first && !is_heading).then_some(repaired)
    };
    lines.map(row).collect()
}

fn inet_socket(table: &'static str, row: &inet::Row) -> Option<Row> {
    let record = row.record()?;
    let inode = record.inode.map_or(0, Inode::get);
    let (state, columns) = (record.state.0, Columns::Inet(record));
    let pointer = row.pointer().and_then(pointer);
    Some((Socket { table, state, inode, columns, owners: Vec::new() }, pointer))
}

fn unix_socket(table: &'static str, row: unix::Row) -> Row {
    let is_listening = row.flags >> 16 & 1 == 1;
    let state = match row.state {
        _ if is_listening => LISTEN,
        1 => CLOSE,
        2 => SYN_SENT,
        3 => ESTABLISHED,
        4 => CLOSING,
        other => other,
    };
    let (inode, pointer) = (row.inode, pointer(&row.pointer));
    (Socket { table, state, inode, columns: Columns::Unix(row), owners: Vec::new() }, pointer)
}

/// A printed pointer, if it is not hidden.
fn pointer(text: &[u8]) -> Option<u64> {
    text::hex(text).filter(|pointer| *pointer != 0)
}

/// A socket and the pointer in its row; `None` if that is hidden.
type Row = (Socket, Option<u64>);

/// The local and the remote one.
type Addresses = (SocketAddr, SocketAddr);

/// The sockets in earlier rows.
#[derive(Default)]
struct Seen {
    /// Inode and pointer, of all tables but that of unix sockets.
    pointers: HashSet<(u64, u64)>,
    /// Where one of them is missing: the table, inode and pointer, and the addresses if there are
    /// any.
    rows: HashSet<(&'static str, u64, Option<u64>, Option<Addresses>)>,
    /// Unix sockets.
    unix: Vec<unix::Row>,
    /// The table and addresses of rows that nothing else distinguishes.
    alike: HashSet<(&'static str, Addresses)>,
}

impl Seen {
    /// Whether the socket of a row was in an earlier row.
    fn is_repeated(&mut self, (socket, pointer): &Row) -> bool {
        let addresses = match &socket.columns {
            Columns::Inet(record) => Some((record.local, record.remote)),
            _ => None,
        };
        match &socket.columns {
            Columns::Inet(_) | Columns::Packet(_) | Columns::Netlink(_) => match *pointer {
                Some(pointer) if socket.inode != 0 => {
                    !self.pointers.insert((socket.inode, pointer))
                }
                // Nothing certain distinguishes them.
                None if socket.inode == 0 => false,
                pointer => !self.rows.insert((socket.table, socket.inode, pointer, addresses)),
            },
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

    /// Whether an earlier row had the same addresses, and neither of them an inode or a pointer.
    fn is_alike(&mut self, (socket, pointer): &Row) -> bool {
        let Columns::Inet(record) = &socket.columns else { return false };
        let addresses = (record.local, record.remote);
        socket.inode == 0 && pointer.is_none() && !self.alike.insert((socket.table, addresses))
    }
}

#[cfg(test)]
mod tests {
    use procnet_core::table::inet::Table;

    use super::*;

    #[test]
    fn a_row_is_repeated_if_its_pointer_and_inode_or_else_its_addresses_are() {
        let tcp = |inode: u64, pointer: u64, port: u16| {
            let line = format!(
                "   0: 0100007F:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 \
                 00000000  1000        0 {inode} 1 {pointer:016x} 100 0 0 10 -1"
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
        let mut is_new = |row: Row| !seen.is_repeated(&row);
        // Several sockets may share an inode; the addresses of one may change.
        assert!(is_new(tcp(7, 5, 1)) && !is_new(tcp(7, 5, 2)) && is_new(tcp(7, 6, 1)));
        // With a hidden pointer, and without an inode.
        assert!(is_new(tcp(8, 0, 1)) && !is_new(tcp(8, 0, 1)) && is_new(tcp(8, 0, 2)));
        // With neither, it may be another socket.
        assert!(is_new(tcp(0, 0, 1)) && is_new(tcp(0, 0, 1)) && is_new(tcp(0, 0, 2)));
        assert!(is_new(tcp(0, 5, 1)) && !is_new(tcp(0, 5, 1)) && is_new(tcp(0, 6, 1)));
        // A socket may get a name later, but does not get another one.
        assert!(is_new(unix(7, "")) && !is_new(unix(7, "")) && !is_new(unix(7, " a")));
        assert!(is_new(unix(8, " a")) && is_new(unix(8, " b")) && !is_new(unix(8, " a")));
        assert!(is_new(unix(0, " a")) && is_new(unix(0, " b")));
        let alike = [tcp(0, 0, 1), tcp(0, 0, 1), tcp(0, 0, 2), tcp(7, 0, 1), tcp(0, 5, 1)];
        let alike = alike.map(|row| seen.is_alike(&row));
        assert_eq!(alike, [false, true, false, false, false]);
    }
}
