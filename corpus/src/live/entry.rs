//! The common form in which the library, `ss` and a scene are compared.

use std::{collections::BTreeSet, fmt::Write as _, net::SocketAddr, os::fd::AsFd};

/// One socket. The order of the fields is the order of a list of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// `tcp`, `tcp6`, `udp`, `udp6` or `unix`.
    pub kind: String,
    /// The name in RFC 9293 and in the kernel: `LISTEN`, `ESTABLISHED`, `TIME_WAIT`.
    pub state: String,
    /// For inet sockets.
    pub local: Option<SocketAddr>,
    /// For inet sockets; all zeros if there is no peer.
    pub remote: Option<SocketAddr>,
    /// `stream`, `dgram` or `seqpacket`, for unix sockets.
    pub unix_type: Option<String>,
    /// The raw name as the kernel prints it, for bound unix sockets.
    pub name: Option<Vec<u8>>,
    /// `None` if the socket has no file.
    pub inode: Option<u64>,
    /// All its owners.
    pub owners: BTreeSet<Owner>,
    /// Its uid, receive queue and send queue, where known.
    pub numbers: Option<(u32, u32, u32)>,
}

/// A process and the descriptor by which it holds a socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The process's pid.
    pub pid: u32,
    /// The descriptor's number.
    pub fd: u32,
    /// The process's name.
    pub comm: Vec<u8>,
}

impl Entry {
    /// An inet socket without owners.
    #[must_use]
    pub fn inet(kind: &str, state: &str, local: SocketAddr, remote: SocketAddr) -> Entry {
        Entry { local: Some(local), remote: Some(remote), ..Entry::new(kind, state) }
    }

    /// A unix socket without owners.
    #[must_use]
    pub fn unix(unix_type: &str, state: &str, name: Option<&[u8]>) -> Entry {
        let (unix_type, name) = (Some(unix_type.to_owned()), name.map(<[u8]>::to_vec));
        Entry { unix_type, name, ..Entry::new("unix", state) }
    }

    fn new(kind: &str, state: &str) -> Entry {
        Entry {
            kind: kind.to_owned(),
            state: state.to_owned(),
            local: None,
            remote: None,
            unix_type: None,
            name: None,
            inode: None,
            owners: BTreeSet::new(),
            numbers: None,
        }
    }
}

/// The inode of an open socket.
///
/// # Panics
///
/// If `fstat` fails.
#[must_use]
pub fn inode_of(socket: impl AsFd) -> u64 {
    rustix::fs::fstat(socket).expect("an open socket").st_ino
}

/// The entries of one list that are missing from the other, as multisets. Empty if both lists
/// hold the same entries in any order.
#[must_use]
pub fn differences(
    (left_name, left): (&str, &[Entry]),
    (right_name, right): (&str, &[Entry]),
) -> String {
    let (left, right) = (sorted(left), sorted(right));
    let mut text = String::new();
    let (mut at, mut other) = (left.iter().peekable(), right.iter().peekable());
    loop {
        let (name, entry) = match (at.peek(), other.peek()) {
            (Some(a), Some(b)) if a == b => {
                at.next();
                other.next();
                continue;
            }
            (Some(a), Some(b)) if a > b => (right_name, other.next()),
            (Some(_), _) => (left_name, at.next()),
            (None, Some(_)) => (right_name, other.next()),
            (None, None) => return text,
        };
        if let Some(entry) = entry {
            // Writing to memory does not fail.
            let _ = writeln!(text, "only {name}: {}", show(entry));
        }
    }
}

fn sorted(entries: &[Entry]) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort();
    entries
}

fn show(entry: &Entry) -> String {
    let mut text = format!("{} {}", entry.kind, entry.state);
    if let (Some(local), Some(remote)) = (entry.local, entry.remote) {
        let _ = write!(text, " {local} {remote}");
    }
    if let Some(unix_type) = &entry.unix_type {
        let _ = write!(text, " {unix_type}");
    }
    if let Some(name) = &entry.name {
        let _ = write!(text, " \"{}\"", name.escape_ascii());
    }
    match entry.inode {
        Some(inode) => drop(write!(text, " inode {inode}")),
        None => text.push_str(" no inode"),
    }
    for Owner { pid, fd, comm } in &entry.owners {
        let _ = write!(text, " {}({pid})/{fd}", comm.escape_ascii());
    }
    if let Some((uid, rx, tx)) = entry.numbers {
        let _ = write!(text, " uid {uid} rx {rx} tx {tx}");
    }
    text
}
