//! A socket that begins or ends: `struct event` in bpf/events.bpf.c.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use procnet_core::State;

use super::Fixed;

#[cfg(test)]
mod tests;

const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;

/// Something that happened to a TCP or UDP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SocketEvent {
    /// What happened.
    pub change: Change,
    /// When, as the initial time namespace counts `CLOCK_BOOTTIME`.
    pub time: Duration,
    /// When the socket began, by the same clock: when `connect` or `listen` was called, an accepted
    /// connection was established, or the first use of a UDP socket was seen. `None` if that was before
    /// the program was loaded.
    pub began: Option<Duration>,
    /// How it began, if that is known.
    pub direction: Option<Direction>,
    /// The process whose it is, if that is known.
    pub owner: Option<EventOwner>,
    /// The number that identifies the socket until the host restarts (`SO_COOKIE`).
    pub cookie: u64,
    /// The number of its network namespace; 0 on a kernel without them.
    pub netns: u32,
    /// The user who created it, as the initial user namespace counts; of an accepted connection, who
    /// created the listener.
    pub uid: u32,
    /// `IPPROTO_TCP` (6) or `IPPROTO_UDP` (17).
    pub protocol: u8,
    /// The state that it is in now, or the last one that it was in before it ended.
    pub state: State,
    /// The local address. Of IPv6, without a scope.
    pub local: SocketAddr,
    /// The remote address; all zeros if there is none.
    pub remote: SocketAddr,
    /// The interface that it is bound to.
    pub interface: Option<u32>,
    /// What it has carried, of a TCP socket that ended.
    pub traffic: Option<Traffic>,
}

/// What happened to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A connection was established, a socket listens, or a UDP socket was used for the first time.
    Began,
    /// A TCP socket was closed, or what was left of it entered `TIME_WAIT`.
    Ended,
}

/// How a TCP socket began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// By `connect`.
    Connect,
    /// As a connection to a listener.
    Accept,
    /// By `listen`.
    Listen,
}

/// How the owner of a socket is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// It called `connect`.
    Connect,
    /// It called `listen`.
    Listen,
    /// It was the first to send or receive with the socket, after it was accepted or created.
    Use,
    /// It shut down or closed the socket. It may have inherited it from the process that accepted it.
    Close,
}

/// The process whose a socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventOwner {
    /// The PID, as the PID namespace of the reader counts; `None` if it is not in there.
    pub pid: Option<u32>,
    /// When it started, as the initial time namespace counts `CLOCK_BOOTTIME`. It and the PID identify
    /// the process.
    pub start_time: Duration,
    /// How this is known.
    pub evidence: Evidence,
    comm: [u8; 16],
}

impl EventOwner {
    /// The name of the process, at that time: at most 15 bytes, of any values but zero.
    #[must_use]
    pub fn comm(&self) -> &[u8] {
        self.comm.split(|byte| *byte == 0).next().unwrap_or_default()
    }
}

/// What a TCP socket has carried until its end (`struct tcp_sock`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Traffic {
    /// Bytes of data that were sent, and those sent again each time.
    pub bytes_sent: u64,
    /// Bytes of data that were received. The kernel counts a FIN as one more, which is subtracted.
    pub bytes_received: u64,
    /// Bytes of data that were sent again.
    pub bytes_retransmitted: u64,
    /// Segments that were sent again.
    pub retransmissions: u32,
}

/// A record that is none of the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedEvent;

impl fmt::Display for MalformedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record of a socket's event has numbers that it cannot have")
    }
}

impl std::error::Error for MalformedEvent {}

impl SocketEvent {
    /// The length of a record in bytes.
    pub const LENGTH: usize = 136;

