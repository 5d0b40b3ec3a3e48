//! The incremental join, as used by a scanner: while tables are read, sockets with known owners are
//! passed on at once, and all others wait until their owners have been looked for.

use procnet_core::{Inode, State};

use super::{
    NetnsHolder, OwnerDetails, OwnerLookup, Owners,
    budget::{Budget, Tally},
    owner_cache::{Noted, OwnerCache},
    process_source::{Buffers, ProcFs},
    search::{Scratch, Search},
};
use crate::{
    Error, Kinds, ProcRoot, Socket,
    coverage::{LeftOut, Processes},
    filter::OwnersSeen,
    sink::Mark,
    socket::KeptSockets,
};

/// The state kept from one refresh to the next.
#[derive(Debug)]
pub(crate) struct Incremental {
    cache: OwnerCache,
    scratch: Scratch,
    buffers: Buffers,
    tally: Tally,
    /// Sockets that wait until their owners have been looked for.
    waiting: KeptSockets,
    /// The inodes to look for, each once, and the local ports of their sockets, 0 if they have none.
    missing: Vec<(Inode, u16)>,
    /// The listener of each port.
    listeners: Vec<(u16, Inode)>,
    /// Whether the kernel reports the number of descriptors of a process.
    sized: bool,
    /// What is kept about each process.
    details: OwnerDetails,
}

impl Incremental {
    pub(crate) fn new(sized: bool) -> Incremental {
        Incremental {
            cache: OwnerCache::default(),
            scratch: Scratch::default(),
            buffers: Buffers::default(),
            tally: Tally::new(Budget::unlimited()),
            waiting: KeptSockets::default(),
            missing: Vec::new(),
            listeners: Vec::new(),
            sized,
            details: OwnerDetails::default(),
        }
    }

    /// Begins a refresh.
    pub(crate) fn begin(
        &mut self,
        root: &ProcRoot,
        budget: Budget,
        details: OwnerDetails,
    ) -> Result<(), Error> {
        if self.details.and(details) != self.details {
            // They are read as processes are walked, so all are walked again.
            self.cache = OwnerCache::default();
        }
        self.details = self.details.and(details);
        self.waiting.clear();
        // If the last refresh was cut short by a panic of the visitor, they are still pending.
        self.missing.drain(..).for_each(|(inode, _)| self.cache.set_not_pending(inode));
        self.listeners.clear();
        self.tally = Tally::new(budget);
        self.search(root).begin()?;
        self.tally.processes.unlisted = root.hides_processes(&self.scratch.pids);
        self.tally.processes.contained = root.is_contained();
        Ok(())
    }

    /// Records that a socket exists whose owners are not requested.
    pub(crate) fn keep(&mut self, socket: &Socket<'_>) {
        if let Some(inode) = socket.inode {
            self.cache.keep(inode, socket.kind);
        }
    }

    /// Adds its owners to a socket if they are known. Returns whether they are; otherwise the
    /// socket waits.
    pub(crate) fn note<'s>(&'s mut self, socket: &mut Socket<'s>) -> bool {
        let Some(inode) = socket.inode else { return true };
        let port = socket.local().map_or(0, |local| local.port());
        if socket.state == State::LISTEN && port != 0 {
            self.listeners.push((port, inode));
        }
        let (noted, at) = self.cache.note(inode, socket.kind);
        if noted == Noted::Missing {
            self.missing.push((inode, port));
        }
        // Its peer may be listed after it, or not be selected.
        let peer = socket.peer().map(|peer| (peer, self.cache.expect_peer(peer)));
        if let Some((peer, Noted::Missing)) = peer {
            self.missing.push((peer, 0));
        }
        if noted.is_missing() || peer.is_some_and(|(_, noted)| noted.is_missing()) {
            self.waiting.push(socket);
            return false;
        }
        let cache = &self.cache;
        socket.set_owners(cache.at(at), OwnerLookup::Cache(cache));
        true
    }

    /// The known owners of `inode`.
    pub(crate) fn of(&self, inode: Inode) -> Owners<'_> {
        self.cache.of(inode)
    }

    /// The mark of the row seen with this inode; `None` if nothing was known about the inode when
    /// the refresh began.
    pub(crate) fn mark(&mut self, inode: Inode) -> Option<&mut Option<Mark>> {
        self.cache.mark(inode)
    }

    /// Whether a row of a table with this inode was seen in this refresh.
    pub(crate) fn is_marked(&self, inode: Inode) -> bool {
        self.cache.is_marked(inode)
    }

    /// Whether every process could be read so far.
    pub(crate) fn owners_seen(&self) -> OwnersSeen {
        let Tally { processes, left_out, .. } = &self.tally;
        let is_whole = processes.is_whole()
            && self.scratch.unexamined.is_whole()
            && *left_out == LeftOut::default();
        if is_whole { OwnersSeen::All } else { OwnersSeen::Some }
    }

    /// Looks for the owners of the waiting sockets, after the tables have been read.
    pub(crate) fn settle(&mut self, root: &ProcRoot, complete: Kinds) {
        let missing = std::mem::take(&mut self.missing);
        let mut listeners = std::mem::take(&mut self.listeners);
        listeners.sort_unstable();
        let listener = |port: u16| {
            let at = listeners.partition_point(|(other, _)| *other < port);
            listeners.get(at).filter(|(other, _)| *other == port).map(|(_, inode)| *inode)
        };
        self.search(root).settle(complete, &missing, listener);
        (self.missing, self.listeners) = (missing, listeners);
    }

    /// The sockets that waited, with the owners found.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = Socket<'_>> {
        self.waiting.iter().map(|socket| {
            let owners = socket.inode.map(|inode| self.of(inode)).unwrap_or_default();
            socket.with_owners(owners, OwnerLookup::Cache(&self.cache))
        })
    }

    /// Descriptors seen holding network namespaces, in this refresh or before.
    pub(crate) fn netns_holders(&mut self) -> &mut Vec<NetnsHolder> {
        &mut self.buffers.netns_holders
    }

    /// What the refresh has seen, and what it has left out. What could not be examined matters only
    /// if there are sockets without an owner.
    pub(crate) fn report(&mut self, has_ownerless: bool) -> (Processes, LeftOut) {
        let mut processes = std::mem::take(&mut self.tally.processes);
        if has_ownerless {
            processes.absorb_unexamined(&self.scratch.unexamined);
        }
        (processes, self.tally.left_out)
    }

    fn search<'l>(&'l mut self, root: &'l ProcRoot) -> Search<'l, ProcFs<'l>> {
        let Incremental { cache, scratch, buffers, tally, sized, details, .. } = self;
        let processes = ProcFs::new(root, *sized, *details, buffers);
        Search { cache, processes, scratch, tally }
    }
}
