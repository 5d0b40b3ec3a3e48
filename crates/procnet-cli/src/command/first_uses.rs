//! The first use of UDP sockets, as BPF reports it: their ends are reported by another source.

use std::time::{Duration, SystemTime};

use procnet::events::SocketEvent;

use super::bounded::Bounded;
use crate::row::LifeOwner;

/// The maximum number of sockets whose first use is remembered: some 150 bytes each.
const MOST: usize = 1 << 18;

pub(super) struct FirstUses(Bounded<FirstUse>);

#[derive(Clone, Debug)]
pub(super) struct FirstUse {
    pub(super) time: SystemTime,
    pub(super) owner: Option<LifeOwner>,
    /// Whether the socket matched the filter then, if that was known.
    pub(super) matches: Option<bool>,
}

impl FirstUses {
    pub(super) fn new() -> FirstUses {
        FirstUses(Bounded::new(MOST))
    }

    /// Remembers an event, if it is of UDP. Returns whether it is.
    pub(super) fn note(&mut self, event: &SocketEvent<'_>) -> bool {
        let socket = event.socket();
        if let Some(cookie) = socket.cookie().filter(|_| !socket.kind.is_tcp()) {
            let owner = event.owner().map(LifeOwner::of_event);
            let first = FirstUse { time: event.time(), owner, matches: event.matches() };
            self.0.insert(cookie, first);
        }
        !socket.kind.is_tcp()
    }

    pub(super) fn take(&mut self, cookie: Option<u64>) -> Option<FirstUse> {
        self.0.take(cookie?)
    }
}

impl FirstUse {
    /// The time until an end.
    pub(super) fn until(&self, end: SystemTime) -> Duration {
        end.duration_since(self.time).unwrap_or_default()
    }
}
