//! The incremental join: looks for the owners of new sockets, in the most likely places first.
//!
//! # Guarantees
//!
//! - A process that has exited, or whose pid has been reused, owns nothing.
//! - A new process is walked in full; if a budget cuts that short, it goes on in the next refresh.
//! - A process with more or fewer descriptors than known is examined until the numbers agree: first
//!   where sockets have disappeared, then at the lowest free numbers, as the kernel assigns those
//!   first, and then in its listing. So a descriptor that is opened, duplicated, inherited, passed
//!   or closed is found in the next refresh.
//! - A change that leaves the number of descriptors the same, or is offset by another change (a
//!   descriptor replaced between two refreshes; a file closed and a socket duplicated), is found at
//!   once if it involves a new socket. Otherwise it is found when its process is next walked in
//!   full. A walk of every process ends once in [`PERIOD`] refreshes, and one that is walked in
//!   parts may change behind the last part: so no owner is wrong for longer than two periods, nor
//!   is its name, which is read again whenever a process is examined.
//! - A socket found in no table of descriptors is looked for in those of single threads and of
//!   io_uring. An owner found there is looked for anew once in [`PERIOD`] refreshes.
//! - A socket without a known owner is looked for again after 1, 2, 4 … refreshes, at most
//!   [`PERIOD`].
//!
//! A [`Budget`](super::budget::Budget) may cut the search short. What is left out is counted, and
//! caught up on later.

use procnet_core::Inode;
use rustix::io::Errno;

use self::look::Depth;
use super::{
    budget::{Spent, Tally},
    owner_cache::{OwnerCache, ProcessIndex},
    process_source::ProcessSource,
    record::{Record, What},
};
use crate::{
    Error, Kinds,
    coverage::{Failure, Processes},
};

mod look;

/// The number of refreshes within which a walk of every process ends.
pub(crate) const PERIOD: u64 = 128;

/// One phase of a refresh.
#[derive(Debug)]
pub(crate) struct Search<'l, P> {
    pub(crate) cache: &'l mut OwnerCache,
    pub(crate) processes: P,
    pub(crate) scratch: &'l mut Scratch,
    pub(crate) tally: &'l mut Tally,
}

/// The reusable buffers of a search.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) pids: Vec<u32>,
    numbers: Vec<u32>,
    indices: Vec<ProcessIndex>,
    /// The sockets looked for in other tables, and those found there.
    wanted: Vec<Inode>,
    sockets: Vec<(u32, Inode)>,
    /// What could not be examined when other tables were last searched.
    pub(crate) unexamined: Processes,
}

impl<'l, P: ProcessSource> Search<'l, P> {
    /// Begins a refresh: lists the processes, and walks new ones.
    pub(crate) fn begin(&mut self) -> Result<(), Error> {
        self.cache.begin();
        let mut pids = std::mem::take(&mut self.scratch.pids);
        let listed = self.processes.pids(&mut pids);
        for pid in &pids {
            self.refresh(*pid);
        }
        self.scratch.pids = pids;
        listed?;
        self.each_process(|search, index| {
            let cache = &mut *search.cache;
            if cache.records[index as usize].listed != cache.now {
                cache.remove(index);
            } else if cache.now % PERIOD == 0 {
                // Other tables are not watched for changes: what was found there is looked for anew.
                cache.forget_other(index);
            }
            Ok(())
        });
        self.count_unread();
        Ok(())
    }

    /// Counts the descriptors that could not be read when they were last examined.
    fn count_unread(&mut self) {
        let OwnerCache { records, processes, .. } = &*self.cache;
        self.tally.processes.unread.clear();
        for (record, process) in records.iter().zip(processes) {
            for (fd, failure) in &record.unread {
                self.tally.processes.leave_unread(process.pid, *fd, *failure);
            }
        }
    }

