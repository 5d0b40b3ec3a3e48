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

    /// The process for which a socket is counted if it is to be counted once: the first in the order of
    /// [`seniority`]. `None` if no owner is known.
    #[must_use]
    pub fn oldest(&self) -> Option<&'a Process> {
        let processes = self.iter().map(|owner| owner.process);
        processes.min_by_key(|process| seniority(process.pid, process.start_time))
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

/// The order of the processes that hold a socket, from the one for which it is counted: the first to start,
/// which is the one that created it unless that has ended. Process 1 holds the sockets that it passes to
/// services, so it is the last.
///
/// ```
/// use procnet::owners::seniority;
///
/// let (master, worker, init) = ((812, Some(1044)), (90, Some(2044)), (1, Some(3)));
/// let mut holders = [worker, init, master];
/// holders.sort_by_key(|(pid, start_time)| seniority(*pid, *start_time));
/// assert_eq!(holders, [master, worker, init]);
/// ```
#[must_use]
pub fn seniority(pid: u32, start_time: Option<u64>) -> (bool, u64, u32) {
    (pid == 1, start_time.unwrap_or(u64::MAX), pid)
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
