//! The incremental join, as a scanner uses it: while tables are read, sockets with known
//! owners go on at once, and the others wait until their owners were looked for.

use std::{cell::RefCell, ops::ControlFlow};

use procnet_core::{Inode, State};

use super::{
    Held, Join, Owners, Register,
    budget::{Budget, LeftOut, Tally},
    ledger::{Ledger, Noted},
    search::{Scratch, Search},
    world::{Buffers, Live},
};
use crate::{
    Error, Kinds, ProcRoot, Socket, coverage::Processes, filter::Looked, kept::KeptSockets,
};

/// What is kept from one refresh to the next.
#[derive(Debug)]
pub(crate) struct Incremental {
    ledger: Ledger,
    scratch: Scratch,
    buffers: Buffers,
    tally: Tally,
    /// Sockets that wait until their owners were looked for.
    waiting: KeptSockets,
    /// The inodes to be looked for, and the local ports of their sockets, 0 if they have none.
    missing: Vec<(Inode, u16)>,
    /// Some of them are peers, and may be there twice.
    peers_missing: bool,
    /// Who listens on which port.
    listeners: Vec<(u16, Inode)>,
    /// Whether the kernel tells how many descriptors a process has.
    sized: bool,
    /// Whether the users of processes are kept, too.
    with_uids: bool,
}

impl Incremental {
    pub(crate) fn new(sized: bool) -> Incremental {
        Incremental {
            ledger: Ledger::default(),
            scratch: Scratch::default(),
            buffers: Buffers::default(),
            tally: Tally::new(Budget::unlimited()),
            waiting: KeptSockets::default(),
            missing: Vec::new(),
            peers_missing: false,
            listeners: Vec::new(),
            sized,
            with_uids: false,
        }
    }

    /// Begins a refresh.
    pub(crate) fn begin(
        &mut self,
        root: &ProcRoot,
        budget: Budget,
        with_uids: bool,
    ) -> Result<(), Error> {
        if with_uids && !self.with_uids {
            // They are read as processes are walked: all are walked anew.
            self.ledger = Ledger::default();
        }
        self.with_uids |= with_uids;
        self.waiting.clear();
        self.missing.clear();
        self.peers_missing = false;
        self.listeners.clear();
        self.tally = Tally::new(budget);
        self.search(root).begin()?;
        self.tally.processes.unlisted = root.hides_processes(&self.scratch.pids);
        Ok(())
    }

    /// Notes that a socket is there whose owners are not asked for.
    pub(crate) fn keep(&mut self, socket: &Socket<'_>) {
        if let Some(inode) = socket.inode {
            self.ledger.keep(inode, socket.kind);
        }
    }

    /// The socket with its owners, if it can go on; otherwise it waits.
    pub(crate) fn note<'s>(&'s mut self, socket: Socket<'s>) -> Option<Socket<'s>> {
        let Some(inode) = socket.inode else { return Some(socket) };
        let port = socket.local().map_or(0, |local| local.port());
        if socket.state == State::LISTEN && port != 0 {
            self.listeners.push((port, inode));
        }
        let (noted, place) = self.ledger.note(inode, socket.kind);
        if noted == Noted::Missing {
            self.missing.push((inode, port));
        }
        // Its peer may be listed behind it, or not be wanted.
        let peer = socket.peer().filter(|peer| self.ledger.expect_peer(*peer));
        if let Some(peer) = peer {
            self.missing.push((peer, 0));
            self.peers_missing = true;
        }
        if noted == Noted::Missing || peer.is_some() {
            self.waiting.push(&socket);
            return None;
        }
        let ledger = &self.ledger;
        Some(socket.joined(ledger.at(place), Join::Kept(ledger)))
    }

    /// Who is known to hold `inode`.
    fn of(&self, inode: Inode) -> Owners<'_> {
        self.ledger.of(inode)
    }

    /// Whether every process could be looked at so far.
    pub(crate) fn looked(&self) -> Looked {
        let Tally { processes, left_out, .. } = &self.tally;
        let is_whole = processes.is_whole() && *left_out == LeftOut::default();
        if is_whole { Looked::AtAll } else { Looked::AtSome }
    }

    /// Looks for the owners of the sockets that wait, once the tables were read.
    pub(crate) fn settle(&mut self, root: &ProcRoot, complete: Kinds) {
        let mut missing = std::mem::take(&mut self.missing);
        if self.peers_missing {
            missing.sort_unstable();
            missing.dedup_by_key(|(inode, _)| *inode);
        }
        let mut listeners = std::mem::take(&mut self.listeners);
        listeners.sort_unstable();
        let listener = |port: u16| {
            let at = listeners.partition_point(|(other, _)| *other < port);
            listeners.get(at).filter(|(other, _)| *other == port).map(|(_, inode)| *inode)
        };
        self.search(root).settle(complete, &missing, listener);
        (self.missing, self.listeners) = (missing, listeners);
    }

    /// Hands over the sockets that waited, with the owners that were found.
    pub(crate) fn waited(
        &self,
        mut each: impl FnMut(Socket<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for socket in self.waiting.iter() {
            let owners = socket.inode.map(|inode| self.of(inode)).unwrap_or_default();
            each(socket.joined(owners, Join::Kept(&self.ledger)))?;
        }
        ControlFlow::Continue(())
    }

    /// Descriptors that were seen to hold network namespaces, in this refresh or before.
    pub(crate) fn held(&mut self) -> &mut Vec<Held> {
        &mut self.buffers.held
    }

    /// What the refresh has seen, and what it left out.
    pub(crate) fn report(&mut self) -> (Processes, LeftOut) {
        (std::mem::take(&mut self.tally.processes), self.tally.left_out)
    }

    fn search<'l>(&'l mut self, root: &'l ProcRoot) -> Search<'l, Live<'l>> {
        let Incremental { ledger, scratch, buffers, tally, sized, with_uids, .. } = self;
        let world = Live::new(root, *sized, *with_uids, buffers);
        Search { ledger, world, scratch, tally }
    }
}

/// Asked and told by turns, while tables are read.
impl Register for RefCell<&mut Incremental> {
    fn is_owned(&self, inode: Inode) -> bool {
        !self.borrow().of(inode).is_empty()
    }

    fn is_first(&self, inode: Inode) -> Option<bool> {
        self.borrow_mut().ledger.sight(inode)
    }

    fn was_seen(&self, inode: Inode) -> bool {
        self.borrow().ledger.was_sighted(inode)
    }
}
