//! Listeners and their queues.

mod places;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    time::{Duration, SystemTime},
};

use foldhash::fast::RandomState;
use procnet::{Kind, Socket};

use self::places::Places;
use super::Slot;

/// The most listeners that are told apart. The rest is counted as `other`.
const CAPACITY: usize = 1 << 14;

/// What tells listeners apart: those of one process at one address are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Listener {
    /// `tcp`, `tcp6` or `unix`.
    pub kind: Kind,
    /// Where it listens.
    pub at: At,
    /// The name of its process.
    pub comm: Slot,
}

/// Where a socket listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// An address and a port.
    Address(SocketAddr),
    /// The name of a unix socket, in [`Aggregates::unix_names`](super::Aggregates::unix_names).
    Name(Slot),
}

impl Listener {
    /// Listeners have the order of their ports.
    fn order(&self) -> impl Ord + use<> {
        let number = |slot: Slot| match slot {
            Slot::Name(at) => at,
            Slot::Other | Slot::None => u32::MAX,
        };
        let (port, ip, name): (u16, Option<IpAddr>, u32) = match self.at {
            At::Address(local) => (local.port(), Some(local.ip()), 0),
            At::Name(name) => (0, None, number(name)),
        };
        // An interface tells addresses apart that are otherwise the same.
        let scope = match self.at {
            At::Address(SocketAddr::V6(local)) => local.scope_id(),
            _ => 0,
        };
        (port, self.kind, ip, scope, name, number(self.comm))
    }
}

/// The counts of some listeners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListenerCounts {
    /// The number of listeners.
    pub listeners: u64,
    /// The connections that wait to be accepted, of the listeners of which that is known.
    pub waiting: u64,
    /// How many may wait, of the listeners of which that is known.
    pub limit: u64,
    /// The listeners whose limit is known.
    pub limited: u64,
    /// The listeners whose queue is full: further connections are dropped, or those of unix sockets wait
    /// (include/net/sock.h `sk_acceptq_is_full`, net/unix/af_unix.c `unix_recvq_full`).
    pub full: u64,
}

impl ListenerCounts {
    fn of(socket: &Socket<'_>) -> ListenerCounts {
        let (waiting, limit) = match socket.kind {
            Kind::Unix => {
                let queue = socket.details().and_then(|details| details.queue());
                queue.map(|queue| (queue.receive, queue.transmit)).unzip()
            }
            _ => (socket.rx_queue(), socket.backlog()),
        };
        let waiting = waiting.unwrap_or(0);
        ListenerCounts {
            listeners: 1,
            waiting: u64::from(waiting),
            limit: u64::from(limit.unwrap_or(0)),
            limited: u64::from(limit.is_some()),
            full: u64::from(limit.is_some_and(|limit| waiting > limit)),
        }
    }

    /// Adds those of other listeners.
    pub fn add(&mut self, more: ListenerCounts) {
        let ListenerCounts { listeners, waiting, limit, limited, full } = more;
        self.listeners += listeners;
        self.waiting += waiting;
        self.limit += limit;
        self.limited += limited;
        self.full += full;
    }
}

/// Listeners and their queues.
#[derive(Debug, Default)]
pub struct Listeners {
    known: HashMap<Listener, ListenerCounts, RandomState>,
    other: ListenerCounts,
    places: Places,
}

impl Listeners {
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.other = ListenerCounts::default();
    }

    /// Forgets all of them, and chooses anew which have series of their own.
    pub(super) fn forget(&mut self) {
        self.clear();
        self.places.forget();
    }

    pub(super) fn add(&mut self, listener: Listener, socket: &Socket<'_>) {
        self.count(listener, ListenerCounts::of(socket));
    }

    fn count(&mut self, listener: Listener, more: ListenerCounts) {
        // However many there are, those that have a series keep it.
        let capacity = if self.places.has(&listener) { 2 * CAPACITY } else { CAPACITY };
        let has_room = self.known.len() < capacity;
        let counts = match self.known.get_mut(&listener) {
            Some(counts) => counts,
            None if has_room => self.known.entry(listener).or_default(),
            None => &mut self.other,
        };
        counts.add(more);
    }

    /// Once all are counted, chooses at most so many that have series of their own. `interval` is the time
    /// from one refresh to the next.
    pub(super) fn choose(&mut self, most: usize, interval: Duration) {
        self.places.choose(self.known.keys().copied(), most, interval);
    }

    /// The listeners that have series of their own, in the order of their ports; and the counts of all
    /// others.
    #[must_use]
    pub fn chosen(&self) -> (Vec<(Listener, ListenerCounts)>, ListenerCounts) {
        let mut others = self.other;
        self.known.values().for_each(|counts| others.add(*counts));
        let chosen = self.places.chosen().filter_map(|listener| {
            let counts = *self.known.get(listener)?;
            others.subtract(counts);
            Some((*listener, counts))
        });
        let chosen = chosen.collect();
        (chosen, others)
    }

    /// Whether there are listeners without series of their own.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.other.listeners > 0 || self.places.chosen().len() < self.known.len()
    }

    /// When it was last chosen without regard to the past which listeners have series. Since then, a series
    /// that ended is that of a listener that was gone.
    #[must_use]
    pub fn chosen_anew(&self) -> SystemTime {
        self.places.anew
    }
}

impl ListenerCounts {
    fn subtract(&mut self, less: ListenerCounts) {
        let ListenerCounts { listeners, waiting, limit, limited, full } = less;
        self.listeners -= listeners;
        self.waiting -= waiting;
        self.limit -= limit;
        self.limited -= limited;
        self.full -= full;
    }
}
