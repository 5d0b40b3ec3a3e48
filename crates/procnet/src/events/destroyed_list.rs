//! Destroyed sockets, kept.

use std::{ops::Range, time::SystemTime};

use super::Destroyed;
use crate::{netns::Namespace, socket::SocketFields};

/// Destroyed sockets of one subscription, kept until they are compared with what else is known.
/// Clearing it keeps its memory, so that it is refilled without allocations.
#[derive(Clone, Debug, Default)]
pub struct DestroyedList {
    sockets: Vec<Kept>,
    /// The messages.
    bytes: Vec<u8>,
    netns: Option<Namespace>,
}

#[derive(Clone, Debug)]
struct Kept {
    fields: SocketFields,
    bytes: Range<usize>,
    time: SystemTime,
    matches: Option<bool>,
    has_netns: bool,
}

impl DestroyedList {
    /// Adds one.
    pub fn push(&mut self, destroyed: &Destroyed<'_>) {
        let Destroyed { fields, bytes, netns, time, matches } = *destroyed;
        if netns != self.netns.as_ref() && netns.is_some() {
            self.netns = netns.cloned();
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        let bytes = start..self.bytes.len();
        self.sockets.push(Kept { fields, bytes, time, matches, has_netns: netns.is_some() });
    }

    /// The number of them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    /// One by its index, in the order in which they were added.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Destroyed<'_>> {
        let Kept { fields, bytes, time, matches, has_netns } = self.sockets.get(index)?;
        let bytes = self.bytes.get(bytes.clone()).unwrap_or_default();
        let netns = self.netns.as_ref().filter(|_| *has_netns);
        Some(Destroyed { fields: *fields, bytes, netns, time: *time, matches: *matches })
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Destroyed<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.sockets.clear();
        self.bytes.clear();
    }
}
