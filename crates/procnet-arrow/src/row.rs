//! What becomes a row.

use std::{borrow::Cow, net::SocketAddr};

use procnet::{
    Inode, Kind, OwnedSocket, Owner, Socket, State,
    decode::{netlink::inet::TcpInfo, table::SocketType},
    details::OwnedTcpInfo,
    process::ProcessDetails,
    socket::OwnedOwner,
};

/// A socket, without its owners: what becomes a row.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is the method of `Socket` with its name")]
pub struct Row<'a> {
    pub kind: Kind,
    pub state: State,
    /// The inode of its network namespace.
    pub netns: Option<u64>,
    pub local: Option<SocketAddr>,
    pub remote: Option<SocketAddr>,
    pub uid: Option<u32>,
    pub inode: Option<Inode>,
    pub cookie: Option<u64>,
    pub rx_queue: Option<u32>,
    pub tx_queue: Option<u32>,
    pub backlog: Option<u32>,
    pub drops: Option<u32>,
    pub interface: Option<u32>,
    /// What only sockets without addresses have.
    pub own: OwnFields<'a>,
    /// Of `tcp_info`, if it was requested.
    pub tcp_info: Option<TcpNumbers>,
    pub suspect: bool,
}

/// The fields of unix, packet and netlink sockets.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is the column with its name")]
pub struct OwnFields<'a> {
    /// The column `type`.
    pub kind: Option<SocketType>,
    /// Not escaped.
    pub name: Option<Cow<'a, [u8]>>,
    pub protocol: Option<u32>,
    pub running: Option<bool>,
    pub port_id: Option<u32>,
    pub groups: Option<u32>,
    pub peer: Option<u64>,
}

/// The numbers of `tcp_info` that have a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is the method of `TcpInfo` with its name")]
pub struct TcpNumbers {
    pub rtt: Option<u32>,
    pub min_rtt: Option<u32>,
    pub total_retrans: Option<u32>,
    pub bytes_acked: Option<u64>,
    pub bytes_received: Option<u64>,
    pub bytes_sent: Option<u64>,
    pub bytes_retrans: Option<u64>,
    pub delivery_rate: Option<u64>,
}

impl Row<'_> {
    /// A socket of which nothing else is known.
    #[must_use]
    pub fn new(kind: Kind, state: State) -> Row<'static> {
        Row {
            kind,
            state,
            netns: None,
            local: None,
            remote: None,
            uid: None,
            inode: None,
            cookie: None,
            rx_queue: None,
            tx_queue: None,
            backlog: None,
            drops: None,
            interface: None,
            own: OwnFields::default(),
            tcp_info: None,
            suspect: false,
        }
    }
}

impl<'a> From<&Socket<'a>> for Row<'a> {
    #[inline]
    fn from(socket: &Socket<'a>) -> Row<'a> {
        let local = socket.local();
        let own = if local.is_some() { OwnFields::default() } else { OwnFields::of(socket) };
        Row {
            kind: socket.kind,
            state: socket.state,
            netns: socket.netns.and_then(|netns| netns.inode),
            local,
            remote: socket.remote(),
            uid: socket.uid(),
            inode: socket.inode,
            cookie: socket.cookie(),
            rx_queue: socket.rx_queue(),
            tx_queue: socket.tx_queue(),
            backlog: socket.backlog(),
            drops: socket.drops(),
            interface: socket.interface().map(std::num::NonZeroU32::get),
            own,
            tcp_info: socket.details().and_then(|it| it.tcp_info()).map(TcpNumbers::from),
            suspect: socket.suspect,
        }
    }
}

impl<'a> From<&'a OwnedSocket> for Row<'a> {
    fn from(socket: &'a OwnedSocket) -> Row<'a> {
        let (unix, packet, netlink) = (socket.unix.as_ref(), socket.packet, socket.netlink);
        let protocol = packet.map(|packet| u32::from(packet.protocol));
        let details = socket.details.as_ref();
        Row {
            kind: socket.kind,
            state: socket.state,
            netns: socket.netns.as_ref().and_then(|netns| netns.inode),
            local: socket.local,
            remote: socket.remote,
            uid: socket.uid,
            inode: socket.inode,
            cookie: socket.cookie,
            rx_queue: socket.rx_queue,
            tx_queue: socket.tx_queue,
            backlog: socket.backlog,
            drops: socket.drops,
            interface: socket.interface.map(std::num::NonZeroU32::get),
            own: OwnFields {
                kind: unix.map(|unix| unix.kind).or(packet.map(|packet| packet.kind)),
                name: unix.and_then(|unix| unix.name.as_deref()).map(Cow::Borrowed),
                protocol: protocol.or(netlink.map(|netlink| u32::from(netlink.protocol.0))),
                running: packet.map(|packet| packet.running),
                port_id: netlink.map(|netlink| netlink.port),
                groups: netlink.map(|netlink| netlink.groups),
                peer: unix.and_then(|unix| unix.peer).map(Inode::get),
            },
            tcp_info: details.and_then(|details| details.tcp_info).map(TcpNumbers::from),
            suspect: socket.suspect,
        }
    }
}

