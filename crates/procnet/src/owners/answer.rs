//! What a join answers: who holds a socket.

use super::{ledger::Link, table::Entry};
use crate::{Owner, Process};

/// Every owner of a socket, by pid and descriptor.
///
/// Empty if nobody is known to own it: see [`Coverage`](crate::Coverage) for why that may be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owners<'a> {
    places: Places<'a>,
    processes: &'a [Process],
}

/// Where the two joins keep who holds a socket.
#[derive(Clone, Copy, Debug)]
enum Places<'a> {
    Walked(&'a [Entry]),
    Linked(&'a [Link]),
}

impl Default for Places<'_> {
    fn default() -> Self {
        Places::Walked(&[])
    }
}

impl<'a> Owners<'a> {
    pub(super) fn walked(entries: &'a [Entry], processes: &'a [Process]) -> Owners<'a> {
        Owners { places: Places::Walked(entries), processes }
    }

    pub(crate) fn linked(links: &'a [Link], processes: &'a [Process]) -> Owners<'a> {
        Owners { places: Places::Linked(links), processes }
    }

    /// How many (process, descriptor) pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.places {
            Places::Walked(entries) => entries.len(),
            Places::Linked(links) => links.len(),
        }
    }

    /// Whether no owner is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The owners, by pid, then by descriptor.
    #[must_use]
    pub fn iter(&self) -> OwnersIter<'a> {
        OwnersIter { owners: *self, next: 0 }
    }
}

impl<'a> IntoIterator for Owners<'a> {
    type Item = Owner<'a>;
    type IntoIter = OwnersIter<'a>;

    fn into_iter(self) -> OwnersIter<'a> {
        self.iter()
    }
}

/// Iterates [`Owners`].
#[derive(Clone, Debug)]
pub struct OwnersIter<'a> {
    owners: Owners<'a>,
    next: usize,
}

impl<'a> Iterator for OwnersIter<'a> {
    type Item = Owner<'a>;

    fn next(&mut self) -> Option<Owner<'a>> {
        let (process, fd) = match self.owners.places {
            Places::Walked(entries) => {
                entries.get(self.next).map(|entry| (entry.process, entry.fd))
            }
            Places::Linked(links) => links.get(self.next).map(|link| (link.seat, link.fd)),
        }?;
        self.next += 1;
        let process = self.owners.processes.get(process as usize)?;
        Some(Owner { process, fd })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.owners.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for OwnersIter<'_> {}
