//! The (process, descriptor) pairs that hold each inode.

use std::{cmp::Ordering, hint::black_box};

use procnet_core::Inode;

use super::{Link, Owners, inode_index::InodeIndex};
use crate::{Process, sink::Mark};

/// One descriptor that holds a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    inode: Inode,
    /// Its index in [`Shard::processes`], then in [`OwnerTable::processes`].
    pub(super) process: u32,
    pub(super) fd: u32,
}

impl Entry {
    fn link(&self) -> Link {
        Link { process: self.process, fd: self.fd }
    }

    /// The order of entries: the owners of an inode are adjacent, ordered by pid rather than by
    /// index, so that answers do not depend on which thread walked which process. The process is
    /// looked up only if the inodes are the same, as they rarely are.
    #[inline]
    fn cmp(&self, other: &Entry, processes: &[Process]) -> Ordering {
        let pid = |entry: &Entry| processes.get(entry.process as usize).map_or(0, |it| it.pid);
        let of_one = || (pid(self), self.fd).cmp(&(pid(other), other.fd));
        self.inode.cmp(&other.inode).then_with(of_one)
    }
}

/// The result of one thread of the walk.
#[derive(Debug, Default)]
pub(crate) struct Shard {
    entries: Vec<Entry>,
    processes: Vec<Process>,
}

impl Shard {
    /// Records that the process added next holds `inode`.
    pub(crate) fn push(&mut self, inode: Inode, fd: u32) {
        let process = u32::try_from(self.processes.len()).unwrap_or(u32::MAX);
        self.entries.push(Entry { inode, process, fd });
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.processes.clear();
    }

    /// The sockets, each with the number of the descriptor.
    pub(super) fn sockets(&self) -> impl Iterator<Item = (u32, Inode)> {
        self.entries.iter().map(|entry| (entry.fd, entry.inode))
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds the process of the entries pushed since the last one.
    pub(crate) fn finish_process(&mut self, process: Process) {
        self.processes.push(process);
    }

    /// Removes the entries after the first `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.entries.truncate(len);
    }

    /// Sorts the entries, in the thread that found them.
    pub(crate) fn sort(&mut self) {
        let Shard { entries, processes } = self;
        entries.sort_unstable_by(|one, other| one.cmp(other, processes));
        // The threads of a process without a leader show the same descriptors.
        entries.dedup_by(|one, other| one.cmp(other, processes).is_eq());
    }
}

/// Every descriptor that holds a socket, by the socket's inode.
///
/// It takes over the result of each thread without copying it, as a sorted run. Once it is sealed,
/// it can be queried. Clearing it keeps its memory, and each thread gets its own memory back.
#[derive(Debug, Default)]
pub(crate) struct OwnerTable {
    /// Sorted runs, by worker.
    runs: Vec<Vec<Entry>>,
    /// A process walked in parts is included more than once.
    processes: Vec<Process>,
    /// Once sealed: the inodes, whose positions are those in `owners` and `marks`.
    inodes: InodeIndex,
    /// The owner of each inode that has one; of others, where in `shared` its owners are.
    owners: Vec<Link>,
    /// The row of a table seen with each inode.
    marks: Vec<Option<Mark>>,
    /// The owners of the inodes that have several, by pid and descriptor.
    shared: Vec<Link>,
}

/// The process of an entry in [`OwnerTable::owners`] that stands for several. Its `fd` is the index
/// of a link in [`OwnerTable::shared`] whose `fd` is their number; they follow it.
const SEVERAL: u32 = u32::MAX;

/// A table with fewer inodes mostly stays in the processor's cache.
const LARGE: usize = 1 << 18;

/// The maximum number of runs in a table.
pub(super) const MAX_RUNS: usize = 15;

impl OwnerTable {
    pub(crate) fn clear(&mut self) {
        self.runs.iter_mut().for_each(Vec::clear);
        self.processes.clear();
        self.inodes.clear();
        self.owners.clear();
        self.marks.clear();
        self.shared.clear();
    }

