//! Examines the descriptors of one process.

use rustix::io::Errno;

use super::{
    super::{
        budget::Spent,
        owner_cache::{ProcessIndex, Record, What},
        process_source::ProcessSource,
    },
    Search,
};
use crate::coverage::Failure;

/// Which descriptors of a process are examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Those whose socket has disappeared, and as many of the lowest free numbers as are missing:
    /// the kernel assigns the lowest first.
    Free,
    /// New ones as well.
    New,
    /// Those that were not sockets as well.
    Others,
    /// All.
    All,
    /// All in a part of this many, from where the last part ended.
    Part(u64),
}

/// Whether the budget sufficed, or why the process cannot be read.
type Looked = Result<Result<(), Spent>, Errno>;

impl<P: ProcessSource> Search<'_, P> {
    /// Examines a process. One that cannot be read holds nothing.
    pub(super) fn look(&mut self, index: ProcessIndex, depth: Depth) -> Result<(), Spent> {
        let at = index as usize;
        if self.cache.records[at].fd_dir.is_none() {
            return Ok(());
        }
        match self.descriptors(index, depth) {
            Ok(spent) => return spent,
            Err(Errno::NOENT | Errno::SRCH) => {
                self.tally.processes.vanished += 1;
                self.cache.remove(index);
            }
            Err(errno) => {
                let failure = Failure::new(errno);
                let record = &mut self.cache.records[at];
                if record.hidden.replace(failure).is_none() {
                    self.tally.processes.hide(self.cache.processes[at].pid, failure);
                }
                (record.walked, record.turn) = (self.cache.now, 0);
            }
        }
        Ok(())
    }

    fn descriptors(&mut self, index: ProcessIndex, depth: Depth) -> Looked {
        let at = index as usize;
        if self.tally.spend(2).is_err() {
            return Ok(Err(Spent));
        }
        let of = self.processes.open(self.cache.processes[at].pid)?;
        let mut listed = std::mem::take(&mut self.scratch.numbers);
        let done = match depth {
            Depth::Free => self.free_numbers(index, &of),
            _ => self.listed_numbers(index, depth, &of, &mut listed),
        };
        self.scratch.numbers = listed;
        let done = done?;
        self.cache.records[at].hidden = None;
        Ok(done)
    }

    /// Examines the listed descriptors, or the next part of them.
    fn listed_numbers(
        &mut self,
        index: ProcessIndex,
        depth: Depth,
        of: &P::Descriptors,
        listed: &mut Vec<u32>,
    ) -> Looked {
        let at = index as usize;
        let (from, most) = match depth {
            Depth::Part(most) => {
                (self.cache.records[at].turn, usize::try_from(most).unwrap_or(usize::MAX))
            }
            _ => (0, usize::MAX),
        };
        self.processes.list(of, from, most, listed)?;
        // The number after the last one; 0 if nothing is left.
        let next = match listed.last() {
            Some(last) if listed.len() >= most => last.saturating_add(1),
            _ => 0,
        };
        // Closed since: known, but not listed.
        let mut known = self.cache.records[at].held.partition_point(|held| held.fd < from);
        while let Some(held) = self.cache.records[at].held.get(known).copied() {
            if next != 0 && held.fd >= next {
                break;
            }
            match listed.binary_search(&held.fd) {
                Ok(_) => known += 1,
                Err(_) => self.cache.close(index, held.fd),
            }
        }
        let mut named = false;
        for fd in &*listed {
            if !self.is_known(at, *fd, depth) && self.number(index, *fd, of, &mut named)?.is_err() {
                return Ok(Err(Spent));
            }
        }
        let record = &mut self.cache.records[at];
        match depth {
            Depth::Part(_) => record.turn = next,
            _ => (record.touched, record.unfinished) = (false, false),
        }
        if depth == Depth::All || (matches!(depth, Depth::Part(_)) && next == 0) {
            (record.walked, record.turn) = (self.cache.now, 0);
            record.unfinished = false;
        }
        Ok(Ok(()))
    }

    /// Examines the numbers at which the kernel opens new descriptors.
    fn free_numbers(&mut self, index: ProcessIndex, of: &P::Descriptors) -> Looked {
        let at = index as usize;
        let (mut next, mut named) = (0, false);
        while let Some(held) = self.cache.records[at].held.get(next).copied() {
            // A closed descriptor leaves the list, so its index is that of the next one.
            next += usize::from(held.what != What::Gone);
            if held.what == What::Gone && self.number(index, held.fd, of, &mut named)?.is_err() {
                return Ok(Err(Spent));
            }
        }
        self.cache.records[at].touched = false;
        // If the missing descriptors are not at the first free numbers, a listing is cheaper.
        let mut attempts = 2 * self.cache.records[at].missing() + 8;
        let (mut fd, mut next) = (0, 0);
        while attempts > 0 && self.cache.records[at].missing() > 0 {
            if self.cache.records[at].held.get(next).is_some_and(|held| held.fd == fd) {
                next += 1;
            } else {
                attempts -= 1;
                if self.number(index, fd, of, &mut named)?.is_err() {
                    return Ok(Err(Spent));
                }
                let held = &self.cache.records[at].held;
                next += usize::from(held.get(next).is_some_and(|held| held.fd == fd));
            }
            fd += 1;
        }
        Ok(Ok(()))
    }

    /// Examines one descriptor, and, if the process was not `named` yet, its name, which may have
    /// changed since, by `exec` or otherwise.
    fn number(
        &mut self,
        index: ProcessIndex,
        fd: u32,
        of: &P::Descriptors,
        named: &mut bool,
    ) -> Looked {
        let at = index as usize;
        if self.tally.spend(1).is_err() {
            return Ok(Err(Spent));
        }
        match self.processes.resolve(of, fd) {
            Ok(found) => {
                self.tally.processes.descriptors += 1;
                let what = found.map_or(What::Other, What::Socket);
                if found.is_some() && !std::mem::replace(named, true) {
                    let pid = self.cache.processes[at].pid;
                    self.cache.processes[at] = self.processes.identify(of, pid)?;
                }
                self.cache.learn(index, fd, what);
            }
            Err(Errno::NOENT | Errno::INVAL) => self.cache.close(index, fd),
            Err(errno) => return Err(errno),
        }
        Ok(Ok(()))
    }

    /// Whether a descriptor need not be examined.
    fn is_known(&self, at: usize, fd: u32, depth: Depth) -> bool {
        let held = &self.cache.records[at].held;
        let what = held.binary_search_by_key(&fd, |held| held.fd).ok().map(|at| held[at].what);
        match (what, depth) {
            (_, Depth::All | Depth::Part(_)) | (None | Some(What::Gone), _) => false,
            (Some(What::Other), Depth::Others) => false,
            (Some(_), _) => true,
        }
    }
}

impl Record {
    /// Whether the known number of descriptors is the current one. If the kernel does not report
    /// it, it is taken to be once all of them have been examined; so is that of a process that
    /// cannot be read.
    pub(super) fn agrees(&self) -> bool {
        let count = self.fd_dir.and_then(|fd_dir| fd_dir.descriptors);
        let is_current = count.is_none_or(|count| count == self.held.len() as u64);
        self.hidden.is_some() || (is_current && !self.unfinished)
    }

    /// The number of descriptors beyond the known ones.
    pub(super) fn missing(&self) -> u64 {
        let count = self.fd_dir.and_then(|fd_dir| fd_dir.descriptors);
        count.map_or(0, |count| count.saturating_sub(self.held.len() as u64))
    }

    /// Whether it is known to have no descriptors, like kernel threads.
    pub(super) fn is_empty(&self) -> bool {
        let count = self.fd_dir.and_then(|fd_dir| fd_dir.descriptors);
        count == Some(0) && self.held.is_empty()
    }
}
