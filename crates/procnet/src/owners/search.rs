//! The incremental join: looks for the owners of sockets that were not there before, first
//! where they probably are.
//!
//! # What it promises
//!
//! - A process that ended, or whose number another one bears now, owns nothing.
//! - A process that is new is walked whole.
//! - A process with more or fewer descriptors than it is known to have is listed, and each
//!   descriptor that is new, or whose socket has gone, is looked at. So what is opened,
//!   duplicated, inherited, passed on or closed is found in the next refresh.
//! - What changes no number, a descriptor that was replaced by another between two refreshes,
//!   is found at once if it brings a socket that was not there before; otherwise when its
//!   process has its turn to be walked whole: every process has it once in [`PERIOD`]
//!   refreshes, so no owner is wrong for longer.
//! - A socket that nobody was found to own is looked for again after 1, 2, 4 … refreshes, at
//!   most [`PERIOD`].
//!
//! A [`Budget`](super::budget::Budget) may cut the search short. What is left out is counted, and made up for later.

use procnet_core::Inode;
use rustix::io::Errno;

use super::{
    budget::{Spent, Tally},
    ledger::{Ledger, Record, Seat, What},
    world::World,
};
use crate::{Error, Kinds, coverage::Failure};

/// In how many refreshes every process is walked whole once.
pub(crate) const PERIOD: u64 = 128;

/// One phase of a refresh.
#[derive(Debug)]
pub(crate) struct Search<'l, W> {
    pub(crate) ledger: &'l mut Ledger,
    pub(crate) world: W,
    pub(crate) scratch: &'l mut Scratch,
    pub(crate) tally: &'l mut Tally,
}

/// What a search needs again each time.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) pids: Vec<u32>,
    numbers: Vec<u32>,
    seats: Vec<Seat>,
}

/// Which descriptors of a process are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// Those whose socket has gone: the kernel hands out the lowest free number first.
    Gone,
    /// Those that are new, too.
    New,
    /// Those that were no sockets, too.
    Others,
    /// All.
    All,
}

impl<'l, W: World> Search<'l, W> {
    /// Begins a refresh: sees which processes there are, and walks those that are new.
    pub(crate) fn begin(&mut self) -> Result<(), Error> {
        self.ledger.now += 1;
        let mut pids = std::mem::take(&mut self.scratch.pids);
        let listed = self.world.pids(&mut pids);
        for pid in &pids {
            self.greet(*pid);
        }
        self.scratch.pids = pids;
        listed?;
        self.each_seat(|search, seat| {
            let ledger = &mut *search.ledger;
            if ledger.records[seat as usize].listed != ledger.now {
                ledger.dismiss(seat);
            }
            Ok(())
        });
        Ok(())
    }

    /// Sees a process that was listed.
    fn greet(&mut self, pid: u32) {
        self.tally.processes.seen += 1;
        self.tally.calls += 1;
        let seat = self.ledger.seat(pid);
        let glance = match self.world.glance(pid) {
            Ok(glance) => glance,
            Err(Errno::NOENT | Errno::SRCH) => {
                self.tally.processes.vanished += 1;
                return;
            }
            Err(errno) => {
                self.tally.processes.hide(pid, Failure::new(errno));
                return;
            }
        };
        if let Some(seat) = seat {
            let now = self.ledger.now;
            let record = &mut self.ledger.records[seat as usize];
            if record.glance.is_some_and(|before| before.identity == glance.identity) {
                (record.glance, record.listed) = (Some(glance), now);
                if let Some(failure) = record.hidden {
                    self.tally.processes.hide(pid, failure);
                }
                return;
            }
            self.ledger.dismiss(seat);
        }
        // Whether it is new or only looks so: it is walked whole.
        let unknown =
            crate::Process { pid, comm: crate::Name::default(), start_time: None, uids: None };
        let seat = self.ledger.admit(unknown, glance);
        if self.look(seat, Depth::All).is_err() {
            self.tally.left_out.processes += 1;
        }
    }

    /// Ends a refresh: forgets the sockets that have gone from the `complete` tables, which
    /// were read to their end, and looks for the owners of those that are new.
    ///
    /// `missing` are the inodes that [`Ledger::note`] said are missing, each with its port;
    /// `listener` knows who listens on a port.
    pub(crate) fn settle(
        &mut self,
        complete: Kinds,
        missing: &[(Inode, u16)],
        listener: impl Fn(u16) -> Option<Inode>,
    ) {
        self.ledger.purge(complete);
        // Some were found meanwhile, in processes that are new.
        self.ledger.pending = missing.iter().filter(|(inode, _)| self.is_pending(*inode)).count();
        let cut = self.find(missing, listener).is_err();
        for (inode, _) in missing {
            if self.is_pending(*inode) {
                self.tally.left_out.sockets += u64::from(cut);
                self.ledger.give_up(*inode, cut);
            }
        }
    }

