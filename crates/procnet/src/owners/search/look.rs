//! Looking at the descriptors of one process.

use rustix::io::Errno;

use super::{
    super::{
        budget::Spent,
        ledger::{Record, Seat, What},
        world::World,
    },
    Search,
};
use crate::coverage::Failure;

/// Which descriptors of a process are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Those whose socket has gone, and as many of the lowest free numbers as are to be found:
    /// the kernel hands out the lowest first.
    Free,
    /// Those that are new, too.
    New,
    /// Those that were no sockets, too.
    Others,
    /// All.
    All,
    /// All of so many, from where the last part ended.
    Part(u64),
}

/// Whether there was budget for it, or why it cannot be seen.
type Looked = Result<Result<(), Spent>, Errno>;

impl<W: World> Search<'_, W> {
    /// Looks at a process. One that cannot be looked at holds nothing.
    pub(super) fn look(&mut self, seat: Seat, depth: Depth) -> Result<(), Spent> {
        let at = seat as usize;
        if self.ledger.records[at].glance.is_none() {
            return Ok(());
        }
        match self.descriptors(seat, depth) {
            Ok(spent) => return spent,
            Err(Errno::NOENT | Errno::SRCH) => {
                self.tally.processes.vanished += 1;
                self.ledger.dismiss(seat);
            }
            Err(errno) => {
                let failure = Failure::new(errno);
                let record = &mut self.ledger.records[at];
                if record.hidden.replace(failure).is_none() {
                    self.tally.processes.hide(self.ledger.processes[at].pid, failure);
                }
                (record.walked, record.turn) = (self.ledger.now, 0);
            }
        }
        Ok(())
    }

    fn descriptors(&mut self, seat: Seat, depth: Depth) -> Looked {
        let at = seat as usize;
        if self.tally.spend(2).is_err() {
            return Ok(Err(Spent));
        }
        let of = self.world.open(self.ledger.processes[at].pid)?;
        let mut listed = std::mem::take(&mut self.scratch.numbers);
        let done = match depth {
            Depth::Free => self.free_numbers(seat, &of),
            _ => self.listed_numbers(seat, depth, &of, &mut listed),
        };
        self.scratch.numbers = listed;
        let done = done?;
        self.ledger.records[at].hidden = None;
        Ok(done)
    }

    /// Looks at the descriptors that are listed, or at the part of them whose turn it is.
    fn listed_numbers(
        &mut self,
        seat: Seat,
        depth: Depth,
        of: &W::Descriptors,
        listed: &mut Vec<u32>,
    ) -> Looked {
        let at = seat as usize;
        let (from, most) = match depth {
            Depth::Part(most) => {
                (self.ledger.records[at].turn, usize::try_from(most).unwrap_or(usize::MAX))
            }
            _ => (0, usize::MAX),
        };
        self.world.list(of, from, most, listed)?;
        // The number behind the last; 0 if nothing is left behind.
        let next = match listed.last() {
            Some(last) if listed.len() >= most => last.saturating_add(1),
            _ => 0,
        };
        // Closed since: known, but not listed.
        let mut known = self.ledger.records[at].held.partition_point(|held| held.fd < from);
        while let Some(held) = self.ledger.records[at].held.get(known).copied()
            && (next == 0 || held.fd < next)
        {
            match listed.binary_search(&held.fd) {
                Ok(_) => known += 1,
                Err(_) => self.ledger.close(seat, held.fd),
            }
        }
        let mut named = false;
        for fd in &*listed {
            if !self.is_known(at, *fd, depth) && self.number(seat, *fd, of, &mut named)?.is_err() {
                return Ok(Err(Spent));
            }
        }
        let record = &mut self.ledger.records[at];
        match depth {
            Depth::Part(_) => record.turn = next,
            _ => record.touched = false,
        }
        if depth == Depth::All || (matches!(depth, Depth::Part(_)) && next == 0) {
            (record.walked, record.turn) = (self.ledger.now, 0);
        }
        Ok(Ok(()))
    }

    /// Looks where the kernel puts new descriptors.
    fn free_numbers(&mut self, seat: Seat, of: &W::Descriptors) -> Looked {
        let at = seat as usize;
        let (mut next, mut named) = (0, false);
        while let Some(held) = self.ledger.records[at].held.get(next).copied() {
            // One that is closed makes room in the list for the next.
            next += usize::from(held.what != What::Gone);
            if held.what == What::Gone && self.number(seat, held.fd, of, &mut named)?.is_err() {
                return Ok(Err(Spent));
            }
        }
        self.ledger.records[at].touched = false;
        // Where those that are to be found are not among the first free numbers, a listing is
        // less work.
        let mut patience = 2 * self.ledger.records[at].lacks() + 8;
        let (mut fd, mut next) = (0, 0);
        while patience > 0 && self.ledger.records[at].lacks() > 0 {
            if self.ledger.records[at].held.get(next).is_some_and(|held| held.fd == fd) {
                next += 1;
            } else {
                patience -= 1;
                if self.number(seat, fd, of, &mut named)?.is_err() {
                    return Ok(Err(Spent));
                }
                let held = &self.ledger.records[at].held;
                next += usize::from(held.get(next).is_some_and(|held| held.fd == fd));
            }
            fd += 1;
        }
        Ok(Ok(()))
    }

    /// Looks at one descriptor, and, if the process was not `named` yet, at its name: that may
    /// have changed since, by `exec` or otherwise.
    fn number(&mut self, seat: Seat, fd: u32, of: &W::Descriptors, named: &mut bool) -> Looked {
        let at = seat as usize;
        if self.tally.spend(1).is_err() {
            return Ok(Err(Spent));
        }
        match self.world.resolve(of, fd) {
            Ok(found) => {
                self.tally.processes.descriptors += 1;
                let what = found.map_or(What::Other, What::Socket);
                if found.is_some() && !std::mem::replace(named, true) {
                    let pid = self.ledger.processes[at].pid;
                    self.ledger.processes[at] = self.world.identify(of, pid)?;
                }
                self.ledger.learn(seat, fd, what);
            }
            Err(Errno::NOENT | Errno::INVAL) => self.ledger.close(seat, fd),
            Err(errno) => return Err(errno),
        }
        Ok(Ok(()))
    }

    /// Whether a descriptor need not be looked at.
    fn is_known(&self, at: usize, fd: u32, depth: Depth) -> bool {
        let held = &self.ledger.records[at].held;
        let what = held.binary_search_by_key(&fd, |held| held.fd).ok().map(|at| held[at].what);
        match (what, depth) {
            (_, Depth::All | Depth::Part(_)) | (None | Some(What::Gone), _) => false,
            (Some(What::Other), Depth::Others) => false,
            (Some(_), _) => true,
        }
    }
}

impl Record {
    /// Whether it is known to have as many descriptors as it has. Where the kernel does not
    /// tell, or what it has cannot be seen, nothing is known to disagree.
    pub(super) fn agrees(&self) -> bool {
        let count = self.glance.and_then(|glance| glance.descriptors);
        self.hidden.is_some() || count.is_none_or(|count| count == self.held.len() as u64)
    }

    /// How many more descriptors it has than it is known to have.
    pub(super) fn lacks(&self) -> u64 {
        let count = self.glance.and_then(|glance| glance.descriptors);
        count.map_or(0, |count| count.saturating_sub(self.held.len() as u64))
    }

    /// Whether it is known to have no descriptors, as kernel threads.
    pub(super) fn is_empty(&self) -> bool {
        let count = self.glance.and_then(|glance| glance.descriptors);
        count == Some(0) && self.held.is_empty()
    }
}
