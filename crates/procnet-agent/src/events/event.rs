//! One event, from whichever source.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use procnet::{
    Kind, State,
    events::{Change, Destroyed, Direction, EventOwner, SocketEvent},
};

/// A socket that began or ended. What a source does not report is `None`.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// What happened.
    pub change: Change,
    /// When; from sock_diag, when it was read.
    pub time: SystemTime,
    /// The kind of the socket.
    pub kind: Kind,
    /// The last state before `CLOSE` of one that ended; from sock_diag always `CLOSE`.
    pub state: State,
    /// The local address.
    pub local: Option<SocketAddr>,
    /// The peer's address, if there is a peer.
    pub peer: Option<SocketAddr>,
    /// How it began.
    pub direction: Option<Direction>,
    /// The process whose it is.
    pub owner: Option<&'a EventOwner>,
    /// The user who created it.
    pub uid: Option<u32>,
    /// The cookie: no other socket has it until the host restarts.
    pub cookie: Option<u64>,
    /// The inode of its network namespace.
    pub netns: Option<u64>,
    /// How long an ended socket has lived, and how long it took to establish one that began.
    pub duration: Option<Duration>,
    /// What an ended TCP connection has carried.
    pub moved: Option<Moved>,
    /// All that the source reports.
    pub reported: Reported<'a>,
}

/// An event as its source reports it.
#[derive(Clone, Copy, Debug)]
pub enum Reported<'a> {
    /// By BPF.
    Bpf(&'a SocketEvent<'a>),
    /// By sock_diag.
    SockDiag(&'a Destroyed<'a>),
}

/// What a connection has carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Bytes of data that were sent, each once.
    pub sent: u64,
    /// Bytes of data that were received.
    pub received: u64,
    /// Segments that were sent again.
    pub retransmissions: u32,
}

/// A socket without a peer has an address of zeros there.
fn peer(remote: Option<SocketAddr>) -> Option<SocketAddr> {
    remote.filter(|remote| remote.port() != 0 || !remote.ip().is_unspecified())
}

impl<'a> Event<'a> {
    /// An event from BPF.
    #[must_use]
    pub fn of_bpf(event: &'a SocketEvent<'a>) -> Event<'a> {
        let socket = event.socket();
        Event {
            change: event.change(),
            time: event.time(),
            kind: socket.kind,
            state: socket.state,
            local: socket.local(),
            peer: peer(socket.remote()),
            direction: event.direction(),
            owner: event.owner(),
            uid: socket.uid(),
            cookie: socket.cookie(),
            netns: socket.netns.and_then(|netns| netns.inode),
            duration: event.duration(),
            moved: event.traffic().map(|traffic| Moved {
                sent: traffic.bytes_sent.saturating_sub(traffic.bytes_retransmitted),
                received: traffic.bytes_received,
                retransmissions: traffic.retransmissions,
            }),
            reported: Reported::Bpf(event),
        }
    }

    /// A destroy notification, of this network namespace.
    #[must_use]
    pub fn of_sock_diag(destroyed: &'a Destroyed<'a>, netns: Option<u64>) -> Event<'a> {
        let socket = destroyed.socket();
        Event {
            change: Change::Ended,
            time: destroyed.time(),
            kind: socket.kind,
            state: socket.state,
            local: socket.local(),
            peer: peer(socket.remote()),
            direction: None,
            owner: None,
            uid: None,
            cookie: socket.cookie(),
            netns,
            duration: None,
            moved: destroyed.tcp_info().map(|info| Moved {
                sent: (info.bytes_sent().unwrap_or(0))
                    .saturating_sub(info.bytes_retrans().unwrap_or(0)),
                received: info.bytes_received().unwrap_or(0),
                retransmissions: info.total_retrans().unwrap_or(0),
            }),
            reported: Reported::SockDiag(destroyed),
        }
    }

    /// The name of its process.
    #[must_use]
    pub fn comm(&self) -> Option<&'a [u8]> {
        self.owner.map(|owner| owner.comm.as_bytes())
    }
}