    /// Returns to a thread the memory of its last result.
    pub(crate) fn give_back(&mut self, worker: usize, shard: &mut Shard) {
        if let Some(run) = self.runs.get_mut(worker) {
            std::mem::swap(run, &mut shard.entries);
        }
        shard.entries.clear();
        shard.processes.clear();
    }

    /// Takes over the result of a worker's thread.
    pub(crate) fn absorb(&mut self, worker: usize, shard: &mut Shard) {
        if self.runs.len() <= worker {
            self.runs.resize_with(worker + 1, Vec::new);
        }
        let before = u32::try_from(self.processes.len()).unwrap_or(u32::MAX);
        for entry in &mut shard.entries {
            entry.process += before;
        }
        std::mem::swap(&mut self.runs[worker], &mut shard.entries);
        self.processes.append(&mut shard.processes);
    }

    /// Reserves space in a thread for all processes found: the next time, any thread may walk any
    /// part. Memory that is not written costs nothing.
    pub(crate) fn reserve(&self, shard: &mut Shard) {
        shard.processes.reserve(self.processes.len());
    }

    /// Removes the entries of processes that have exited since they were read.
    pub(crate) fn forget(&mut self, pids: &[u32]) {
        if !pids.is_empty() {
            let OwnerTable { runs, processes, .. } = self;
            let pid = |entry: &Entry| processes.get(entry.process as usize).map(|owner| owner.pid);
            for run in runs {
                run.retain(|entry| pid(entry).is_none_or(|pid| !pids.contains(&pid)));
            }
        }
    }

    /// Prepares the table for queries.
    pub(crate) fn seal(&mut self) {
        let OwnerTable { runs, processes, inodes, owners, marks, shared } = self;
        let pid = |link: &Link| processes.get(link.process as usize).map_or(0, |owner| owner.pid);
        // All runs are merged at once, as they have the same order.
        let mut next = [0; MAX_RUNS];
        let least = |next: &[usize; MAX_RUNS]| {
            let heads = runs.iter().zip(next).filter_map(|(run, at)| run.get(*at));
            heads.map(|entry| entry.inode).min()
        };
        while let Some(inode) = least(&next) {
            // The place of the number of owners, if there are several.
            let start = shared.len();
            shared.push(Link { process: SEVERAL, fd: 0 });
            for (run, at) in runs.iter().zip(&mut next) {
                let group = group(run, *at, inode);
                shared.extend(group.iter().map(Entry::link));
                *at += group.len();
            }
            let owner = match &mut shared[start..] {
                [_, only] => {
                    let only = *only;
                    shared.truncate(start);
                    only
                }
                [count, several @ ..] => {
                    count.fd = several.len() as u32;
                    // Several threads may have found them.
                    several.sort_unstable_by_key(|link| (pid(link), link.fd));
                    Link { process: SEVERAL, fd: start as u32 }
                }
                [] => break,
            };
            inodes.push(inode);
            owners.push(owner);
        }
        inodes.finish();
        marks.resize(owners.len(), None);
        // As for processes.
        let total = runs.iter().map(Vec::len).sum::<usize>();
        for run in runs {
            run.reserve(total - run.len());
        }
    }

    /// The position of the owners of `inode`, if any process holds it.
    #[inline]
    pub(crate) fn find(&self, inode: Inode) -> Option<usize> {
        self.inodes.position(inode)
    }

