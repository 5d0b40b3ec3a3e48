//! A socket and its owners.

mod json;

use std::fmt::{self, Write as _};

use procnet::{
    Inode, Owner, Owners, Socket, State,
    core::{escape::Escaped, table::SocketType},
};

use super::{
    extra::{Tell, append},
    processes::Forms,
};
use crate::{
    output::{BETWEEN, Cells, Column, Header, Keep, Paint, Row, Shape, zeros},
    process::Processes,
};

/// The keys of the machine formats; those of JSON are the library's own.
const KEYS: [&str; 14] = [
    "kind",
    "state",
    "local_addr",
    "local_port",
    "remote_addr",
    "remote_port",
    "uid",
    "inode",
    "rx_queue",
    "tx_queue",
    "type",
    "name",
    "owners",
    "suspect",
];

const COLUMNS: [(&str, Shape, Keep); 10] = [
    ("Kind", Shape::Word, Keep::Always),
    ("State", Shape::Word, Keep::Always),
    ("Recv-Q", Shape::Number, Keep::UnlessZero),
    ("Send-Q", Shape::Number, Keep::UnlessZero),
    ("Local Address:Port", Shape::Place, Keep::Always),
    ("Peer Address:Port", Shape::Place, Keep::UnlessZero),
    ("Type", Shape::Word, Keep::IfRoom),
    ("Uid", Shape::Number, Keep::IfRoom),
    ("Inode", Shape::Number, Keep::IfRoom),
    ("Process", Shape::List, Keep::Always),
];

#[derive(Clone, Copy)]
pub(crate) struct SocketRow<'a> {
    pub(crate) socket: &'a Socket<'a>,
    /// Those of the socket, or none if they are not to be printed.
    pub(crate) owners: Owners<'a>,
    pub(crate) tell: Tell,
    /// Where more of its processes is known, if that is to be told.
    pub(crate) processes: Option<&'a Processes>,
}

impl<'a> SocketRow<'a> {
    /// A socket of a table, of which nothing else is known.
    pub(crate) fn plain(socket: &'a Socket<'a>) -> SocketRow<'a> {
        SocketRow { socket, owners: socket.owners, tell: Tell::default(), processes: None }
    }

    fn forms(&self) -> Option<Forms> {
        self.processes.map(|known| Forms::of(self.owners.iter(), known))
    }

    pub(crate) fn header(tell: Tell) -> Header {
        let column = |(title, shape, keep)| {
            let column = Column::new(title, shape, keep);
            match title {
                "State" => column.painted(state),
                "Recv-Q" | "Send-Q" => column.painted(zeros),
                _ => column,
            }
        };
        let mut keys = KEYS.map(str::to_owned).to_vec();
        let mut columns = COLUMNS.map(column).to_vec();
        if tell.extended {
            // Who asks for these wants to see them, however narrow the terminal is.
            let asked =
                columns.iter_mut().filter(|column| matches!(&*column.title, "Uid" | "Inode"));
            asked.for_each(|column| column.keep = Keep::Always);
        }
        keys.extend(tell.keys());
        // Owners stay last, as their list is what may be cut.
        let last = columns.len() - 1;
        columns.splice(last..last, tell.columns());
        if tell.processes {
            keys.push("processes".to_owned());
            columns.extend(Forms::columns());
        }
        if tell.netns {
            keys.push("netns".to_owned());
            columns.insert(1, Column::new("Netns", Shape::Word, Keep::Always));
        }
        Header { keys, columns, upright: false }
    }
}