    /// The event of a record.
    ///
    /// # Errors
    ///
    /// If the address family or an enumeration has a number that the program never writes.
    pub fn decode(record: &[u8; SocketEvent::LENGTH]) -> Result<SocketEvent, MalformedEvent> {
        let fixed = Fixed(record);
        let change = match fixed.u8(78) {
            1 => Change::Began,
            2 => Change::Ended,
            _ => return Err(MalformedEvent),
        };
        let direction = match fixed.u8(79) {
            0 => None,
            1 => Some(Direction::Connect),
            2 => Some(Direction::Accept),
            3 => Some(Direction::Listen),
            _ => return Err(MalformedEvent),
        };
        let evidence = match fixed.u8(81) {
            0 => None,
            1 => Some(Evidence::Connect),
            2 => Some(Evidence::Listen),
            3 => Some(Evidence::Use),
            4 => Some(Evidence::Close),
            _ => return Err(MalformedEvent),
        };
        let address = |at| match fixed.u16(72) {
            AF_INET => Ok(IpAddr::from(Ipv4Addr::from(fixed.array(at)))),
            AF_INET6 => Ok(IpAddr::from(Ipv6Addr::from(fixed.array::<16>(at)))),
            _ => Err(MalformedEvent),
        };
        Ok(SocketEvent {
            change,
            time: Duration::from_nanos(fixed.u64(0)),
            began: Some(fixed.u64(8)).filter(|time| *time != 0).map(Duration::from_nanos),
            direction,
            owner: evidence.map(|evidence| EventOwner {
                pid: Some(fixed.u32(56)).filter(|pid| *pid != 0),
                start_time: Duration::from_nanos(fixed.u64(48)),
                evidence,
                comm: fixed.array(120),
            }),
            cookie: fixed.u64(16),
            netns: fixed.u32(60),
            uid: fixed.u32(64),
            protocol: fixed.u8(82),
            state: State(fixed.u8(80)),
            local: SocketAddr::new(address(88)?, fixed.u16(74)),
            remote: SocketAddr::new(address(104)?, fixed.u16(76)),
            interface: Some(fixed.u32(84)).filter(|interface| *interface != 0),
            traffic: (fixed.u8(83) != 0).then(|| Traffic {
                bytes_sent: fixed.u64(24),
                bytes_received: fixed.u64(32),
                bytes_retransmitted: fixed.u64(40),
                retransmissions: fixed.u32(68),
            }),
        })
    }

    /// The record of an event, as the program writes it.
    #[must_use]
    pub fn encode(&self) -> [u8; SocketEvent::LENGTH] {
        let mut record = [0; SocketEvent::LENGTH];
        let mut put = |at: usize, bytes: &[u8]| record[at..at + bytes.len()].copy_from_slice(bytes);
        let nanoseconds = |time: Duration| (time.as_nanos() as u64).to_le_bytes();
        put(0, &nanoseconds(self.time));
        put(8, &nanoseconds(self.began.unwrap_or_default()));
        put(16, &self.cookie.to_le_bytes());
        put(60, &self.netns.to_le_bytes());
        put(64, &self.uid.to_le_bytes());
        put(74, &self.local.port().to_le_bytes());
        put(76, &self.remote.port().to_le_bytes());
        let change = 1 + self.change as u8;
        let direction = self.direction.map_or(0, |direction| 1 + direction as u8);
        let evidence = self.owner.map_or(0, |owner| 1 + owner.evidence as u8);
        let counted = self.traffic.is_some().into();
        put(78, &[change, direction, self.state.0, evidence, self.protocol, counted]);
        put(84, &self.interface.unwrap_or_default().to_le_bytes());
        if let Some(owner) = self.owner {
            put(48, &nanoseconds(owner.start_time));
            put(56, &owner.pid.unwrap_or_default().to_le_bytes());
            put(120, &owner.comm);
        }
        if let Some(traffic) = self.traffic {
            put(24, &traffic.bytes_sent.to_le_bytes());
            put(32, &traffic.bytes_received.to_le_bytes());
            put(40, &traffic.bytes_retransmitted.to_le_bytes());
            put(68, &traffic.retransmissions.to_le_bytes());
        }
        put(72, &if self.local.is_ipv4() { AF_INET } else { AF_INET6 }.to_le_bytes());
        for (at, address) in [(88, self.local.ip()), (104, self.remote.ip())] {
            match address {
                IpAddr::V4(address) => put(at, &address.octets()),
                IpAddr::V6(address) => put(at, &address.octets()),
            }
        }
        record
    }
}
