//! Births and ends of sockets, counted as the kernel reports them.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
};

use procnet::{
    Error, Kind, Netns, Query, Scanner,
    events::{Change, DestroyEvents, Direction, EventOptions, SocketEvents},
};

use crate::config::{self, NamespacesOf, Options};

/// How sockets began: three ways, and unknown.
pub const WAYS: [&str; 4] = ["connect", "accept", "listen", "unknown"];

/// Where births and ends come from.
#[derive(Debug)]
pub enum EventSource {
    /// BPF programs on tracepoints.
    Bpf(SocketEvents),
    /// Destroy notifications.
    SockDiag(DestroyEvents),
    /// Nowhere.
    None,
}

/// What was counted since the agent started.
#[derive(Clone, Debug, Default)]
pub struct EventCounts {
    /// By kind, and how they began.
    births: [[u64; WAYS.len()]; Kind::ALL.len()],
    ends: [[u64; WAYS.len()]; Kind::ALL.len()],
    /// Bytes that connections which have ended had sent, not counting those sent again.
    pub sent: u64,
    /// Bytes that they had received.
    pub received: u64,
    /// Segments that they had sent again.
    pub retransmissions: u64,
    /// Births that were lost.
    pub lost_births: u64,
    /// Ends that were lost; from sock_diag, at least that many.
    pub lost_ends: u64,
    /// Events that do not decode.
    pub undecodable: u64,
    /// Failed reads.
    pub errors: u64,
}

impl EventCounts {
    /// The number of births by kind and how they began, without those that cannot be.
    pub fn births(&self) -> impl Iterator<Item = (Kind, &'static str, u64)> {
        table(&self.births)
    }

    /// The number of ends by kind and how the sockets began.
    pub fn ends(&self) -> impl Iterator<Item = (Kind, &'static str, u64)> {
        table(&self.ends)
    }
}

fn table(
    counts: &[[u64; WAYS.len()]; Kind::ALL.len()],
) -> impl Iterator<Item = (Kind, &'static str, u64)> {
    Kind::ALL.into_iter().zip(counts).flat_map(|(kind, ways)| {
        let seen =
            WAYS.into_iter().zip(ways).filter(move |(_, count)| **count > 0 || kind.is_tcp());
        seen.map(move |(way, count)| (kind, way, *count))
    })
}

fn way(direction: Option<Direction>) -> usize {
    match direction {
        Some(Direction::Connect) => 0,
        Some(Direction::Accept) => 1,
        Some(Direction::Listen) => 2,
        None => 3,
    }
}

impl EventSource {
    /// Subscribes, and returns why a preferred source is not available.
    pub fn open(scanner: &mut Scanner, options: &Options) -> (EventSource, Option<Error>) {
        use config::Events;

        if options.events == Events::None {
            return (EventSource::None, None);
        }
        let query = Query::new().kinds(options.kinds);
        let mut refused = None;
        if matches!(options.events, Events::Auto | Events::Bpf) {
            let query = match options.namespaces {
                NamespacesOf::All => query.clone().netns(Netns::All),
                NamespacesOf::Own => query.clone(),
            };
            match scanner.socket_events(&query, EventOptions::new()) {
                Ok(events) => return (EventSource::Bpf(events), None),
                Err(error) if options.events == Events::Bpf => {
                    return (EventSource::None, Some(error));
                }
                Err(error) => refused = Some(error),
            }
        }
        match scanner.destroy_events(&query) {
            Ok(events) => (EventSource::SockDiag(events), refused),
            Err(error) => (EventSource::None, Some(error)),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            EventSource::Bpf(_) => "bpf",
            EventSource::SockDiag(_) => "sock_diag",
            EventSource::None => "none",
        }
    }

    /// The descriptor that is readable when something waits.
    #[must_use]
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        match self {
            EventSource::Bpf(events) => Some(events.as_fd()),
            EventSource::SockDiag(events) => Some(events.as_fd()),
            EventSource::None => None,
        }
    }

    /// Counts what waits, without waiting for more. Returns whether more may be waiting.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn read(&mut self, counts: &mut EventCounts) -> io::Result<bool> {
        match self {
            EventSource::None => Ok(false),
            EventSource::Bpf(events) => {
                let received = events.read(|event| {
                    let change = match event.change() {
                        Change::Began => &mut counts.births,
                        Change::Ended => &mut counts.ends,
                    };
                    let kind = Kind::ALL.iter().position(|kind| *kind == event.socket().kind);
                    change[kind.unwrap_or_default()][way(event.direction())] += 1;
                    let Some(traffic) = event.traffic() else { return };
                    counts.sent += traffic.bytes_sent.saturating_sub(traffic.bytes_retransmitted);
                    counts.received += traffic.bytes_received;
                    counts.retransmissions += u64::from(traffic.retransmissions);
                })?;
                counts.lost_births += received.lost_births;
                counts.lost_ends += received.lost_ends;
                counts.undecodable += received.undecodable;
                Ok(received.more)
            }
            EventSource::SockDiag(events) => {
                let received = events.read(|destroyed| {
                    let kind = Kind::ALL.iter().position(|kind| *kind == destroyed.socket().kind);
                    counts.ends[kind.unwrap_or_default()][way(None)] += 1;
                    let Some(info) = destroyed.tcp_info() else { return };
                    let again = info.bytes_retrans().unwrap_or(0);
                    counts.sent += info.bytes_sent().unwrap_or(0).saturating_sub(again);
                    counts.received += info.bytes_received().unwrap_or(0);
                    counts.retransmissions += u64::from(info.total_retrans().unwrap_or(0));
                })?;
                counts.lost_ends += received.lost;
                counts.undecodable += received.undecodable;
                Ok(received.more)
            }
        }
    }
}
