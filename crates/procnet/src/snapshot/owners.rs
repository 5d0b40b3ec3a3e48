//! Owners of sockets, kept after the walk that found them.

use std::{hash::BuildHasher as _, ops::Range};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::{
    Owners, Process, Socket,
    owners::{Link, ProcessIndex},
};

/// The owners of each socket and of its peer, in the order in which sockets were added. Clearing it keeps its
/// memory.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptOwners {
    sockets: Vec<Range<u32>>,
    /// Those of the other ends of unix sockets, by the index of the socket, for sockets that have
    /// any: in ascending order.
    peers: Vec<(u32, Range<u32>)>,
    links: Vec<Link>,
    /// Each process once.
    processes: Vec<Process>,
    indices: HashTable<ProcessIndex>,
    hasher: RandomState,
}

impl KeptOwners {
    pub(super) fn clear(&mut self) {
        self.sockets.clear();
        self.peers.clear();
        self.links.clear();
        self.processes.clear();
        self.indices.clear();
    }

    /// Adds the owners of a socket, and those of its peer.
    pub(super) fn push(&mut self, socket: &Socket<'_>) {
        let owners = self.link(socket.owners);
        let at = self.sockets.len() as u32;
        self.sockets.push(owners);
        let peer = socket.peer_owners();
        if !peer.is_empty() {
            let peer = self.link(peer);
            self.peers.push((at, peer));
        }
    }

    fn link(&mut self, owners: Owners<'_>) -> Range<u32> {
        let start = self.links.len() as u32;
        for owner in owners {
            let index = self.index_of(owner.process);
            self.links.push(Link { process: index, fd: owner.fd });
        }
        start..self.links.len() as u32
    }

    /// The owners of a socket, by its index.
    pub(super) fn of(&self, at: usize) -> Owners<'_> {
        self.linked(self.sockets.get(at))
    }

    /// The owners of the peer of a socket, by the index of the socket.
    pub(super) fn of_peer(&self, at: usize) -> Owners<'_> {
        let found = self.peers.binary_search_by_key(&at, |(socket, _)| *socket as usize);
        self.linked(found.ok().and_then(|found| self.peers.get(found)).map(|(_, range)| range))
    }

    fn linked(&self, range: Option<&Range<u32>>) -> Owners<'_> {
        let links =
            range.and_then(|range| self.links.get(range.start as usize..range.end as usize));
        Owners::new(links.unwrap_or_default(), &self.processes)
    }

    fn index_of(&mut self, process: &Process) -> ProcessIndex {
        let KeptOwners { links, processes, indices, hasher, .. } = self;
        let is_it = |index: ProcessIndex| {
            processes.get(index as usize).is_some_and(|kept| {
                (kept.pid, kept.start_time) == (process.pid, process.start_time)
            })
        };
        // Usually the owner of the previous socket.
        if let Some(last) = links.last().filter(|last| is_it(last.process)) {
            return last.process;
        }
        let hash = hasher.hash_one(process.pid);
        if let Some(index) = indices.find(hash, |index| is_it(*index)) {
            return *index;
        }
        let index = processes.len() as ProcessIndex;
        processes.push(process.clone());
        let pid =
            |index: &ProcessIndex| processes.get(*index as usize).map_or(0, |process| process.pid);
        indices.insert_unique(hash, index, |index| hasher.hash_one(pid(index)));
        index
    }
}
