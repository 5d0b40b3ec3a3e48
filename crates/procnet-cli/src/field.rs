//! Fields by which sockets are grouped and sorted.

mod value;

use clap::ValueEnum;
use procnet::{Owner, Owners, Socket, decode::netlink::inet::TcpInfo};

pub(crate) use self::value::Value;
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
    /// Pods of the owners
    Pod,
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
    /// Bytes per second of TCP, sent and received; in a watch
    Rate,
    /// Bytes per second that were sent and acknowledged; in a watch
    Tx,
    /// Bytes per second that were received; in a watch
    Rx,
    /// Time since the first look that saw the socket; in a watch
    Age,
}

impl Field {
    /// Fields to group by.
    pub(crate) const GROUPS: [Field; 14] = [
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
        Field::Pod,
        Field::Netns,
    ];

    /// What owners run in.
    pub(crate) const OF_OWNERS: [Field; 4] =
        [Field::Cgroup, Field::Unit, Field::Container, Field::Pod];

    /// Those of which groups have the sum.
    pub(crate) const TOTALS: [Field; 6] =
        [Field::Sockets, Field::RecvQ, Field::SendQ, Field::Rate, Field::Tx, Field::Rx];

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

    /// Its name on the command line, its heading in a table, and its keys in the formats for programs,
    /// which are those of sockets.
    fn texts(self) -> (&'static str, &'static str, &'static [&'static str]) {
        match self {
            Field::Process => ("process", "Process", &["pid", "comm"]),
            Field::Comm => ("comm", "Command", &["comm"]),
            Field::Kind => ("kind", "Kind", &["kind"]),
            Field::State => ("state", "State", &["state"]),
            Field::Local => ("local", "Local Address", &["local_addr"]),
            Field::Port => ("port", "Port", &["local_port"]),
            Field::Remote => ("remote", "Peer Address", &["remote_addr"]),
            Field::RemotePort => ("remote-port", "Peer Port", &["remote_port"]),
            Field::Uid => ("uid", "Uid", &["uid"]),
            Field::RecvQ => ("recv-q", "Recv-Q", &["rx_queue"]),
            Field::SendQ => ("send-q", "Send-Q", &["tx_queue"]),
            Field::Cgroup => ("cgroup", "Cgroup", &["cgroup"]),
            Field::Unit => ("unit", "Unit", &["unit"]),
            Field::Container => ("container", "Container", &["container"]),
            Field::Pod => ("pod", "Pod", &["pod"]),
            Field::Netns => ("netns", "Netns", &["netns"]),
            Field::Sockets => ("sockets", "Sockets", &["sockets"]),
            Field::Inode => ("inode", "Inode", &["inode"]),
            Field::Rtt => ("rtt", "Rtt ms", &["rtt"]),
            Field::Retrans => ("retrans", "Retrans", &["total_retrans"]),
            Field::Bytes => ("bytes", "Bytes", &["bytes_acked", "bytes_received"]),
            Field::Drops => ("drops", "Drops", &["drops"]),
            Field::Backlog => ("backlog", "Backlog", &["backlog"]),
            Field::Rate => ("rate", "B/s", &[]),
            Field::Tx => ("tx", "Tx B/s", &[]),
            Field::Rx => ("rx", "Rx B/s", &[]),
            Field::Age => ("age", "Age", &[]),
        }
    }

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        self.texts().0
    }

    /// Its heading in a table.
    pub(crate) fn title(self) -> &'static str {
        self.texts().1
    }

    /// Its keys in the formats for programs, which are those of sockets.
    pub(crate) fn keys(self) -> &'static [&'static str] {
        self.texts().2
    }

    /// The key of the name of an address.
    pub(crate) fn name_key(self) -> Option<&'static str> {
        match self {
            Field::Local => Some("local_name"),
            Field::Remote => Some("remote_name"),
            _ => None,
        }
    }

    /// Whether it sorts in descending order.
    pub(crate) fn is_amount(self) -> bool {
        use Field::{Age, Backlog, Bytes, Drops, Retrans, Rtt};
        self.is_total() || matches!(self, Rtt | Retrans | Bytes | Drops | Backlog | Age)
    }

    /// Whether groups have the sum of it.
    pub(crate) fn is_total(self) -> bool {
        Field::TOTALS.contains(&self)
    }

    /// Whether it is a rate, between two looks.
    pub(crate) fn is_rate(self) -> bool {
        matches!(self, Field::Rate | Field::Tx | Field::Rx)
    }

    /// Whether only a watch knows it.
    pub(crate) fn is_of_watch(self) -> bool {
        self.is_rate() || self == Field::Age
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
                self.for_each_owner(socket.owners, known, &mut each);
            }
            _ => return each(self.value(socket, known)),
        }
        if socket.owners.is_empty() {
            each(Value::None);
        }
    }

    /// Calls `each` with the values of owners: each once, in order.
    pub(crate) fn for_each_owner(
        self,
        owners: Owners<'_>,
        known: &Processes,
        each: impl FnMut(Value),
    ) {
        let mut values: Vec<Value> =
            owners.iter().map(|owner| self.of_owner(owner, known)).collect();
        values.sort_unstable();
        values.dedup();
        values.into_iter().for_each(each);
    }

    /// The key of the list of its values, for all owners of a socket.
    pub(crate) fn list_key(self) -> &'static str {
        match self {
            Field::Cgroup => "cgroups",
            Field::Unit => "units",
            Field::Container => "containers",
            Field::Pod => "pods",
            field => field.name(),
        }
    }

    /// Whether it requires the owners of sockets.
    pub(crate) fn needs_owners(self) -> bool {
        use Field::{Cgroup, Comm, Container, Pod, Process, Unit};
        matches!(self, Process | Comm | Cgroup | Unit | Container | Pod)
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
            Field::Pod => text(known.details(owner).pod().as_deref()),
            _ => Value::None,
        }
    }

    /// The value of a socket; of several owners, that of the first.
    pub(crate) fn value(self, socket: &Socket<'_>, known: &Processes) -> Value {
        let port = |end: Option<std::net::SocketAddr>| end.map(|end| Value::from(end.port()));
        let address = |end: Option<std::net::SocketAddr>| end.map(|end| Value::Address(end.ip()));
        let first = socket.owners.iter().next();
        match self {
            field if field.needs_owners() => first.map(|owner| self.of_owner(owner, known)),
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
            // Two looks are compared for these, or owners above.
            _ => None,
        }
        .unwrap_or(Value::None)
    }
}

/// The share of a backlog that is full.
const SHARE: u64 = 1 << 20;

fn tcp_info<'a>(socket: &Socket<'a>) -> Option<TcpInfo<'a>> {
    socket.details()?.tcp_info()
}
