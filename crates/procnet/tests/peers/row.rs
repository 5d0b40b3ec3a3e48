//! The form in which a peer's sockets and ours are compared.

use std::{collections::BTreeSet, fmt::Write as _, net::SocketAddr};

use procnet_corpus::live::{Entry, state_of};
use serde_json::Value;

/// The attributes of a socket that both report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    /// `inet`, `inet6` or `unix`.
    pub(crate) family: String,
    /// The kernel's number of its type: 1 for streams, 2 for datagrams, 5 for sequenced packets.
    pub(crate) socket_type: u64,
    pub(crate) local: End,
    pub(crate) remote: End,
    pub(crate) status: String,
    /// Processes and descriptors, the lowest first.
    pub(crate) owners: Vec<(u32, u32)>,
}

/// One end of a socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Nowhere,
    Address(SocketAddr),
    /// The name of a unix socket; empty if it has none.
    Name(Vec<u8>),
}

impl Row {
    pub(crate) fn from_entry(entry: Entry) -> Row {
        let (family, socket_type) = match &entry.kind[..] {
            "tcp" => ("inet", 1),
            "tcp6" => ("inet6", 1),
            "udp" => ("inet", 2),
            "udp6" => ("inet6", 2),
            _ => ("unix", 0),
        };
        let socket_type = match entry.unix_type.as_deref() {
            None => socket_type,
            Some("stream") => 1,
            Some("dgram") => 2,
            Some(_) => 5,
        };
        let local = match (entry.local, entry.name) {
            (Some(address), _) => End::Address(address),
            (None, name) => End::Name(name.unwrap_or_default()),
        };
        Row {
            family: family.to_owned(),
            socket_type,
            local,
            remote: entry.remote.map_or(End::Nowhere, End::Address),
            status: entry.state,
            owners: entry.owners.iter().map(|owner| (owner.pid, owner.fd)).collect(),
        }
    }

    pub(crate) fn from_json(socket: &Value) -> Row {
        let text = |key: &str| socket[key].as_str().expect("a text").to_owned();
        let number = |key: &str| socket[key].as_u64().map(|n| u32::try_from(n).expect("32 bits"));
        let owner = number("pid").map(|pid| (pid, number("fd").expect("a descriptor")));
        let (family, remote) = (text("family"), End::from_json(&socket["remote"]));
        Row {
            // The unix table of procfs has no peers.
            remote: if family == "unix" { End::Nowhere } else { remote },
            family,
            socket_type: socket["type"].as_u64().expect("a number"),
            local: End::from_json(&socket["local"]),
            status: text("status"),
            owners: owner.into_iter().collect(),
        }
    }

    pub(crate) fn is_unix(&self) -> bool {
        self.family == "unix"
    }
}

impl End {
    fn from_json(end: &Value) -> End {
        let byte = |at: &[u8]| u8::from_str_radix(std::str::from_utf8(at).unwrap(), 16).unwrap();
        match end {
            Value::String(hex) => End::Name(hex.as_bytes().chunks(2).map(byte).collect()),
            Value::Array(parts) if parts.is_empty() => End::Nowhere,
            parts => {
                let ip = parts[0].as_str().expect("an address").parse().expect("an address");
                let port = parts[1].as_u64().expect("a port");
                End::Address(SocketAddr::new(ip, u16::try_from(port).expect("a port")))
            }
        }
    }
}

/// A difference between a peer and procnet, and its reason.
pub(crate) struct Difference {
    pub(crate) reason: &'static str,
    /// Turns our rows into those of the peer.
    pub(crate) apply: fn(&mut Vec<Row>),
}

pub(crate) const LEADERLESS: Difference = Difference {
    reason: "it looks at the first thread of a process only, so one whose first thread has \
             ended owns nothing",
    apply: |rows| {
        for row in rows {
            row.owners.retain(|(pid, _)| state_of(*pid) != Some('Z'));
        }
    },
};

pub(crate) const NO_STATE: Difference = Difference {
    reason: "it tells no state of UDP and unix sockets",
    apply: |rows| {
        for row in rows.iter_mut().filter(|row| row.is_unix() || row.socket_type != 1) {
            row.status = "NONE".to_owned();
        }
    },
};

pub(crate) const BLANKS: Difference = Difference {
    reason: "it takes a row apart at white space: a name is lost if there is any within it, \
             and loses what there is at its end",
    apply: |rows| {
        for row in rows {
            if let End::Name(name) = &mut row.local {
                let mut words = name
                    .split(|byte| byte.is_ascii_whitespace() || *byte == 0x0B)
                    .filter(|word| !word.is_empty());
                *name = match (words.next(), words.next()) {
                    (Some(word), None) => word.to_vec(),
                    _ => Vec::new(),
                };
            }
        }
    },
};

pub(crate) const ROW_EACH: Difference = Difference {
    reason: "a unix socket has a row for each descriptor",
    apply: |rows| {
        *rows = rows
            .drain(..)
            .flat_map(|row| match row.owners.len() {
                0 | 1 => vec![row],
                _ => {
                    let of = |owner: &(u32, u32)| Row { owners: vec![*owner], ..row.clone() };
                    row.owners.iter().map(of).collect()
                }
            })
            .collect();
    },
};

/// The rows that only one list has, each as often as it occurs more often there.
pub(crate) fn differences(
    kind: &str,
    mut ours: Vec<Row>,
    (name, mut theirs): (&str, Vec<Row>),
) -> String {
    let mut text = String::new();
    ours.sort();
    theirs.sort();
    let all: BTreeSet<&Row> = ours.iter().chain(&theirs).collect();
    for row in all {
        let count = |rows: &[Row]| rows.iter().filter(|other| *other == row).count();
        let (we, they) = (count(&ours), count(&theirs));
        if we != they {
            // Writing to memory does not fail.
            let _ = writeln!(text, "{kind}: {we} of procnet, {they} of {name}: {row:?}");
        }
    }
    text
}
