//! The owners of a socket.

use super::{owner_cache::Link, table::Entry};
use crate::{Owner, Process};

/// Every owner of a socket, by pid and descriptor.
///
/// Empty if no owner is known: see [`Coverage`](crate::Coverage) for possible reasons.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owners<'a> {
    listed: Listed<'a>,
    processes: &'a [Process],
}

/// Where the owners are stored.
#[derive(Clone, Copy, Debug)]
enum Listed<'a> {
    /// In the result of a walk over the processes.
    Table(&'a [Entry]),
    /// In the cache.
    Links(&'a [Link]),
}

impl Default for Listed<'_> {
    fn default() -> Self {
        Listed::Table(&[])
    }
}

impl<'a> Owners<'a> {
    pub(super) fn in_table(entries: &'a [Entry], processes: &'a [Process]) -> Owners<'a> {
        Owners { listed: Listed::Table(entries), processes }
    }

    pub(crate) fn in_links(links: &'a [Link], processes: &'a [Process]) -> Owners<'a> {
        Owners { listed: Listed::Links(links), processes }
    }

    /// The number of (process, descriptor) pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.listed {
            Listed::Table(entries) => entries.len(),
            Listed::Links(links) => links.len(),
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
        let (process, fd) = match self.owners.listed {
            Listed::Table(entries) => entries.get(self.next).map(|entry| (entry.process, entry.fd)),
            Listed::Links(links) => links.get(self.next).map(|link| (link.process, link.fd)),
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
