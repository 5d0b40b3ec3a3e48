//! The sockets of a tree and their owners: whole files, `HashMap`s, nothing is reused.
//!
//! The tree is read with [`std::fs`] only, and no code of the facade is used. Suspect rows are not
//! reported.

mod processes;
mod tables;

use std::{
    fs,
    path::{Path, PathBuf},
};

use procnet_core::{
    ByteOrder,
    process::status::Uids,
    table::inet::{Record, Table},
};

pub use processes::{Owner, Processes};

use crate::table::{netlink, packet, process, unix};

/// The decoder of a table.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Inet sockets, by the host's byte order.
    Inet(fn(ByteOrder) -> Table),
    /// Unix sockets.
    Unix,
    /// Packet sockets.
    Packet,
    /// Netlink sockets.
    Netlink,
}

/// The tables in the order in which their sockets are returned.
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

/// A query.
#[derive(Clone, Debug)]
pub struct Question {
    /// Names of tables.
    pub tables: Vec<&'static str>,
    /// Numbers of states, or `None` for all.
    pub states: Option<Vec<u8>>,
    /// Only listening sockets.
    pub listening: bool,
    /// Only the sockets of one process, in its network namespace.
    pub pid: Option<u32>,
    /// The maximum number of sockets.
    pub limit: Option<usize>,
    /// Whether to find owners.
    pub owners: bool,
    /// The byte order of the tree's host.
    pub order: ByteOrder,
}

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// In the order of the tables.
    pub sockets: Vec<Socket>,
    /// Whether there are more sockets than the limit; the other members are then empty.
    pub truncated: bool,
    /// Lines that are neither blank nor a heading.
    pub rows: u64,
    /// Rows of sockets that were in an earlier row.
    pub repeated: u64,
    /// Sockets that may be those of earlier rows: without inode, with a hidden pointer and the same
    /// addresses.
    pub maybe_repeated: u64,
    /// Rows that do not decode.
    pub undecodable: u64,
    /// Tables that do not exist.
    pub absent: Vec<&'static str>,
    /// Tables that cannot be read.
    pub unreadable: Vec<&'static str>,
}

/// A socket.
#[derive(Clone, Debug, PartialEq)]
pub struct Socket {
    /// Its table.
    pub table: &'static str,
    /// Its state; of a unix socket, the one that `ss` shows.
    pub state: u8,
    /// 0 if it has none.
    pub inode: u64,
    /// All columns.
    pub columns: Columns,
    /// By pid, then by descriptor.
    pub owners: Vec<Owner>,
}

/// The columns of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Columns {
    /// Of an inet socket.
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
    /// There is no such process, or its network is not visible.
    NoSuchProcess,
    /// Nothing that was requested can be read.
    Unreadable,
    /// Nothing that was requested is there.
    NotCaptured,
}

/// The processes of a tree and what they hold.
#[must_use]
pub fn processes(root: &Path) -> Processes {
    processes::all(root)
}

/// The four uids of a process.
#[must_use]
pub fn uids(root: &Path, pid: u32) -> Option<Uids> {
    process::naive::uids(&fs::read(root.join(pid.to_string()).join("status")).ok()?)
}

/// The directory of the host's tables.
fn net(root: &Path) -> Result<PathBuf, Refusal> {
    let mut places = [root.join("1/net"), root.join("net")].into_iter();
    places.find(|net| net.is_dir()).ok_or(Refusal::NotProc)
}

/// The answer to a query, and the processes that were read for it.
///
/// # Errors
///
/// If there is no answer.
pub fn join(root: &Path, asked: &Question) -> Result<(Answer, Option<Processes>), Refusal> {
    let (net, processes) = match asked.pid {
        Some(pid) => {
            let net = processes::net(root, pid)?;
            (net, Some(processes::one(root, pid)?))
        }
        None => {
            let net = net(root)?;
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
    if answer.absent.len() == asked.tables.len() {
        return Err(Refusal::NotCaptured);
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
