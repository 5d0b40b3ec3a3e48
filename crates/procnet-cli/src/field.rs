//! Fields by which sockets are grouped and sorted.

use std::{
    fmt::{self, Write as _},
    net::IpAddr,
};

use clap::ValueEnum;
use procnet::{Owner, Socket, decode::netlink::inet::TcpInfo};
use serde::Serialize;

use crate::{process::Processes, row::escaped};

/// An attribute to group or sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Field {
    /// Each process that owns the socket
    Process,
    /// Process name
    #[value(alias = "command")]
    Comm,
    /// Kind of socket
    Kind,
    /// State
    State,
    /// Local address
    Local,
    /// Local port
    #[value(alias = "local-port", alias = "sport")]
    Port,
    /// Peer address
    Remote,
    /// Peer port
    #[value(alias = "dport")]
    RemotePort,
    /// User of the socket
    #[value(alias = "user")]
    Uid,
    /// Bytes to be read; connections to be accepted
    #[value(alias = "rx-queue", alias = "rx_queue")]
    RecvQ,
    /// Bytes not sent or not acknowledged
    #[value(alias = "tx-queue", alias = "tx_queue")]
    SendQ,
    /// Cgroups of the owners
    Cgroup,
    /// Systemd units of the owners
    Unit,
    /// Containers of the owners
    Container,
    /// Network namespace, with --netns
    Netns,
    /// Number of sockets of a group
    Sockets,
    /// Inode
    Inode,
    /// Smoothed round-trip time of TCP; implies -i
    Rtt,
    /// Segments of TCP that were retransmitted; implies -i
    #[value(alias = "retransmissions", alias = "total-retrans")]
    Retrans,
    /// Bytes acknowledged by the peer, and received, of TCP; implies -i
    Bytes,
    /// Packets dropped, of UDP and others; implies -m
    Drops,
    /// Connections to be accepted by a listener, as a share of its backlog
    #[value(alias = "backlog-share")]
    Backlog,
}

impl Field {
    /// Fields to group by.
    pub(crate) const GROUPS: [Field; 13] = [
        Field::Process,
        Field::Comm,
        Field::Kind,
        Field::State,
        Field::Local,
        Field::Port,
        Field::Remote,
        Field::RemotePort,
        Field::Uid,
        Field::Cgroup,
        Field::Unit,
        Field::Container,
        Field::Netns,
    ];

