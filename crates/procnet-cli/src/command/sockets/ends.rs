//! Sockets that ended, kept until they are compared with what looks saw.

use std::time::SystemTime;

use procnet::{
    Socket,
    events::{Destroyed, DestroyedList, SocketEvent, SocketEventList},
};

use crate::{
    command::first_uses::FirstUse,
    row::{Ended, Ending, Lived},
};

/// A socket that ended, as one of the sources reports it.
pub(super) enum End<'a> {
    Notification(Destroyed<'a>),
    Event(SocketEvent<'a>),
}

impl End<'_> {
    pub(super) fn socket(&self) -> Socket<'_> {
        match self {
            End::Notification(destroyed) => destroyed.socket(),
            End::Event(event) => event.socket(),
        }
    }

    /// When it was reported, or by BPF when it happened.
    pub(super) fn time(&self) -> SystemTime {
        match self {
            End::Notification(destroyed) => destroyed.time(),
            End::Event(event) => event.time(),
        }
    }

    /// Whether it is known to have happened after this.
    pub(super) fn is_after(&self, time: SystemTime) -> bool {
        matches!(self, End::Event(event) if event.time() >= time)
    }

    pub(super) fn matches(&self) -> Option<bool> {
        match self {
            End::Notification(destroyed) => destroyed.matches(),
            End::Event(event) => event.matches(),
        }
    }

    /// Whether it was ever in a table.
    pub(super) fn was_bound(&self) -> bool {
        match self {
            End::Notification(destroyed) => destroyed.was_bound(),
            End::Event(_) => true,
        }
    }

    /// Whether what a look saw may be what ended here. A socket whose connection has ended may have
    /// another one: BPF reports the end of each, a notification comes after the last.
    pub(super) fn is_of(&self, seen: &Socket<'_>) -> bool {
        match self {
            End::Notification(_) => true,
            End::Event(event) => {
                let socket = event.socket();
                (socket.local(), socket.remote()) == (seen.local(), seen.remote())
            }
        }
    }

    /// What a line has of it.
    pub(super) fn ending(&self, first_use: Option<&FirstUse>) -> Ending {
        match self {
            End::Notification(destroyed) => {
                let life = first_use.map(|first| Lived::since(first.time, first.owner.clone()));
                Ending { ended: destroyed.into(), life: life.unwrap_or_default() }
            }
            End::Event(event) => Ending {
                ended: Ended::by_bpf(event.time(), event.traffic()),
                life: Lived::of(event),
            },
        }
    }
}

/// Those of one round, in the order in which each source reported them.
#[derive(Default)]
pub(super) struct Ends {
    notifications: DestroyedList,
    events: SocketEventList,
    order: Vec<At>,
}

#[derive(Clone, Copy)]
enum At {
    Notification(usize),
    Event(usize),
}

impl Ends {
    pub(super) fn push(&mut self, end: &End<'_>) {
        match end {
            End::Notification(destroyed) => self.push_notification(destroyed),
            End::Event(event) => self.push_event(event),
        }
    }

    pub(super) fn push_notification(&mut self, destroyed: &Destroyed<'_>) {
        self.order.push(At::Notification(self.notifications.len()));
        self.notifications.push(destroyed);
    }

    pub(super) fn push_event(&mut self, event: &SocketEvent<'_>) {
        self.order.push(At::Event(self.events.len()));
        self.events.push(event);
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<End<'_>> {
        match *self.order.get(index)? {
            At::Notification(at) => self.notifications.get(at).map(End::Notification),
            At::Event(at) => self.events.get(at).map(End::Event),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = End<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    pub(super) fn clear(&mut self) {
        self.notifications.clear();
        self.events.clear();
        self.order.clear();
    }
}