    fn find(
        &mut self,
        missing: &[(Inode, u16)],
        listener: impl Fn(u16) -> Option<Inode>,
    ) -> Result<(), Spent> {
        // Where sockets have gone: their numbers are free.
        self.look_where(|record| record.touched, Depth::Gone)?;
        // Where there are more or fewer descriptors than known.
        self.look_where(|record| !record.agrees(), Depth::New)?;
        // Those that accept on the same port.
        for (inode, port) in missing {
            if self.ledger.pending == 0 {
                break;
            }
            if !self.is_pending(*inode) {
                continue;
            }
            let Some(listener) = listener(*port) else { continue };
            let mut at = 0;
            while let Some(holder) = self.ledger.find(listener)
                && let Some(link) = holder.links.get(at).copied()
            {
                self.look(link.seat, Depth::Others)?;
                at += 1;
            }
        }
        // Anywhere; at last also where a socket that lives on may have been replaced.
        for depth in [Depth::Others, Depth::All] {
            if self.ledger.pending > 0 {
                self.look_anywhere(depth)?;
            }
        }
        self.rotate()
    }

    /// Looks at one process after the other until nothing is missing.
    fn look_anywhere(&mut self, depth: Depth) -> Result<(), Spent> {
        let mut seats = self.oldest_first();
        let looked = seats.drain(..).try_for_each(|seat| {
            let record = &self.ledger.records[seat as usize];
            // Where everything was looked at already, nothing new is found.
            let done = record.walked == self.ledger.now || record.hidden.is_some();
            if self.ledger.pending == 0 || done || record.is_empty() {
                return Ok(());
            }
            self.look(seat, depth)
        });
        self.scratch.seats = seats;
        looked
    }

    fn is_pending(&self, inode: Inode) -> bool {
        self.ledger.find(inode).is_some_and(|holder| holder.pending)
    }

    /// Walks a share of the processes whole, those first that were not for the longest time.
    fn rotate(&mut self) -> Result<(), Spent> {
        let held = |record: &Record| record.held.len() as u64 + 1;
        let share = self.ledger.records.iter().map(held).sum::<u64>().div_ceil(PERIOD);
        let mut walked = 0;
        let mut seats = self.oldest_first();
        let looked = seats.drain(..).try_for_each(|seat| {
            let record = &self.ledger.records[seat as usize];
            if walked >= share || record.walked == self.ledger.now {
                return Ok(());
            }
            walked += held(record);
            self.look(seat, Depth::All)
        });
        self.scratch.seats = seats;
        looked
    }

    /// Every seat, by when it was walked last.
    fn oldest_first(&mut self) -> Vec<Seat> {
        let mut seats = std::mem::take(&mut self.scratch.seats);
        seats.clear();
        seats.extend(self.ledger.taken());
        let records = &self.ledger.records;
        seats.sort_unstable_by_key(|seat| (records[*seat as usize].walked, *seat));
        seats
    }

    /// Looks at the processes that `wanted` picks.
    fn look_where(&mut self, wanted: impl Fn(&Record) -> bool, depth: Depth) -> Result<(), Spent> {
        let mut spent = Ok(());
        self.each_seat(|search, seat| {
            if wanted(&search.ledger.records[seat as usize]) {
                if spent.is_ok() {
                    spent = search.look(seat, depth);
                }
                if spent.is_err() {
                    search.tally.left_out.processes += 1;
                }
            }
            Ok(())
        });
        spent
    }