    /// Those of connections that ended.
    pub(crate) const OF_ENDED: [Field; 10] = [
        Field::Process,
        Field::Comm,
        Field::Kind,
        Field::State,
        Field::Local,
        Field::Port,
        Field::Remote,
        Field::RemotePort,
        Field::Uid,
        Field::Netns,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Field::Process => "process",
            Field::Comm => "comm",
            Field::Kind => "kind",
            Field::State => "state",
            Field::Local => "local",
            Field::Port => "port",
            Field::Remote => "remote",
            Field::RemotePort => "remote-port",
            Field::Uid => "uid",
            Field::RecvQ => "recv-q",
            Field::SendQ => "send-q",
            Field::Cgroup => "cgroup",
            Field::Unit => "unit",
            Field::Container => "container",
            Field::Netns => "netns",
            Field::Sockets => "sockets",
            Field::Inode => "inode",
            Field::Rtt => "rtt",
            Field::Retrans => "retrans",
            Field::Bytes => "bytes",
            Field::Drops => "drops",
            Field::Backlog => "backlog",
        }
    }

    /// Its keys in the formats for programs, which are those of sockets.
    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Field::Process => &["pid", "comm"],
            Field::Comm => &["comm"],
            Field::Kind => &["kind"],
            Field::State => &["state"],
            Field::Local => &["local_addr"],
            Field::Port => &["local_port"],
            Field::Remote => &["remote_addr"],
            Field::RemotePort => &["remote_port"],
            Field::Uid => &["uid"],
            Field::RecvQ => &["rx_queue"],
            Field::SendQ => &["tx_queue"],
            Field::Cgroup => &["cgroup"],
            Field::Unit => &["unit"],
            Field::Container => &["container"],
            Field::Netns => &["netns"],
            Field::Sockets => &["sockets"],
            Field::Inode => &["inode"],
            Field::Rtt => &["rtt"],
            Field::Retrans => &["total_retrans"],
            Field::Bytes => &["bytes_acked", "bytes_received"],
            Field::Drops => &["drops"],
            Field::Backlog => &["backlog"],
        }
    }

    /// Its heading in a table.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Field::Process => "Process",
            Field::Comm => "Command",
            Field::Kind => "Kind",
            Field::State => "State",
            Field::Local => "Local Address",
            Field::Port => "Port",
            Field::Remote => "Peer Address",
            Field::RemotePort => "Peer Port",
            Field::Uid => "Uid",
            Field::RecvQ => "Recv-Q",
            Field::SendQ => "Send-Q",
            Field::Cgroup => "Cgroup",
            Field::Unit => "Unit",
            Field::Container => "Container",
            Field::Netns => "Netns",
            Field::Sockets => "Sockets",
            Field::Inode => "Inode",
            Field::Rtt => "Rtt ms",
            Field::Retrans => "Retrans",
            Field::Bytes => "Bytes",
            Field::Drops => "Drops",
            Field::Backlog => "Backlog",
        }
    }

    /// Whether it sorts in descending order.
    pub(crate) fn is_amount(self) -> bool {
        use Field::{Backlog, Bytes, Drops, Retrans, Rtt};
        self.is_total() || matches!(self, Rtt | Retrans | Bytes | Drops | Backlog)
    }

    /// Whether groups have the sum of it.
    pub(crate) fn is_total(self) -> bool {
        matches!(self, Field::RecvQ | Field::SendQ | Field::Sockets)
    }

    /// Whether it is a number of `tcp_info`.
    pub(crate) fn is_of_tcp_info(self) -> bool {
        matches!(self, Field::Rtt | Field::Retrans | Field::Bytes)
    }

    /// Calls `each` with the value of a socket, or with the values of all its owners: with
    /// [`Value::None`] if there is none.
    pub(crate) fn for_each(
        self,
        socket: &Socket<'_>,
        known: &Processes,
        mut each: impl FnMut(Value),
    ) {
        let mut last = None;
        match self {
            Field::Process => {
                // Owners are sorted by pid, which makes duplicates adjacent.
                for owner in socket.owners {
                    if last.replace(owner.pid()) != Some(owner.pid()) {
                        each(Value::Process(escaped(owner.comm().as_bytes()), owner.pid()));
                    }
                }
            }
            _ if self.needs_owners() => {
                let owners = socket.owners.iter();
                let mut values: Vec<Value> =
                    owners.map(|owner| self.of_owner(owner, known)).collect();
                values.sort_unstable();
                values.dedup();
                values.into_iter().for_each(&mut each);
            }
            _ => return each(self.value(socket, known)),
        }
        if socket.owners.is_empty() {
            each(Value::None);
        }
    }

    /// Whether it requires the owners of sockets.
    pub(crate) fn needs_owners(self) -> bool {
        use Field::{Cgroup, Comm, Container, Process, Unit};
        matches!(self, Process | Comm | Cgroup | Unit | Container)
    }

    /// The value of an owner.
    fn of_owner(self, owner: Owner<'_>, known: &Processes) -> Value {
        let text =
            |name: Option<&[u8]>| name.map_or(Value::None, |name| Value::Text(escaped(name)));
        match self {
            Field::Process => Value::Process(escaped(owner.comm().as_bytes()), owner.pid()),
            Field::Comm => text(Some(owner.comm().as_bytes())),
            Field::Cgroup => text(known.details(owner).cgroup.as_deref()),
            Field::Unit => text(known.details(owner).unit()),
            Field::Container => text(known.details(owner).container().as_deref()),
            _ => Value::None,
        }
    }

    /// The value of a socket; of several owners, that of the first.
    pub(crate) fn value(self, socket: &Socket<'_>, known: &Processes) -> Value {
        let port = |end: Option<std::net::SocketAddr>| end.map(|end| Value::from(end.port()));
        let address = |end: Option<std::net::SocketAddr>| end.map(|end| Value::Address(end.ip()));
        let first = socket.owners.iter().next();
        match self {
            Field::Process | Field::Comm | Field::Cgroup | Field::Unit | Field::Container => {
                first.map(|owner| self.of_owner(owner, known))
            }
            Field::Kind => Some(Value::Text(socket.kind.name().to_owned())),
            Field::State => Some(Value::Text(socket.state.to_string())),
            Field::Local => address(socket.local()),
            Field::Port => port(socket.local()),
            Field::Remote => address(socket.remote()),
            Field::RemotePort => port(socket.remote()),
            Field::Uid => socket.uid().map(Value::from),
            Field::RecvQ => socket.rx_queue().map(Value::from),
            Field::SendQ => socket.tx_queue().map(Value::from),
            Field::Netns => socket.netns.map(|netns| Value::Text(netns.to_string())),
            Field::Sockets => Some(Value::Number(1)),
            Field::Inode => socket.inode.map(|inode| Value::from(inode.get())),
            Field::Rtt => tcp_info(socket).and_then(|info| info.rtt()).map(Value::from),
            Field::Retrans => {
                tcp_info(socket).and_then(|info| info.total_retrans()).map(Value::from)
            }
            Field::Bytes => tcp_info(socket).and_then(|info| {
                let (acked, received) = (info.bytes_acked(), info.bytes_received());
                let both = acked.unwrap_or(0).saturating_add(received.unwrap_or(0));
                acked.or(received).map(|_| Value::Number(both))
            }),
            Field::Drops => socket.drops().map(Value::from),
            Field::Backlog => socket.backlog().map(|backlog| {
                let waiting = u64::from(socket.rx_queue().unwrap_or(0));
                Value::Number(waiting * SHARE / u64::from(backlog.max(1)))
            }),
        }
        .unwrap_or(Value::None)
    }
}

/// The share of a backlog that is full.
const SHARE: u64 = 1 << 20;

fn tcp_info<'a>(socket: &Socket<'a>) -> Option<TcpInfo<'a>> {
    socket.details()?.tcp_info()
}

/// A value of a field. Texts are escaped. Missing values sort last.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Number(u64),
    Address(IpAddr),
    Text(String),
    Process(String, u32),
    None,
}

impl<N: Into<u64>> From<N> for Value {
    fn from(number: N) -> Value {
        Value::Number(number.into())
    }
}

impl Value {
    /// A value for each of [`Field::keys`].
    pub(crate) fn parts(&self, field: Field) -> Vec<Value> {
        match (self, field) {
            (Value::Process(comm, pid), _) => vec![(*pid).into(), Value::Text(comm.clone())],
            (Value::None, Field::Process) => vec![Value::None, Value::None],
            (value, _) => vec![value.clone()],
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => number.fmt(f),
            Value::Address(address) => address.fmt(f),
            Value::Text(text) => f.write_str(text),
            Value::Process(comm, pid) => write!(f, "{comm}({pid})"),
            Value::None => f.write_char('-'),
        }
    }
}