    /// The owners at a position.
    #[inline]
    pub(crate) fn at(&self, position: usize) -> Owners<'_> {
        let links = self.owners.get(position..=position).unwrap_or_default();
        let links = match links {
            [Link { process: SEVERAL, fd }] => self.several(*fd as usize),
            links => links,
        };
        Owners::new(links, &self.processes)
    }

    fn several(&self, at: usize) -> &[Link] {
        match self.shared.get(at..) {
            Some([count, links @ ..]) => links.get(..count.fd as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The owners of `inode`.
    pub(crate) fn of(&self, inode: Inode) -> Owners<'_> {
        self.find(inode).map(|position| self.at(position)).unwrap_or_default()
    }

    /// Whether any process holds `inode`.
    pub(crate) fn has(&self, inode: Inode) -> bool {
        self.find(inode).is_some()
    }

    /// Loads what lookups of these inodes need into the processor's cache. In a large table each
    /// lookup misses the cache; here no lookup depends on another, so the misses overlap.
    pub(crate) fn load(&self, inodes: impl Iterator<Item = Inode>) {
        if self.inodes.len() >= LARGE {
            let owners = inodes.filter_map(|inode| self.owners.get(self.find(inode)?));
            black_box(owners.fold(0_u32, |sum, owner| sum ^ owner.fd));
        }
    }

    /// The mark of the row seen with the inode at a position.
    #[inline]
    pub(crate) fn mark(&mut self, position: usize) -> Option<&mut Option<Mark>> {
        self.marks.get_mut(position)
    }

    /// Whether a row of a table with `inode` was seen.
    pub(crate) fn is_marked(&self, inode: Inode) -> bool {
        self.find(inode).and_then(|position| self.marks.get(position)).is_some_and(Option::is_some)
    }
}

/// The entries of `inode`, if they begin at a position.
fn group(entries: &[Entry], at: usize, inode: Inode) -> &[Entry] {
    let from = entries.get(at..).unwrap_or_default();
    let count = from.iter().take_while(|entry| entry.inode == inode).count();
    &from[..count]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Name;

    fn process(pid: u32) -> Process {
        Process { comm: Name::new(b"x"), ..Process::new(pid) }
    }

    #[test]
    fn keeps_every_owner_once_and_in_order() {
        let inode = |number| Inode::new(number).unwrap();
        let mut table = OwnerTable::default();
        for (worker, pid) in [30, 20].into_iter().enumerate() {
            let mut shard = Shard::default();
            for (number, fd) in [(7, 5), (7, 4), (9, 6), (7, 5), (u64::from(pid), 1)] {
                shard.push(inode(number), fd);
            }
            shard.finish_process(process(pid));
            shard.sort();
            table.absorb(worker, &mut shard);
            assert_eq!(shard.len(), 0);
        }
        table.seal();
        let owners = |number| table.of(inode(number)).iter().map(|o| (o.pid(), o.fd)).collect();
        let seven: Vec<_> = owners(7);
        assert_eq!(seven, [(20, 4), (20, 5), (30, 4), (30, 5)]);
        let nine: Vec<_> = owners(9);
        assert_eq!(nine, [(20, 6), (30, 6)]);
        for pid in [20, 30] {
            let alone: Vec<_> = owners(u64::from(pid));
            assert_eq!(alone, [(pid, 1)]);
        }
        assert!(table.of(inode(8)).is_empty());
    }

    #[test]
    fn loading_changes_nothing() {
        let inode = |number| Inode::new(number).unwrap();
        let mut shard = Shard::default();
        let all = 1..=LARGE as u64;
        all.clone().for_each(|number| shard.push(inode(number), 3));
        shard.finish_process(process(1));
        shard.sort();
        let mut table = OwnerTable::default();
        table.absorb(0, &mut shard);
        table.seal();
        table.load((0..).step_by(3).map_while(|number| Inode::new(number + 1)).take(LARGE));
        assert!(all.into_iter().all(|number| table.of(inode(number)).iter().count() == 1));
        assert!(!table.has(inode(LARGE as u64 + 1)));
    }

    #[test]
    fn forgets_processes_that_have_ended() {
        let inode = Inode::new(7).unwrap();
        let mut table = OwnerTable::default();
        for (worker, pid) in [1, 2].into_iter().enumerate() {
            let mut shard = Shard::default();
            shard.push(inode, 3);
            shard.finish_process(process(pid));
            table.absorb(worker, &mut shard);
        }
        table.forget(&[1]);
        table.seal();
        assert!(table.of(inode).iter().map(|owner| owner.pid()).eq([2]));
    }
}