    fn each_seat(&mut self, mut each: impl FnMut(&mut Search<'l, W>, Seat) -> Result<(), Spent>) {
        let mut seats = std::mem::take(&mut self.scratch.seats);
        seats.clear();
        seats.extend(self.ledger.taken());
        let _ = seats.drain(..).try_for_each(|seat| each(self, seat));
        self.scratch.seats = seats;
    }

    /// Looks at a process. One that cannot be looked at holds nothing.
    fn look(&mut self, seat: Seat, depth: Depth) -> Result<(), Spent> {
        if self.ledger.records[seat as usize].glance.is_none() {
            return Ok(());
        }
        match self.descriptors(seat, depth) {
            Ok(spent) => spent,
            Err(errno) => {
                let pid = self.ledger.processes[seat as usize].pid;
                match errno {
                    Errno::NOENT | Errno::SRCH => {
                        self.tally.processes.vanished += 1;
                        self.ledger.dismiss(seat);
                    }
                    errno => {
                        let failure = Failure::new(errno);
                        let record = &mut self.ledger.records[seat as usize];
                        if record.hidden.replace(failure).is_none() {
                            self.tally.processes.hide(pid, failure);
                        }
                        record.walked = self.ledger.now;
                    }
                }
                Ok(())
            }
        }
    }

    fn descriptors(&mut self, seat: Seat, depth: Depth) -> Result<Result<(), Spent>, Errno> {
        let at = seat as usize;
        if self.tally.spend(2).is_err() {
            return Ok(Err(Spent));
        }
        let pid = self.ledger.processes[at].pid;
        let of = self.world.open(pid)?;
        let mut numbers = std::mem::take(&mut self.scratch.numbers);
        let listed = match depth {
            Depth::Gone => {
                numbers.clear();
                Ok(())
            }
            // The kernel lists them in order, other directories need not.
            _ => self.world.list(&of, &mut numbers).map(|()| numbers.sort_unstable()),
        };
        let done = listed.and_then(|()| self.numbers(seat, depth, &of, &numbers));
        self.scratch.numbers = numbers;
        let done = done?;
        let record = &mut self.ledger.records[at];
        record.hidden = None;
        if done.is_ok() {
            record.touched = false;
            if depth == Depth::All {
                record.walked = self.ledger.now;
            }
        }
        Ok(done)
    }

    /// Looks at descriptors: of `listed`, and of those known.
    fn numbers(
        &mut self,
        seat: Seat,
        depth: Depth,
        of: &W::Descriptors,
        listed: &[u32],
    ) -> Result<Result<(), Spent>, Errno> {
        let at = seat as usize;
        if depth != Depth::Gone {
            // Closed since: known, but not listed.
            let mut known = 0;
            while let Some(held) = self.ledger.records[at].held.get(known).copied() {
                match listed.binary_search(&held.fd) {
                    Ok(_) => known += 1,
                    Err(_) => self.ledger.close(seat, held.fd),
                }
            }
        }
        let mut next = 0;
        loop {
            // By place in the listing, or, without one, in what is known; both are ordered.
            let fd = match depth {
                Depth::Gone => match self.ledger.records[at].held.get(next) {
                    None => return Ok(Ok(())),
                    Some(held) if held.what == What::Gone => held.fd,
                    Some(_) => {
                        next += 1;
                        continue;
                    }
                },
                _ => match listed.get(next) {
                    None => return Ok(Ok(())),
                    Some(fd) if self.is_known(at, *fd, depth) => {
                        next += 1;
                        continue;
                    }
                    Some(fd) => *fd,
                },
            };
            if self.tally.spend(1).is_err() {
                return Ok(Err(Spent));
            }
            match self.world.resolve(of, fd) {
                Ok(found) => {
                    self.tally.processes.descriptors += 1;
                    let what = found.map_or(What::Other, What::Socket);
                    if found.is_some() && self.ledger.processes[at].start_time.is_none() {
                        let pid = self.ledger.processes[at].pid;
                        self.ledger.processes[at] = self.world.identify(of, pid)?;
                    }
                    self.ledger.learn(seat, fd, what);
                    next += 1;
                }
                Err(Errno::NOENT | Errno::INVAL) => {
                    self.ledger.close(seat, fd);
                    // Without a listing, what follows has moved up.
                    next += usize::from(depth != Depth::Gone);
                }
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Whether a descriptor need not be looked at.
    fn is_known(&self, at: usize, fd: u32, depth: Depth) -> bool {
        let held = &self.ledger.records[at].held;
        let what = held.binary_search_by_key(&fd, |held| held.fd).ok().map(|at| held[at].what);
        match (what, depth) {
            (_, Depth::All) | (None | Some(What::Gone), _) => false,
            (Some(What::Other), Depth::Others) => false,
            (Some(_), _) => true,
        }
    }
}

impl Record {
    /// Whether it is known to have as many descriptors as it has. Where the kernel does not
    /// tell, or what it has cannot be seen, nothing is known to disagree.
    fn agrees(&self) -> bool {
        let count = self.glance.and_then(|glance| glance.descriptors);
        self.hidden.is_some() || count.is_none_or(|count| count == self.held.len() as u64)
    }

    /// Whether it is known to have no descriptors, as kernel threads.
    fn is_empty(&self) -> bool {
        let count = self.glance.and_then(|glance| glance.descriptors);
        count == Some(0) && self.held.is_empty()
    }
}

#[cfg(test)]
mod tests;