impl<'a> OwnFields<'a> {
    fn of(socket: &Socket<'a>) -> OwnFields<'a> {
        let (packet, netlink) = (socket.packet(), socket.netlink());
        let protocol = packet.map(|packet| u32::from(packet.protocol));
        OwnFields {
            kind: socket.unix_type().or(packet.map(|packet| packet.kind)),
            name: socket.name().map(|name| name.to_bytes()),
            protocol: protocol.or(netlink.map(|netlink| u32::from(netlink.protocol.0))),
            running: packet.map(|packet| packet.running),
            port_id: netlink.map(|netlink| netlink.port),
            groups: netlink.map(|netlink| netlink.groups),
            peer: socket.peer().map(Inode::get),
        }
    }
}

impl From<TcpInfo<'_>> for TcpNumbers {
    fn from(info: TcpInfo<'_>) -> TcpNumbers {
        TcpNumbers {
            rtt: info.rtt(),
            min_rtt: info.min_rtt(),
            total_retrans: info.total_retrans(),
            bytes_acked: info.bytes_acked(),
            bytes_received: info.bytes_received(),
            bytes_sent: info.bytes_sent(),
            bytes_retrans: info.bytes_retrans(),
            delivery_rate: info.delivery_rate(),
        }
    }
}

impl From<OwnedTcpInfo> for TcpNumbers {
    fn from(info: OwnedTcpInfo) -> TcpNumbers {
        TcpNumbers {
            rtt: info.rtt,
            min_rtt: info.min_rtt,
            total_retrans: info.total_retrans,
            bytes_acked: info.bytes_acked,
            bytes_received: info.bytes_received,
            bytes_sent: info.bytes_sent,
            bytes_retrans: info.bytes_retrans,
            delivery_rate: info.delivery_rate,
        }
    }
}

/// A process, and the descriptor through which it holds a socket.
pub trait OwnerFields {
    /// The pid of the process.
    fn pid(&self) -> u32;
    /// When it started, in ticks of 1/`USER_HZ` seconds after boot.
    fn start_time(&self) -> Option<u64>;
    /// The number of the descriptor.
    fn fd(&self) -> u32;
    /// Its name, not escaped.
    fn comm(&self) -> &[u8];
}

impl OwnerFields for Owner<'_> {
    fn pid(&self) -> u32 {
        self.process.pid
    }

    fn start_time(&self) -> Option<u64> {
        self.process.start_time
    }

    fn fd(&self) -> u32 {
        self.fd
    }

    fn comm(&self) -> &[u8] {
        self.process.comm.as_bytes()
    }
}

impl OwnerFields for &OwnedOwner {
    fn pid(&self) -> u32 {
        self.pid
    }

    /// An owned owner has none.
    fn start_time(&self) -> Option<u64> {
        None
    }

    fn fd(&self) -> u32 {
        self.fd
    }

    fn comm(&self) -> &[u8] {
        self.comm.as_bytes()
    }
}

/// An owner that does not come from a visit.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each field is the method of `OwnerFields` with its name")]
pub struct OwnerRow<'a> {
    pub pid: u32,
    pub start_time: Option<u64>,
    pub fd: u32,
    pub comm: &'a [u8],
}

impl OwnerFields for OwnerRow<'_> {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn start_time(&self) -> Option<u64> {
        self.start_time
    }

    fn fd(&self) -> u32 {
        self.fd
    }

    fn comm(&self) -> &[u8] {
        self.comm
    }
}

/// What a process is, besides its name: bytes, not escaped; `None` if it is unknown or there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Program {
    /// The path of its executable.
    pub exe: Option<Vec<u8>>,
    /// Its systemd unit.
    pub unit: Option<Vec<u8>>,
    /// Its container.
    pub container: Option<Vec<u8>>,
    /// Its pod.
    pub pod: Option<Vec<u8>>,
}

impl From<&ProcessDetails> for Program {
    fn from(details: &ProcessDetails) -> Program {
        Program {
            exe: details.exe.clone(),
            unit: details.unit().map(<[u8]>::to_vec),
            container: details.container().map(Cow::into_owned),
            pod: details.pod().map(Cow::into_owned),
        }
    }
}