impl Row for SocketRow<'_> {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        json::write(line, self.socket, self.owners)?;
        self.tell.json(self.socket, line)?;
        self.forms().map_or(Ok(()), |forms| append(line, &forms))
    }

    fn csv(&self, cells: &mut Cells) {
        let socket = self.socket;
        let (local, remote) = (socket.local(), socket.remote());
        cells.text(socket.kind.name());
        push_state(socket.state, cells);
        cells.address(local.map(|local| local.ip()));
        cells.integer(local.map(|local| local.port()));
        cells.address(remote.map(|remote| remote.ip()));
        cells.integer(remote.map(|remote| remote.port()));
        cells.integer(socket.uid());
        cells.integer(socket.inode.map(Inode::get));
        cells.integer(socket.rx_queue());
        cells.integer(socket.tx_queue());
        cells.push_option(socket_type(socket));
        cells.push_option(socket.name());
        cells.push(Listed(self.owners, ';', record));
        cells.push_option(socket.suspect.then_some(true));
        self.tell.csv(socket, cells);
        if let Some(forms) = self.forms() {
            forms.csv(cells);
        }
        if self.tell.netns {
            cells.push_option(socket.netns.and_then(|netns| netns.inode));
        }
    }

    fn table(&self, cells: &mut Cells) {
        let socket = self.socket;
        cells.text(socket.kind.name());
        if self.tell.netns {
            cells.push_option(socket.netns);
        }
        match socket.state {
            // Of a protocol without connections, or unix, `CLOSE` says nothing to people.
            State::CLOSE if !socket.kind.is_tcp() => cells.text("UNCONN"),
            state => push_state(state, cells),
        }
        cells.integer(socket.rx_queue());
        // As ss has it: of a listener how many connections may wait.
        cells.integer(socket.tx_queue().or(socket.backlog()));
        match (socket.local(), socket.name()) {
            (Some(local), _) => cells.endpoint(local.ip(), Some(local.port())),
            (None, Some(name)) => cells.push(name),
            (None, None) => cells.push(Place(socket)),
        }
        match socket.remote() {
            Some(remote) => {
                cells.endpoint(remote.ip(), Some(remote.port()).filter(|port| *port != 0));
            }
            // The other end of a unix socket: who holds it, or its inode, as ss has it.
            None => match (socket.peer_owners().iter().next(), socket.peer()) {
                (Some(owner), _) => cells.push(Mention(owner)),
                (None, Some(peer)) => cells.push(format_args!("* {peer}")),
                (None, None) => cells.push(""),
            },
        }
        cells.push_option(socket_type(socket));
        cells.integer(socket.uid());
        cells.integer(socket.inode.map(Inode::get));
        self.tell.table(socket, cells);
        cells.push(Listed(self.owners, BETWEEN, mention));
        if let Some(forms) = self.forms() {
            forms.table(cells);
        }
    }
}

fn push_state(state: State, cells: &mut Cells) {
    match state.name() {
        Some(name) => cells.text(name),
        None => cells.push(state),
    }
}

fn socket_type(socket: &Socket<'_>) -> Option<SocketType> {
    socket.unix_type().or(socket.packet().map(|packet| packet.kind))
}

/// Where a socket without address and name stands: the packets that it takes and the interface
/// that it takes them from, or what it talks of and its number; as `ss` has it, a star for any.
struct Place<'a>(&'a Socket<'a>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(packet) = self.0.packet() {
            match packet.protocol {
                ALL_PACKETS => f.write_str("*")?,
                protocol => write!(f, "{protocol:04x}")?,
            }
            return match packet.interface {
                Some(index) => write!(f, ":if{index}"),
                None => f.write_str(":*"),
            };
        }
        match self.0.netlink() {
            Some(netlink) if netlink.port == 0 => write!(f, "{}:*", netlink.protocol),
            Some(netlink) => write!(f, "{}:{}", netlink.protocol, netlink.port),
            None => f.write_str("*"),
        }
    }
}

/// `ETH_P_ALL` (include/uapi/linux/if_ether.h).
const ALL_PACKETS: u16 = 3;

/// Who waits stands out, and what waits for a program that ought to close it; what only
/// waits for its time steps back.
fn state(text: &str) -> Paint {
    match text {
        "LISTEN" => Paint::Green,
        "CLOSE_WAIT" | "SYN_SENT" | "SYN_RECV" | "LAST_ACK" | "FIN_WAIT1" => Paint::Yellow,
        "TIME_WAIT" | "UNCONN" | "CLOSE" => Paint::Dim,
        _ => Paint::Plain,
    }
}

/// How one owner is written.
type Form = fn(Owner<'_>, &mut fmt::Formatter<'_>) -> fmt::Result;

/// Every owner, with what stands between two of them.
struct Listed<'a>(Owners<'a>, char, Form);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Listed(owners, between, form) = self;
        for (at, owner) in owners.iter().enumerate() {
            if at > 0 {
                f.write_char(*between)?;
            }
            form(owner, f)?;
        }
        Ok(())
    }
}

struct Mention<'a>(Owner<'a>);

impl fmt::Display for Mention<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        mention(self.0, f)
    }
}

/// `nginx(12)/6`, for people.
fn mention(owner: Owner<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}({})/{}", owner.comm(), owner.pid(), owner.fd)
}

/// `12/6/nginx`, for programs: the name stands last, as it may hold anything. The one
/// character that separates owners is escaped in it as control characters are.
fn record(owner: Owner<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}/{}/", owner.pid(), owner.fd)?;
    for (at, part) in owner.comm().as_bytes().split(|byte| *byte == b';').enumerate() {
        f.write_str(if at == 0 { "" } else { r"\x3B" })?;
        write!(f, "{}", Escaped(part))?;
    }
    Ok(())
}
