//! TCP listeners and their queues.

use std::{collections::HashMap, net::SocketAddr};

use foldhash::fast::RandomState;
use procnet::{Kind, Socket};

use super::Slot;

/// The most listeners that are told apart. The rest is counted as `other`.
const CAPACITY: usize = 1 << 14;

/// What tells listeners apart: those of one process at one address are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Listener {
    /// `tcp` or `tcp6`.
    pub kind: Kind,
    /// Its address and port.
    pub local: SocketAddr,
    /// The name of its process.
    pub comm: Slot,
}

/// The counts of some listeners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListenerCounts {
    /// The number of listeners.
    pub listeners: u64,
    /// The connections that wait to be accepted.
    pub waiting: u64,
    /// How many may wait, of the listeners of which that is known.
    pub limit: u64,
    /// The listeners whose limit is known.
    pub limited: u64,
    /// The listeners whose queue is full: further connections are dropped (include/net/sock.h
    /// `sk_acceptq_is_full`).
    pub full: u64,
}

impl ListenerCounts {
    fn of(socket: &Socket<'_>) -> ListenerCounts {
        let waiting = socket.rx_queue().unwrap_or(0);
        let limit = socket.backlog();
        ListenerCounts {
            listeners: 1,
            waiting: u64::from(waiting),
            limit: u64::from(limit.unwrap_or(0)),
            limited: u64::from(limit.is_some()),
            full: u64::from(limit.is_some_and(|limit| waiting > limit)),
        }
    }

    fn add(&mut self, more: ListenerCounts) {
        let ListenerCounts { listeners, waiting, limit, limited, full } = more;
        self.listeners += listeners;
        self.waiting += waiting;
        self.limit += limit;
        self.limited += limited;
        self.full += full;
    }
}

/// TCP listeners and their queues.
#[derive(Debug, Default)]
pub struct Listeners {
    known: HashMap<Listener, ListenerCounts, RandomState>,
    other: ListenerCounts,
}

impl Listeners {
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.other = ListenerCounts::default();
    }

    pub(super) fn add(&mut self, listener: Listener, socket: &Socket<'_>) {
        let room = self.known.len() < CAPACITY;
        let counts = match self.known.get_mut(&listener) {
            Some(counts) => counts,
            None if room => self.known.entry(listener).or_default(),
            None => &mut self.other,
        };
        counts.add(ListenerCounts::of(socket));
    }

    /// The first listeners in the order of their ports, so that a series remains as long as its listener;
    /// and the counts of all others.
    #[must_use]
    pub fn first(&self, most: usize) -> (Vec<(Listener, ListenerCounts)>, ListenerCounts) {
        let mut first: Vec<_> = self.known.iter().map(|(key, counts)| (*key, *counts)).collect();
        first.sort_unstable_by_key(|(listener, _)| {
            let Listener { kind, local, comm } = listener;
            let comm = match comm {
                Slot::Name(at) => *at,
                Slot::Other | Slot::None => u32::MAX,
            };
            (local.port(), *kind, local.ip(), comm)
        });
        let mut other = self.other;
        first.drain(most.min(first.len())..).for_each(|(_, counts)| other.add(counts));
        (first, other)
    }
}