    /// Refreshes a listed process.
    fn refresh(&mut self, pid: u32) {
        self.tally.processes.seen += 1;
        self.tally.calls += 1;
        let index = self.cache.find_process(pid);
        let fd_dir = match self.processes.fd_dir(pid) {
            Ok(fd_dir) => fd_dir,
            Err(Errno::NOENT | Errno::SRCH) => {
                self.tally.processes.vanished += 1;
                return;
            }
            Err(errno) => {
                self.tally.processes.hide(pid, Failure::new(errno));
                return;
            }
        };
        if let Some(index) = index {
            let now = self.cache.now;
            let record = &mut self.cache.records[index as usize];
            if record.fd_dir.is_some_and(|before| before.identity == fd_dir.identity) {
                (record.fd_dir, record.listed) = (Some(fd_dir), now);
                if let Some(failure) = record.hidden {
                    self.tally.processes.hide(pid, failure);
                }
                return;
            }
            self.cache.remove(index);
        }
        // Whether it is new or only seems to be, it is walked in full.
        let index = self.cache.insert(crate::Process::new(pid), fd_dir);
        if self.look(index, Depth::All).is_err() {
            self.cache.records[index as usize].unfinished = true;
            self.tally.left_out.processes += 1;
        }
    }

    /// Ends a refresh: removes the sockets that have disappeared from the `complete` tables, which
    /// were read to their end, and looks for the owners of new ones.
    ///
    /// `missing` are the inodes that [`OwnerCache::note`] returned as missing, each with its port;
    /// `listener` returns the listener of a port.
    pub(crate) fn settle(
        &mut self,
        complete: Kinds,
        missing: &[(Inode, u16)],
        listener: impl Fn(u16) -> Option<Inode>,
    ) {
        self.cache.purge(complete);
        // Some were found meanwhile, in new processes.
        self.cache.pending = missing.iter().filter(|(inode, _)| self.is_pending(*inode)).count();
        let cut = self.find(missing, listener).is_err();
        self.count_unread();
        for (inode, _) in missing {
            if self.is_pending(*inode) {
                self.tally.left_out.sockets += u64::from(cut);
                self.cache.give_up(*inode, cut);
            }
        }
    }

    fn find(
        &mut self,
        missing: &[(Inode, u16)],
        listener: impl Fn(u16) -> Option<Inode>,
    ) -> Result<(), Spent> {
        // Where sockets have disappeared, whose numbers are free; where there are more descriptors.
        self.look_where(|record| record.touched || record.missing() > 0, Depth::Free)?;
        // Where there are still more or fewer than known.
        self.look_where(|record| !record.agrees(), Depth::New)?;
        // In the processes that accept on the same port.
        for (inode, port) in missing {
            if self.cache.pending == 0 {
                break;
            }
            if !self.is_pending(*inode) {
                continue;
            }
            let Some(listener) = listener(*port) else { continue };
            let mut at = 0;
            while let Some(link) = self.cache.find(listener).and_then(|holder| holder.links.get(at))
            {
                self.look(link.process, Depth::Others)?;
                at += 1;
            }
        }
        // In all processes; finally also where an existing socket may have been replaced.
        for depth in [Depth::Others, Depth::All] {
            if self.cache.pending > 0 {
                self.look_anywhere(depth)?;
            }
        }
        // Beyond the descriptors of processes.
        if self.cache.pending > 0 {
            self.look_in_other_tables(missing)?;
        }
        self.rotate()
    }

    /// Looks for the sockets still missing in other tables than those of descriptors.
    fn look_in_other_tables(&mut self, missing: &[(Inode, u16)]) -> Result<(), Spent> {
        let Scratch { wanted, unexamined, .. } = &mut *self.scratch;
        wanted.clear();
        let is_pending = |inode: &Inode| self.cache.find(*inode).is_some_and(|it| it.pending);
        wanted.extend(missing.iter().map(|(inode, _)| *inode).filter(is_pending));
        wanted.sort_unstable();
        *unexamined = Processes::default();
        let mut spent = Ok(());
        self.each_process(|search, index| {
            let record = &search.cache.records[index as usize];
            if record.hidden.is_some() {
                return Ok(());
            }
            spent = search.tally.spend(1);
            if spent.is_err() {
                return Err(Spent);
            }
            let Scratch { numbers, sockets, wanted, unexamined, .. } = &mut *search.scratch;
            numbers.clear();
            let rings = record.held.iter().filter(|held| held.what == What::Ring);
            numbers.extend(rings.map(|held| held.fd));
            sockets.clear();
            let pid = search.cache.processes[index as usize].pid;
            let calls = search.processes.other_tables(pid, numbers, sockets, unexamined);
            search.tally.calls += calls.saturating_sub(1);
            sockets.retain(|(_, inode)| wanted.binary_search(inode).is_ok());
            if sockets.is_empty() {
                return Ok(());
            }
            // It may own no other socket, and have no name yet.
            let Ok(of) = search.processes.open(pid) else { return Ok(()) };
            let Ok(process) = search.processes.identify(&of, pid) else { return Ok(()) };
            search.cache.processes[index as usize] = process;
            for (fd, inode) in sockets.drain(..) {
                search.cache.learn_other(index, fd, inode);
            }
            Ok(())
        });
        spent
    }

