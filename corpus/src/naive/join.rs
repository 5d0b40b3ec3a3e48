//! Which sockets a tree has and who owns them: whole files, `HashMap`s, no reuse of anything.
//!
//! What is asked, and what is answered. The tree is read with [`std::fs`] alone; nothing of the
//! facade is in here. Whether a row may be forged is not told.

mod processes;
mod tables;

use std::{fs, path::Path};

use procnet_core::{
    ByteOrder,
    process::status::Uids,
    table::inet::{Record, Table},
};

pub use processes::{Owner, Processes};

use crate::table::{netlink, packet, process, unix};

/// How the rows of a table decode.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// With addresses, by the host's byte order.
    Inet(fn(ByteOrder) -> Table),
    /// Unix sockets.
    Unix,
    /// Packet sockets.
    Packet,
    /// Netlink sockets.
    Netlink,
}

/// The tables, in the order in which their sockets are told.
pub const TABLES: [(&str, Form); 13] = [
    ("tcp", Form::Inet(Table::tcp4)),
    ("tcp6", Form::Inet(Table::tcp6)),
    ("udp", Form::Inet(Table::datagram4)),
    ("udp6", Form::Inet(Table::datagram6)),
    ("unix", Form::Unix),
    ("udplite", Form::Inet(Table::datagram4)),
    ("udplite6", Form::Inet(Table::datagram6)),
    ("raw", Form::Inet(Table::datagram4)),
    ("raw6", Form::Inet(Table::datagram6)),
    ("icmp", Form::Inet(Table::datagram4)),
    ("icmp6", Form::Inet(Table::datagram6)),
    ("packet", Form::Packet),
    ("netlink", Form::Netlink),
];

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Names of tables.
    pub tables: Vec<&'static str>,
    /// Numbers of states; all if there is none.
    pub states: Option<Vec<u8>>,
    /// Only sockets that wait for others.
    pub listening: bool,
    /// Only what one process owns, in its network.
    pub pid: Option<u32>,
    /// At most so many sockets.
    pub limit: Option<usize>,
    /// Who owns them.
    pub owners: bool,
    /// The byte order of the tree's host.
    pub order: ByteOrder,
}

/// What is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// In the order of the tables.
    pub sockets: Vec<Socket>,
    /// There are more sockets than were asked for; what follows is then not told.
    pub truncated: bool,
    /// Lines that are neither blank nor a heading.
    pub rows: u64,
    /// Rows that were there before.
    pub repeated: u64,
    /// Rows that do not decode.
    pub undecodable: u64,
    /// Tables that are not there.
    pub absent: Vec<&'static str>,
    /// Tables that cannot be read.
    pub unreadable: Vec<&'static str>,
}

/// A socket.
#[derive(Clone, Debug, PartialEq)]
pub struct Socket {
    /// The table that it is in.
    pub table: &'static str,
    /// Its state; of a unix socket, the one that `ss` tells.
    pub state: u8,
    /// 0 if it has none.
    pub inode: u64,
    /// All columns.
    pub columns: Columns,
    /// By pid, then by descriptor.
    pub owners: Vec<Owner>,
}

/// What a row tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Columns {
    /// Of a socket with addresses.
    Inet(Record),
    /// Of a unix socket.
    Unix(unix::naive::Row),
    /// Of a packet socket.
    Packet(packet::naive::Row),
    /// Of a netlink socket.
    Netlink(netlink::naive::Row),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There are no tables.
    NotProc,
    /// There is no such process, or it shows no network.
    NoSuchProcess,
    /// Something cannot be read, and nothing else was asked for.
    Unreadable,
}

/// The processes of a tree and what they hold.
#[must_use]
pub fn processes(root: &Path) -> Processes {
    processes::all(root)
}

/// The four users of a process.
#[must_use]
pub fn uids(root: &Path, pid: u32) -> Option<Uids> {
    process::naive::uids(&fs::read(root.join(pid.to_string()).join("status")).ok()?)
}

/// The answer to a question about a tree, and the processes that were looked at for it.
///
/// # Errors
///
/// If nothing can be answered.
pub fn join(root: &Path, asked: &Question) -> Result<(Answer, Option<Processes>), Refusal> {
    let (net, processes) = match asked.pid {
        Some(pid) => {
            let net = processes::net(root, pid)?;
            (net, Some(processes::one(root, pid)?))
        }
        None => {
            let mut places = [root.join("1/net"), root.join("net")].into_iter();
            let net = places.find(|net| net.is_dir()).ok_or(Refusal::NotProc)?;
            (net, asked.owners.then(|| processes::all(root)))
        }
    };
    let mut answer = tables::read(&net, asked);
    if answer.rows == 0
        && !answer.unreadable.is_empty()
        && answer.unreadable.len() + answer.absent.len() == asked.tables.len()
    {
        return Err(Refusal::Unreadable);
    }
    for socket in &mut answer.sockets {
        let holders = processes.as_ref().and_then(|all| all.holders.get(&socket.inode));
        socket.owners = holders.cloned().unwrap_or_default();
    }
    if asked.pid.is_some() {
        answer.sockets.retain(|socket| !socket.owners.is_empty());
    }
    if let Some(limit) = asked.limit
        && answer.sockets.len() > limit
    {
        let sockets = answer.sockets.drain(..limit).collect();
        answer = Answer { sockets, truncated: true, ..Answer::default() };
    }
    Ok((answer, processes))
}
