//! Which (process, descriptor) pairs hold an inode.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use procnet_core::Inode;

use crate::{Owner, Process};

/// One descriptor that holds a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    inode: Inode,
    /// Its place in [`OwnerTable::processes`].
    process: u32,
    fd: u32,
}

/// What one thread of the walk has found.
#[derive(Debug, Default)]
pub(crate) struct Shard {
    entries: Vec<Entry>,
    processes: Vec<Process>,
}

impl Shard {
    /// Notes that the process added next holds `inode`.
    pub(crate) fn push(&mut self, inode: Inode, fd: u32) {
        let process = u32::try_from(self.processes.len()).unwrap_or(u32::MAX);
        self.entries.push(Entry { inode, process, fd });
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds the process whose entries were pushed since the last one.
    pub(crate) fn finish_process(&mut self, process: Process) {
        self.processes.push(process);
    }

    /// Forgets the entries that were pushed since there were `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.entries.truncate(len);
    }

    /// Makes room for all that there is in `table`: which thread will find how much of it is
    /// chance. Room that is never written to is no memory.
    pub(crate) fn reserve_for(&mut self, table: &OwnerTable) {
        self.entries.reserve(table.entries.len());
        self.processes.reserve(table.processes.len());
    }
}

/// Every descriptor that holds a socket, found by the socket's inode.
///
/// It is filled, then sealed, then asked; cleared, it keeps its memory.
#[derive(Debug, Default)]
pub(crate) struct OwnerTable {
    /// Once sealed: sorted, so that the owners of an inode stand together.
    entries: Vec<Entry>,
    /// Those that were walked in parts are here more than once.
    processes: Vec<Process>,
    /// Once sealed: the place of each inode's first entry.
    first: HashTable<u32>,
    hasher: RandomState,
}

impl OwnerTable {
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.processes.clear();
        self.first.clear();
    }

    /// Takes over what a thread has found, and leaves it empty.
    ///
    /// The largest is best taken first: it is moved, the others are copied.
    pub(crate) fn absorb(&mut self, shard: &mut Shard) {
        if self.processes.is_empty() {
            std::mem::swap(&mut self.entries, &mut shard.entries);
            std::mem::swap(&mut self.processes, &mut shard.processes);
        } else {
            let before = u32::try_from(self.processes.len()).unwrap_or(u32::MAX);
            let shift = |entry: &Entry| Entry { process: entry.process + before, ..*entry };
            self.entries.extend(shard.entries.iter().map(shift));
            self.processes.append(&mut shard.processes);
        }
        shard.entries.clear();
        shard.processes.clear();
    }

    /// Drops what processes hold that have ended since it was seen.
    pub(crate) fn forget(&mut self, pids: &[u32]) {
        if !pids.is_empty() {
            let OwnerTable { entries, processes, .. } = self;
            let pid = |entry: &Entry| processes.get(entry.process as usize).map(|owner| owner.pid);
            entries.retain(|entry| pid(entry).is_none_or(|pid| !pids.contains(&pid)));
        }
    }

    /// Makes the table ready to be asked.
    pub(crate) fn seal(&mut self) {
        let OwnerTable { entries, processes, first, hasher } = self;
        // By pid rather than by place, so that answers do not depend on the walk's order.
        let pid = |entry: &Entry| processes.get(entry.process as usize).map(|process| process.pid);
        entries.sort_unstable_by_key(|entry| (entry.inode, pid(entry), entry.fd));
        // The threads of a process without leader show the same descriptors.
        entries.dedup_by_key(|entry| (entry.inode, pid(entry), entry.fd));
        let hash = |inode: Inode| hasher.hash_one(inode.get());
        let mut last = None;
        for (at, entry) in (0_u32..).zip(entries.iter()) {
            if last.replace(entry.inode) != Some(entry.inode) {
                first.insert_unique(hash(entry.inode), at, |at| {
                    entries.get(*at as usize).map_or(0, |entry| hash(entry.inode))
                });
            }
        }
    }

    /// Who holds `inode`.
    pub(crate) fn of(&self, inode: Inode) -> Owners<'_> {
        let entries = &self.entries[..];
        let is_it = |at: &u32| entries.get(*at as usize).is_some_and(|entry| entry.inode == inode);
        let found = self.first.find(self.hasher.hash_one(inode.get()), is_it);
        let from = found.and_then(|at| entries.get(*at as usize..)).unwrap_or_default();
        let count = from.iter().take_while(|entry| entry.inode == inode).count();
        Owners { entries: from.get(..count).unwrap_or_default(), processes: &self.processes }
    }
}

/// Every owner of a socket, by pid and descriptor.
///
/// Empty if nobody is known to own it: see [`Coverage`](crate::Coverage) for why that may be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owners<'a> {
    entries: &'a [Entry],
    processes: &'a [Process],
}

impl<'a> Owners<'a> {
    /// How many (process, descriptor) pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no owner is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The owners, by pid, then by descriptor.
    #[must_use]
    pub fn iter(&self) -> OwnersIter<'a> {
        OwnersIter { entries: self.entries.iter(), processes: self.processes }
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
    entries: std::slice::Iter<'a, Entry>,
    processes: &'a [Process],
}

impl<'a> Iterator for OwnersIter<'a> {
    type Item = Owner<'a>;

    fn next(&mut self) -> Option<Owner<'a>> {
        let entry = self.entries.next()?;
        let process = self.processes.get(entry.process as usize)?;
        Some(Owner { process, fd: entry.fd })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl ExactSizeIterator for OwnersIter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Name;

    fn process(pid: u32) -> Process {
        Process { pid, comm: Name::new(b"x"), start_time: None, uids: None }
    }

    #[test]
    fn keeps_every_owner_once_and_in_order() {
        let inode = |number| Inode::new(number).unwrap();
        let mut table = OwnerTable::default();
        for pid in [30, 20] {
            let mut shard = Shard::default();
            for (number, fd) in [(7, 5), (7, 4), (9, 6), (7, 5)] {
                shard.push(inode(number), fd);
            }
            shard.finish_process(process(pid));
            table.absorb(&mut shard);
            assert_eq!(shard.len(), 0);
        }
        table.seal();
        let owners = |number| table.of(inode(number)).iter().map(|o| (o.pid(), o.fd)).collect();
        let seven: Vec<_> = owners(7);
        assert_eq!(seven, [(20, 4), (20, 5), (30, 4), (30, 5)]);
        let nine: Vec<_> = owners(9);
        assert_eq!(nine, [(20, 6), (30, 6)]);
        assert!(table.of(inode(8)).is_empty());
    }

    #[test]
    fn forgets_processes_that_have_ended() {
        let inode = Inode::new(7).unwrap();
        let mut table = OwnerTable::default();
        for pid in [1, 2] {
            let mut shard = Shard::default();
            shard.push(inode, 3);
            shard.finish_process(process(pid));
            table.absorb(&mut shard);
        }
        table.forget(&[1]);
        table.seal();
        assert!(table.of(inode).iter().map(|owner| owner.pid()).eq([2]));
    }
}
