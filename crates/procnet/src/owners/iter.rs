//! The owners of a socket.

use super::Link;
use crate::{Owner, Process};

/// Every owner of a socket, by pid and descriptor.
///
/// Empty if no owner is known: see [`Coverage`](crate::Coverage) for possible reasons.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owners<'a> {
    links: &'a [Link],
    processes: &'a [Process],
}

impl<'a> Owners<'a> {
    pub(crate) fn new(links: &'a [Link], processes: &'a [Process]) -> Owners<'a> {
        Owners { links, processes }
    }

    /// The number of (process, descriptor) pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.links.len()
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
        let link = self.owners.links.get(self.next)?;
        self.next += 1;
        let process = self.owners.processes.get(link.process as usize)?;
        Some(Owner { process, fd: link.fd })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.owners.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for OwnersIter<'_> {}