    /// Examines one process after the other until nothing is missing.
    fn look_anywhere(&mut self, depth: Depth) -> Result<(), Spent> {
        let mut indices = self.oldest_first();
        let looked = indices.drain(..).try_for_each(|index| {
            let record = &self.cache.records[index as usize];
            // A process that was already walked has nothing new.
            let done = record.walked == self.cache.now || record.hidden.is_some();
            if self.cache.pending == 0 || done || record.is_empty() {
                return Ok(());
            }
            self.look(index, depth)
        });
        self.scratch.indices = indices;
        looked
    }

    fn is_pending(&self, inode: Inode) -> bool {
        self.cache.find(inode).is_some_and(|holder| holder.pending)
    }

    /// Walks a share of all descriptors, starting with the processes not walked for the longest
    /// time. A process with very many descriptors is walked in parts.
    ///
    /// The share is that of the known descriptors. If there are more than these, it may be too
    /// small, so what is due is walked to its end all the same.
    fn rotate(&mut self) -> Result<(), Spent> {
        // In calls: two for each process, and two for the one in which it stops.
        let cost = |record: &Record| record.held.len() as u64 + 2;
        let mut share = self.cache.records.iter().map(cost).sum::<u64>().div_ceil(PERIOD) + 2;
        let mut indices = self.oldest_first();
        let looked = indices.drain(..).try_for_each(|index| {
            let walked = self.cache.records[index as usize].walked;
            let is_due = walked + PERIOD <= self.cache.now;
            if walked == self.cache.now || (share <= 2 && !is_due) {
                return Ok(());
            }
            let before = self.tally.calls;
            let part = if is_due { u64::MAX } else { share - 2 };
            let looked = self.look(index, Depth::Part(part));
            share = share.saturating_sub(self.tally.calls - before);
            looked
        });
        self.scratch.indices = indices;
        looked
    }

    /// Every index, by the refresh of its last walk.
    fn oldest_first(&mut self) -> Vec<ProcessIndex> {
        let mut indices = std::mem::take(&mut self.scratch.indices);
        indices.clear();
        indices.extend(self.cache.taken());
        let records = &self.cache.records;
        indices.sort_unstable_by_key(|index| (records[*index as usize].walked, *index));
        indices
    }

    /// Examines the processes that `wanted` selects.
    fn look_where(&mut self, wanted: impl Fn(&Record) -> bool, depth: Depth) -> Result<(), Spent> {
        let mut spent = Ok(());
        self.each_process(|search, index| {
            if wanted(&search.cache.records[index as usize]) {
                if spent.is_ok() {
                    spent = search.look(index, depth);
                }
                if spent.is_err() {
                    search.tally.left_out.processes += 1;
                }
            }
            Ok(())
        });
        spent
    }

    fn each_process(
        &mut self,
        mut each: impl FnMut(&mut Search<'l, P>, ProcessIndex) -> Result<(), Spent>,
    ) {
        let mut indices = std::mem::take(&mut self.scratch.indices);
        indices.clear();
        indices.extend(self.cache.taken());
        let _ = indices.drain(..).try_for_each(|index| each(self, index));
        self.scratch.indices = indices;
    }
}

#[cfg(test)]
mod tests;
