//! Events of sockets, kept.

use super::SocketEvent;
use crate::netns::Namespace;

/// Events of one subscription, kept until they are compared with what else is known. Clearing it keeps
/// its memory, so that it is refilled without allocations.
#[derive(Clone, Debug, Default)]
pub struct SocketEventList {
    events: Vec<Kept>,
    /// Those of the events.
    namespaces: Vec<Namespace>,
}

#[derive(Clone, Debug)]
struct Kept {
    /// Without its namespace.
    event: SocketEvent<'static>,
    /// The position of its namespace.
    netns: Option<usize>,
}

impl SocketEventList {
    /// Adds one.
    pub fn push(&mut self, event: &SocketEvent<'_>) {
        let netns = event.netns.map(|netns| {
            let known = self.namespaces.iter().position(|known| known == netns);
            known.unwrap_or_else(|| {
                self.namespaces.push(netns.clone());
                self.namespaces.len() - 1
            })
        });
        self.events.push(Kept { event: event.clone().of_namespace(None), netns });
    }

    /// The number of them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// One by its index, in the order in which they were added.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<SocketEvent<'_>> {
        let Kept { event, netns } = self.events.get(index)?;
        let netns = netns.and_then(|at| self.namespaces.get(at));
        Some(event.clone().of_namespace(netns))
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = SocketEvent<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.events.clear();
        self.namespaces.clear();
    }
}
