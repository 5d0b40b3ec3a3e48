//! Since when sockets have been seen, and the time between looks.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use procnet::{Kinds, Socket, snapshot::Snapshot, socket::SocketId};

use crate::row::Age;

#[derive(Default)]
pub(super) struct History {
    seen: HashMap<SocketId, Seen>,
    looks: u64,
    last: Option<Instant>,
    /// The time between the last two looks.
    interval: Duration,
}

#[derive(Clone, Copy)]
struct Seen {
    first: Instant,
    /// Whether it may have existed before.
    at_least: bool,
    /// The number of the last look that saw it.
    look: u64,
}

impl History {
    /// Before each look.
    pub(super) fn begin_look(&mut self) {
        let now = Instant::now();
        self.interval = self.last.map_or(Duration::ZERO, |last| now - last);
        self.last = Some(now);
        self.looks += 1;
    }

    /// After it. Sockets of these kinds that were not seen before may have existed all the same.
    pub(super) fn end_look(&mut self, now: &Snapshot, may_be_older: Kinds) {
        let Some(first) = self.last else { return };
        for socket in now.iter() {
            let at_least = may_be_older.contains(socket.kind);
            let new = Seen { first, at_least, look: self.looks };
            self.seen.entry(socket.id()).or_insert(new).look = self.looks;
        }
        // Those that have just vanished are shown once more.
        let oldest = self.looks.saturating_sub(1);
        self.seen.retain(|_, seen| seen.look >= oldest);
    }

    /// The time between the last two looks; 0 before there are two.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// How long a socket has been seen.
    pub(super) fn age(&self, socket: &Socket<'_>) -> Option<Age> {
        let Seen { first, at_least, .. } = *self.seen.get(&socket.id())?;
        Some(Age { seen: self.last?.saturating_duration_since(first), at_least })
    }
}
