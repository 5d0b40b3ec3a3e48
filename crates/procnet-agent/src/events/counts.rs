//! What the metrics count of events.

use procnet::{
    Kind,
    events::{Change, Direction},
};

use super::{Event, Lifetimes, ProcessEvents, Received};

/// How sockets began: three ways, and unknown.
pub const WAYS: [&str; 4] = ["connect", "accept", "listen", "unknown"];

/// What was counted since the agent started.
#[derive(Clone, Debug, Default)]
pub struct EventCounts {
    /// By kind, and how they began.
    births: [[u64; WAYS.len()]; Kind::ALL.len()],
    ends: [[u64; WAYS.len()]; Kind::ALL.len()],
    /// By the name of the process.
    pub processes: ProcessEvents,
    /// How long those lived that ended, by how they had begun.
    pub lifetimes: [Lifetimes; WAYS.len()],
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

    /// Counts an event.
    pub fn add(&mut self, event: &Event<'_>) {
        let way = way(event.direction);
        let of_process = self.processes.of(event.comm());
        let (table, by_process) = match event.change {
            Change::Began => (&mut self.births, &mut of_process.births),
            Change::Ended => (&mut self.ends, &mut of_process.ends),
        };
        let kind = Kind::ALL.iter().position(|kind| *kind == event.kind);
        table[kind.unwrap_or_default()][way] += 1;
        *by_process += 1;
        if let (Change::Ended, Some(lifetime)) = (event.change, event.duration) {
            self.lifetimes[way].add(lifetime);
        }
        let Some(moved) = event.moved else { return };
        self.sent += moved.sent;
        self.received += moved.received;
        self.retransmissions += u64::from(moved.retransmissions);
    }

    /// Counts what was lost.
    pub fn add_lost(&mut self, received: &Received) {
        self.lost_births += received.lost_births;
        self.lost_ends += received.lost_ends;
        self.undecodable += received.undecodable;
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

/// How a socket began, in a word.
#[must_use]
pub fn way_name(direction: Option<Direction>) -> &'static str {
    WAYS[way(direction)]
}

/// The place among [`WAYS`].
fn way(direction: Option<Direction>) -> usize {
    match direction {
        Some(Direction::Connect) => 0,
        Some(Direction::Accept) => 1,
        Some(Direction::Listen) => 2,
        None => 3,
    }
}
