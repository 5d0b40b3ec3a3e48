//! The state of the incremental join between refreshes.
//!
//! Two indices are kept consistent: the descriptors each process had when it was last examined, and
//! the owners of each inode. [`Search`](super::search) updates them.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use procnet_core::Inode;
use smallvec::SmallVec;

use super::{
    Owners,
    process_source::FdDirStat,
    record::{Held, Record, What},
    search::PERIOD,
};
use crate::{
    Kind, Kinds, Process,
    coverage::Failure,
    ordered_map::{EntryIndex, OrderedInodeMap},
    sink::Mark,
};

/// The index of a process in the cache.
pub(crate) type ProcessIndex = u32;

/// A process, and the descriptor through which it holds a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) process: ProcessIndex,
    pub(crate) fd: u32,
}

/// The owners of an inode.
#[derive(Debug, Default)]
pub(super) struct Holder {
    pub(super) links: SmallVec<[Link; 1]>,
    /// The table that contains it; `None` until a row had it.
    pub(super) kind: Option<Kind>,
    /// The refresh in which a row last had it.
    pub(super) seen: u64,
    /// The refresh in which it was last looked up for a row of a table, modulo 2³², and the mark of
    /// that row.
    marked: u32,
    mark: Option<Mark>,
    /// The refresh in which a row created this entry, if one did, modulo 2³².
    pub(super) created: u32,
    /// Whether it is looked for in this refresh.
    pub(super) pending: bool,
    /// If no owner was found: when to look again, and the number of failed searches.
    pub(super) retry: u64,
    pub(super) misses: u8,
}

/// The result of looking up a row's inode in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Its owners are known.
    Owned,
    /// Its owners have to be looked for.
    Missing,
    /// As `Missing`, and another row of this refresh has the same inode.
    AlsoMissing,
    /// No owner was found in earlier searches, and it is not due for another one.
    Orphan,
}

impl Noted {
    /// Whether its owners are being looked for.
    pub(crate) fn is_missing(self) -> bool {
        matches!(self, Noted::Missing | Noted::AlsoMissing)
    }
}

/// The two indices.
#[derive(Debug, Default)]
pub(crate) struct OwnerCache {
    /// The number of the refresh, counted from 1.
    pub(super) now: u64,
    /// By index, as are the records. An index without a `fd_dir` is free.
    pub(super) processes: Vec<Process>,
    pub(super) records: Vec<Record>,
    pub(super) free: Vec<ProcessIndex>,
    /// The number of inodes still to be found in this refresh.
    pub(super) pending: usize,
    /// Indices by pid.
    by_pid: HashTable<ProcessIndex>,
    /// Holders by inode, in the order of the tables' rows.
    holders: OrderedInodeMap<Holder>,
    hasher: RandomState,
}

impl OwnerCache {
    /// Begins a refresh.
    pub(super) fn begin(&mut self) {
        self.now += 1;
        self.holders.rewind();
    }

    /// Records that a row of `kind` has the inode, and returns where its owners are.
    pub(crate) fn note(&mut self, inode: Inode, kind: Kind) -> (Noted, EntryIndex) {
        let place = self.holders.entry(inode);
        let now = self.now;
        let holder = &mut self.holders[place];
        if holder.kind.is_none() && holder.links.is_empty() {
            holder.created = now as u32;
        }
        (holder.kind, holder.seen) = (Some(kind), now);
        let noted = if !holder.links.is_empty() {
            Noted::Owned
        } else if holder.pending {
            Noted::AlsoMissing
        } else if holder.retry <= now {
            holder.pending = true;
            Noted::Missing
        } else {
            Noted::Orphan
        };
        (noted, place)
    }

    /// Whether the owners of a socket that a row names as its peer are known, or have to be looked
    /// for: it exists, but its own row may come later, or not at all.
    pub(crate) fn expect_peer(&mut self, inode: Inode) -> Noted {
        let now = self.now;
        let place = self.holders.find_or_insert(inode);
        let holder = &mut self.holders[place];
        if !holder.links.is_empty() {
            return Noted::Owned;
        }
        if holder.pending {
            return Noted::AlsoMissing;
        }
        if holder.retry > now {
            return Noted::Orphan;
        }
        if holder.kind.is_none() {
            holder.created = now as u32;
        }
        (holder.kind, holder.seen, holder.pending) = (Some(Kind::Unix), now, true);
        Noted::Missing
    }

