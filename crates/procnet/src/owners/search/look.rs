//! Examines the descriptors of one process.

use rustix::io::Errno;

use super::{
    super::{
        budget::Spent,
        descriptor::{Fault, Target},
        owner_cache::ProcessIndex,
        process_source::ProcessSource,
        record::What,
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
        let what = match self.processes.resolve(of, fd) {
            Ok(Target::Socket(inode)) => What::Socket(inode),
            Ok(Target::Ring) => What::Ring,
            Ok(Target::Namespace(_) | Target::Other) => What::Other,
            Err(Fault::Closed | Fault::NotALink) => {
                self.cache.close(index, fd);
                return Ok(Ok(()));
            }
            Err(Fault::Ended) => return Err(Errno::SRCH),
            Err(Fault::Refused(errno)) => return Err(errno),
            Err(Fault::Unread(errno)) => {
                self.cache.leave_unread(index, fd, Failure::new(errno));
                return Ok(Ok(()));
            }
        };
        self.tally.processes.descriptors += 1;
        if matches!(what, What::Socket(_)) && !std::mem::replace(named, true) {
            let pid = self.cache.processes[at].pid;
            self.cache.processes[at] = self.processes.identify(of, pid)?;
        }
        self.cache.learn(index, fd, what);
        Ok(Ok(()))
    }

    /// Whether a descriptor need not be examined.
    fn is_known(&self, at: usize, fd: u32, depth: Depth) -> bool {
        let held = &self.cache.records[at].held;
        let what = held.binary_search_by_key(&fd, |held| held.fd).ok().map(|at| held[at].what);
        match (what, depth) {
            (_, Depth::All | Depth::Part(_)) | (None | Some(What::Gone), _) => false,
            (Some(What::Other | What::Ring | What::Unread), Depth::Others) => false,
            (Some(_), _) => true,
        }
    }
}
