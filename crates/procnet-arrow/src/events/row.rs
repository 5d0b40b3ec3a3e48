//! What becomes a row of events.

use std::{net::SocketAddr, time::Duration};

use procnet::{
    Inode, Kind, Socket, State,
    decode::netlink::inet::TcpInfo,
    events::{Change, Destroyed, Direction, Evidence, SocketEvent, Traffic},
};

use super::EventSource;
use crate::host::{nanoseconds, uptime};

/// A socket that began or ended: what becomes a row. What is unknown is `None`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EventRow<'a> {
    /// Which of the two.
    pub event: Change,
    /// Who reported it.
    pub source: EventSource,
    /// When, in nanoseconds since 1970, UTC. Of sock_diag, when the notification was read.
    pub time: i64,
    /// The time since boot then, in nanoseconds.
    pub uptime: Option<u64>,
    /// Of which kind the socket is.
    pub kind: Kind,
    /// Its state; the last one before the end.
    pub state: Option<State>,
    /// The inode of its network namespace.
    pub netns: Option<u64>,
    /// Its own address and port.
    pub local: Option<SocketAddr>,
    /// Those of its peer.
    pub remote: Option<SocketAddr>,
    /// The user that created it.
    pub uid: Option<u32>,
    /// Its inode: no event has it, what was seen before may.
    pub inode: Option<Inode>,
    /// Its cookie.
    pub cookie: Option<u64>,
    /// The interface that it is bound to.
    pub interface: Option<u32>,
    /// How it began.
    pub direction: Option<Direction>,
    /// When it began, in nanoseconds since 1970, UTC.
    pub began: Option<i64>,
    /// The nanoseconds since then: its age, or of a connection that began, how long that took.
    pub duration: Option<u64>,
    /// The pid of its owner.
    pub pid: Option<u32>,
    /// When the owner started, in ticks of 1/`USER_HZ` seconds after boot.
    pub start_time: Option<u64>,
    /// The name of the owner, not escaped.
    pub comm: Option<&'a [u8]>,
    /// How the owner is known.
    pub evidence: Option<Evidence>,
    /// What it has carried.
    pub numbers: EventNumbers,
    /// Whether it matches the filter of the subscription.
    pub matches: Option<bool>,
}

/// What a socket has carried until its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is the method of `TcpInfo` with its name")]
pub struct EventNumbers {
    pub bytes_sent: Option<u64>,
    pub bytes_received: Option<u64>,
    pub bytes_retrans: Option<u64>,
    pub bytes_acked: Option<u64>,
    pub segs_out: Option<u32>,
    pub segs_in: Option<u32>,
    pub total_retrans: Option<u32>,
    pub rtt: Option<u32>,
    pub min_rtt: Option<u32>,
    pub delivery_rate: Option<u64>,
}

impl EventRow<'_> {
    /// An event of which nothing else is known.
    #[must_use]
    pub fn new(event: Change, source: EventSource, time: i64, kind: Kind) -> EventRow<'static> {
        EventRow {
            event,
            source,
            time,
            uptime: None,
            kind,
            state: None,
            netns: None,
            local: None,
            remote: None,
            uid: None,
            inode: None,
            cookie: None,
            interface: None,
            direction: None,
            began: None,
            duration: None,
            pid: None,
            start_time: None,
            comm: None,
            evidence: None,
            numbers: EventNumbers::default(),
            matches: None,
        }
    }

    fn of_socket(mut self, socket: &Socket<'_>) -> Self {
        self.netns = socket.netns.and_then(|netns| netns.inode);
        (self.local, self.remote) = (socket.local(), socket.remote());
        (self.uid, self.inode, self.cookie) = (socket.uid(), socket.inode, socket.cookie());
        self.interface = socket.interface().map(std::num::NonZeroU32::get);
        self
    }
}

impl<'a> From<&'a SocketEvent<'a>> for EventRow<'a> {
    fn from(event: &'a SocketEvent<'a>) -> EventRow<'a> {
        let (socket, owner) = (event.socket(), event.owner());
        let time = nanoseconds(event.time());
        let row: EventRow<'a> = EventRow::new(event.change(), EventSource::Bpf, time, socket.kind);
        EventRow {
            uptime: Some(whole(event.uptime())),
            state: Some(socket.state),
            direction: event.direction(),
            began: event.began().map(nanoseconds),
            duration: event.duration().map(whole),
            pid: owner.and_then(|owner| owner.pid),
            start_time: owner.map(|owner| owner.start_time),
            comm: owner.map(|owner| owner.comm.as_bytes()),
            evidence: owner.map(|owner| owner.evidence),
            numbers: event.traffic().map(EventNumbers::from).unwrap_or_default(),
            matches: event.matches(),
            ..row.of_socket(&socket)
        }
    }
}

impl<'a> From<&'a Destroyed<'a>> for EventRow<'a> {
    fn from(destroyed: &'a Destroyed<'a>) -> EventRow<'a> {
        let socket = destroyed.socket();
        let time = nanoseconds(destroyed.time());
        let row = EventRow::new(Change::Ended, EventSource::SockDiag, time, socket.kind);
        EventRow {
            uptime: Some(uptime()),
            // Of TCP, the message says `CLOSE` whatever it was.
            state: (!socket.kind.is_tcp()).then_some(socket.state),
            numbers: destroyed.tcp_info().map(EventNumbers::from).unwrap_or_default(),
            matches: destroyed.matches(),
            ..row.of_socket(&socket)
        }
    }
}

impl From<Traffic> for EventNumbers {
    fn from(traffic: Traffic) -> EventNumbers {
        EventNumbers {
            bytes_sent: Some(traffic.bytes_sent),
            bytes_received: Some(traffic.bytes_received),
            bytes_retrans: Some(traffic.bytes_retransmitted),
            total_retrans: Some(traffic.retransmissions),
            ..EventNumbers::default()
        }
    }
}

impl From<TcpInfo<'_>> for EventNumbers {
    fn from(info: TcpInfo<'_>) -> EventNumbers {
        EventNumbers {
            bytes_sent: info.bytes_sent(),
            bytes_received: info.bytes_received(),
            bytes_retrans: info.bytes_retrans(),
            bytes_acked: info.bytes_acked(),
            segs_out: info.segs_out(),
            segs_in: info.segs_in(),
            total_retrans: info.total_retrans(),
            rtt: info.rtt(),
            min_rtt: info.min_rtt(),
            delivery_rate: info.delivery_rate(),
        }
    }
}

fn whole(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