    /// The mark of the row of a table seen with this inode in this refresh; `None` if nothing was
    /// known about the inode when the refresh began.
    pub(crate) fn mark(&mut self, inode: Inode) -> Option<&mut Option<Mark>> {
        let now = self.now as u32;
        let at = self.holders.expect(inode)?;
        let holder = &mut self.holders[at];
        if holder.created == now {
            return None;
        }
        if holder.marked != now {
            (holder.marked, holder.mark) = (now, None);
        }
        Some(&mut holder.mark)
    }

    /// Whether a row of a table with this inode was seen in this refresh.
    pub(crate) fn is_marked(&self, inode: Inode) -> bool {
        let is_now = |holder: &Holder| holder.marked == self.now as u32 && holder.mark.is_some();
        self.find(inode).is_some_and(is_now)
    }

    /// Records that a row of `kind` has the inode, if anything is known about it.
    pub(crate) fn keep(&mut self, inode: Inode, kind: Kind) {
        if let Some(place) = self.holders.expect(inode) {
            let holder = &mut self.holders[place];
            (holder.kind, holder.seen) = (Some(kind), self.now);
        }
    }

    /// The owners of `inode`.
    pub(crate) fn of(&self, inode: Inode) -> Owners<'_> {
        self.holders.find(inode).map(|place| self.at(place)).unwrap_or_default()
    }

    /// The owners of the inode at an entry.
    pub(crate) fn at(&self, place: EntryIndex) -> Owners<'_> {
        Owners::new(&self.holders[place].links, &self.processes)
    }

    pub(super) fn find(&self, inode: Inode) -> Option<&Holder> {
        self.holders.find(inode).map(|place| &self.holders[place])
    }

    /// The index of a process.
    pub(super) fn find_process(&self, pid: u32) -> Option<ProcessIndex> {
        let is_it = |index: &ProcessIndex| {
            self.processes.get(*index as usize).is_some_and(|p| p.pid == pid)
        };
        self.by_pid.find(self.hasher.hash_one(pid), is_it).copied()
    }

    /// Assigns an index to a process.
    pub(super) fn insert(&mut self, process: Process, fd_dir: FdDirStat) -> ProcessIndex {
        let pid = process.pid;
        let record = Record { fd_dir: Some(fd_dir), listed: self.now, ..Record::default() };
        let index = match self.free.pop() {
            Some(index) => {
                let at = index as usize;
                // Reuses the memory of its list of descriptors.
                let held = std::mem::take(&mut self.records[at].held);
                (self.processes[at], self.records[at]) = (process, Record { held, ..record });
                index
            }
            None => {
                self.processes.push(process);
                self.records.push(record);
                u32::try_from(self.records.len() - 1).unwrap_or(u32::MAX)
            }
        };
        let OwnerCache { by_pid, processes, hasher, .. } = self;
        let pid_of =
            |index: &ProcessIndex| processes.get(*index as usize).map_or(0, |process| process.pid);
        by_pid.insert_unique(hasher.hash_one(pid), index, |index| hasher.hash_one(pid_of(index)));
        index
    }

    /// Removes a process and all its descriptors.
    pub(super) fn remove(&mut self, index: ProcessIndex) {
        let at = index as usize;
        let mut held = std::mem::take(&mut self.records[at].held);
        for Held { fd, what } in held.drain(..) {
            if let What::Socket(inode) = what {
                self.unlink(inode, Link { process: index, fd });
            }
        }
        self.forget_other(index);
        self.records[at] = Record { held, ..Record::default() };
        let hash = self.hasher.hash_one(self.processes[at].pid);
        if let Ok(entry) = self.by_pid.find_entry(hash, |other| *other == index) {
            entry.remove();
        }
        self.free.push(index);
    }

    /// Records a socket that a process holds in another table than that of its descriptors.
    pub(super) fn learn_other(&mut self, index: ProcessIndex, fd: u32, inode: Inode) {
        self.records[index as usize].other.push((fd, inode));
        self.link(inode, Link { process: index, fd });
    }

    /// Removes the sockets that a process holds in other tables.
    pub(super) fn forget_other(&mut self, index: ProcessIndex) {
        for (fd, inode) in std::mem::take(&mut self.records[index as usize].other) {
            self.unlink(inode, Link { process: index, fd });
        }
    }

    /// Records that a descriptor could not be read.
    pub(super) fn leave_unread(&mut self, index: ProcessIndex, fd: u32, failure: Failure) {
        self.learn(index, fd, What::Unread);
        let unread = &mut self.records[index as usize].unread;
        unread.retain(|(other, _)| *other != fd);
        unread.push((fd, failure));
    }

    /// Every index in use.
    pub(super) fn taken(&self) -> impl Iterator<Item = ProcessIndex> + use<'_> {
        let indices = (0_u32..).zip(&self.records);
        indices.filter(|(_, record)| record.fd_dir.is_some()).map(|(index, _)| index)
    }

    /// Records that no owner of a socket was found. It is looked for again later, after an interval
    /// that grows with each failed search; in the next refresh if the search was `cut` short.
    pub(super) fn give_up(&mut self, inode: Inode, cut: bool) {
        let now = self.now;
        let place = self.holders.find_or_insert(inode);
        let holder = &mut self.holders[place];
        holder.pending = false;
        if !cut {
            holder.retry = now + (1 << holder.misses);
            holder.misses = (holder.misses + 1).min(PERIOD.trailing_zeros() as u8);
        }
    }

    /// Records that an inode is no longer looked for.
    pub(crate) fn set_not_pending(&mut self, inode: Inode) {
        if let Some(place) = self.holders.find(inode) {
            self.holders[place].pending = false;
        }
    }

    /// Records what a descriptor is.
    pub(super) fn learn(&mut self, index: ProcessIndex, fd: u32, what: What) {
        let Record { held, unread, .. } = &mut self.records[index as usize];
        if what != What::Unread {
            unread.retain(|(other, _)| *other != fd);
        }
        match held.binary_search_by_key(&fd, |held| held.fd) {
            Ok(at) => {
                let before = std::mem::replace(&mut held[at].what, what);
                if before == what {
                    return;
                }
                if let What::Socket(inode) = before {
                    self.unlink(inode, Link { process: index, fd });
                }
            }
            Err(at) => held.insert(at, Held { fd, what }),
        }
        if let What::Socket(inode) = what {
            self.link(inode, Link { process: index, fd });
        }
    }

    /// Records that a descriptor is closed.
    pub(super) fn close(&mut self, index: ProcessIndex, fd: u32) {
        let Record { held, unread, .. } = &mut self.records[index as usize];
        unread.retain(|(other, _)| *other != fd);
        let Ok(at) = held.binary_search_by_key(&fd, |held| held.fd) else { return };
        if let What::Socket(inode) = held.remove(at).what {
            self.unlink(inode, Link { process: index, fd });
        }
    }

    fn link(&mut self, inode: Inode, link: Link) {
        let OwnerCache { holders, processes, .. } = self;
        let place = holders.find_or_insert(inode);
        let holder = &mut holders[place];
        // By pid and descriptor, as in the full join.
        let key = |link: &Link| (processes[link.process as usize].pid, link.fd);
        let at = holder.links.partition_point(|other| key(other) < key(&link));
        // Another table of the process may have the same number.
        if holder.links.get(at) != Some(&link) {
            holder.links.insert(at, link);
        }
        (holder.misses, holder.retry) = (0, 0);
        let found = std::mem::take(&mut holder.pending);
        self.pending = self.pending.saturating_sub(usize::from(found));
    }

    fn unlink(&mut self, inode: Inode, link: Link) {
        let Some(place) = self.holders.find(inode) else { return };
        let holder = &mut self.holders[place];
        holder.links.retain(|other| *other != link);
        // If a row has it again, it is looked for again.
        if holder.links.is_empty() && holder.seen != self.now {
            self.holders.remove(place);
        }
    }

    /// Removes the inodes that no row had in a table read to its end, and marks their descriptors
    /// as gone.
    pub(super) fn purge(&mut self, complete: Kinds) {
        let OwnerCache { now, records, holders, .. } = self;
        // Inodes without owners, in tables never read to their end, are removed periodically.
        if complete.is_empty() && *now % PERIOD != 0 {
            return;
        }
        for place in holders.indices() {
            let holder = &holders[place];
            let absent = holder.kind.is_some_and(|kind| complete.contains(kind));
            let stale = holder.links.is_empty() && holder.seen + PERIOD < *now;
            if holder.seen == *now || !(absent || stale) {
                continue;
            }
            let was = holders.inode(place).map(What::Socket);
            for Link { process: index, fd } in &holder.links {
                let record = &mut records[*index as usize];
                match record.held.binary_search_by_key(fd, |held| held.fd) {
                    Ok(at) if Some(record.held[at].what) == was => {
                        record.held[at].what = What::Gone;
                        record.touched = true;
                    }
                    // It is in another table of the process.
                    _ => record.other.retain(|(_, inode)| Some(What::Socket(*inode)) != was),
                }
            }
            holders.remove(place);
        }
    }
}
