//! Owners of sockets, kept beyond the walk that found them.

use std::{hash::BuildHasher as _, ops::Range};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::{
    Owners, Process,
    owners::{Link, Seat},
};

/// The owners of each socket, in the order in which sockets were added. Cleared, it keeps its
/// memory.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptOwners {
    sockets: Vec<Range<u32>>,
    links: Vec<Link>,
    /// Each once.
    processes: Vec<Process>,
    seats: HashTable<Seat>,
    hasher: RandomState,
}

impl KeptOwners {
    pub(super) fn clear(&mut self) {
        self.sockets.clear();
        self.links.clear();
        self.processes.clear();
        self.seats.clear();
    }

    /// Adds a socket, with its owners.
    pub(super) fn push(&mut self, owners: Owners<'_>) {
        let start = self.links.len() as u32;
        for owner in owners {
            let seat = self.seat(owner.process);
            self.links.push(Link { seat, fd: owner.fd });
        }
        self.sockets.push(start..self.links.len() as u32);
    }

    /// Who holds the socket that was added so many sockets after the first.
    pub(super) fn of(&self, at: usize) -> Owners<'_> {
        let links = self
            .sockets
            .get(at)
            .and_then(|range| self.links.get(range.start as usize..range.end as usize));
        Owners::linked(links.unwrap_or_default(), &self.processes)
    }

    fn seat(&mut self, process: &Process) -> Seat {
        let KeptOwners { links, processes, seats, hasher, .. } = self;
        let is_it = |seat: Seat| {
            processes.get(seat as usize).is_some_and(|kept| {
                (kept.pid, kept.start_time) == (process.pid, process.start_time)
            })
        };
        // Mostly the owner of the socket before.
        if let Some(last) = links.last()
            && is_it(last.seat)
        {
            return last.seat;
        }
        let hash = hasher.hash_one(process.pid);
        if let Some(seat) = seats.find(hash, |seat| is_it(*seat)) {
            return *seat;
        }
        let seat = processes.len() as Seat;
        processes.push(process.clone());
        let pid = |seat: &Seat| processes.get(*seat as usize).map_or(0, |process| process.pid);
        seats.insert_unique(hash, seat, |seat| hasher.hash_one(pid(seat)));
        seat
    }
}
