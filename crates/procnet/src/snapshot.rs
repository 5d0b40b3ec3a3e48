//! The sockets of one visit, kept for comparison with those of another.

mod aspects;
mod diff;
mod identity;
mod inodes;
mod owners;

pub use aspects::Aspects;
pub use diff::{Change, Diff};

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use procnet_core::Inode;

use self::{identity::Identity, inodes::InodeChains, owners::KeptOwners};
use crate::{
    Coverage, Error, Kind, Kinds, Query, Scanner, Socket, Source, owners::OwnerLookup,
    socket::KeptSockets,
};

/// The sockets of one visit, kept for comparison with those of another.
///
/// [`Scanner::snapshot`] fills it. Refilling it allocates nothing once it has grown to the size of
/// the host, about 300 bytes a socket. So an agent keeps two of them and fills them in turn:
///
/// ```
/// use procnet::{snapshot::{Change, Snapshot}, Kinds, Query, Scanner};
///
/// let mut scanner = Scanner::new()?;
/// let query = Query::new().kinds(Kinds::TCP);
/// let (mut before, mut after) = (Snapshot::default(), Snapshot::default());
/// scanner.snapshot(&query, &mut before)?;
/// for _refresh in 0..3 {
///     scanner.snapshot(&query, &mut after)?;
///     for change in before.diff(&after) {
///         match change {
///             Change::Appeared(socket) => println!("+ {} {}", socket.kind, socket.state),
///             Change::Vanished(socket) => println!("- {} {}", socket.kind, socket.state),
///             Change::Changed { before, after, what } => {
///                 println!("~ {} {} -> {} ({what})", after.kind, before.state, after.state);
///             }
///             _ => {}
///         }
///     }
///     std::mem::swap(&mut before, &mut after);
///     // Sleep until the next refresh.
/// }
/// # Ok::<(), procnet::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    sockets: KeptSockets,
    owners: KeptOwners,
    /// For each socket, how many sockets before it have the same identity, and, at the first of
    /// them, how many have it in all.
    ranks: Vec<Rank>,
    /// The position of each socket, by identity and rank.
    index: HashTable<u32>,
    inodes: InodeChains,
    hasher: RandomState,
    /// The requested kinds.
    asked: Kinds,
    /// The requested kinds whose tables were read to their end.
    whole: Kinds,
    /// The number of sockets at the end that were carried over.
    carried: usize,
    coverage: Coverage,
}

#[derive(Clone, Copy, Debug)]
struct Rank {
    before: u32,
    in_all: u32,
}

impl Snapshot {
    /// The sockets with their owners and those of their peers, in the order in which they were
    /// visited.
    pub fn iter(&self) -> impl Iterator<Item = Socket<'_>> {
        self.sockets.iter().enumerate().map(|(at, socket)| self.with_owners(at, socket))
    }

    /// The number of sockets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Whether there are no sockets.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sockets with this inode, in the order in which they were visited: mostly one. The
    /// subflows of an MPTCP connection share its inode, namespaces may have sockets with the same
    /// number once 2³² have been assigned, and rows of `/proc/net/unix` may be
    /// [forged](Socket::suspect).
    pub fn with_inode(&self, inode: Inode) -> impl Iterator<Item = Socket<'_>> {
        self.inodes.of(inode).filter_map(|at| self.get(at))
    }

    /// The socket with the same identity as one from elsewhere: from another snapshot, or one that
    /// [was destroyed](crate::events::Destroyed::socket). Both must come from the same query.
    #[must_use]
    pub fn counterpart(&self, socket: &Socket<'_>) -> Option<Socket<'_>> {
        self.find(&Identity::of(socket), 0).and_then(|at| self.get(at))
    }

    /// Adds the sockets of the snapshot before this one that this one may have missed, because their
    /// tables are [unsettled](Coverage::unsettled) or have [long buckets](Coverage::long_buckets):
    /// while sockets come and go, the kernel may leave out one that exists all the time. Such a socket has vanished if the next snapshot does not
    /// have it either: what was carried over once is not carried over again.
    ///
    /// An agent that reports events calls this before it compares the two.
    pub fn carry_over(&mut self, before: &Snapshot) {
        let inexact = self.inexact();
        if inexact.is_empty() {
            return;
        }
        for at in 0..before.len() - before.carried {
            let Ok(at) = u32::try_from(at) else { return };
            let Some(socket) = before.get(at).filter(|socket| inexact.contains(socket.kind)) else {
                continue;
            };
            let rank = before.ranks.get(at as usize).map_or(0, |rank| rank.before);
            let found = self.find(&Identity::of(&socket), rank);
            if found.or_else(|| self.alike(before, at)).is_none() {
                self.push(&socket);
                self.carried += 1;
            }
        }
    }

    /// The tables of which it may have missed sockets that exist all the time: see
    /// [`carry_over`](Snapshot::carry_over).
    #[must_use]
    pub fn inexact(&self) -> Kinds {
        self.coverage.unsettled | self.coverage.long_buckets
    }

    /// What the visit could not see.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// The differences to a newer snapshot of the same query, except for queues: sockets that
    /// appeared or changed, in the order of the newer snapshot, then those that vanished, in the
    /// order of the older one.
    ///
    /// A socket is identified by its [`id`](Socket::id), so it stays the same if its state,
    /// addresses or owners change. From sock_diag it does until nothing of it is left: a connection
    /// that its process closes loses its inode and its owners, and keeps its cookie in `TIME_WAIT`.
    /// In a table such a connection vanishes, and what remains of it appears: a row without an
    /// inode is identified by its pointer and addresses. If pointers are hidden, or the two
    /// snapshots come from different sources, sockets are identified by their inodes; then rows
    /// without an inode neither appear nor vanish if the sources differ.
    ///
    /// A socket that could not be seen has not vanished: see [`Diff::not_compared`]. A socket that
    /// no longer matches the query has: in a query for listeners, one that stops listening. So has
    /// one that the kernel left out of an unsettled table, unless it was
    /// [carried over](Snapshot::carry_over). With [incremental owners](Query::incremental), a new owner of an
    /// existing socket is reported one visit later.
    #[must_use]
    pub fn diff<'s>(&'s self, newer: &'s Snapshot) -> Diff<'s> {
        self.diff_in(newer, Aspects::ALL - Aspects::QUEUES)
    }

    /// Like [`diff`](Snapshot::diff), but a socket has changed only if one of these aspects has.
    #[must_use]
    pub fn diff_in<'s>(&'s self, newer: &'s Snapshot, aspects: Aspects) -> Diff<'s> {
        Diff::new(self, newer, aspects)
    }

    fn clear(&mut self) {
        self.sockets.clear();
        self.owners.clear();
        self.ranks.clear();
        self.index.clear();
        self.inodes.clear();
        self.asked = Kinds::NONE;
        self.whole = Kinds::NONE;
        self.carried = 0;
        self.coverage = Coverage::default();
    }

    fn push(&mut self, socket: &Socket<'_>) {
        let Ok(at) = u32::try_from(self.len()) else { return };
        let identity = Identity::of(socket);
        let first = if identity.is_unique() { None } else { self.find(&identity, 0) };
        let before = match first.and_then(|first| self.ranks.get_mut(first as usize)) {
            None => 0,
            Some(first) => {
                first.in_all += 1;
                first.in_all - 1
            }
        };
        self.sockets.push(socket);
        self.owners.push(socket);
        self.ranks.push(Rank { before, in_all: 1 });
        self.inodes.push(socket.inode);
        let Snapshot { index, sockets, ranks, hasher, .. } = self;
        let hash_of = |at: &u32| {
            let socket = sockets.get(*at as usize);
            let rank = ranks.get(*at as usize).map_or(0, |rank| rank.before);
            socket.map_or(0, |socket| hasher.hash_one((Identity::of(&socket), rank)))
        };
        index.insert_unique(hasher.hash_one((identity, before)), at, hash_of);
    }

    /// The position of the socket with this identity and rank.
    fn find(&self, identity: &Identity<'_>, rank: u32) -> Option<u32> {
        let hash = self.hasher.hash_one((identity, rank));
        self.index.find(hash, |at| self.is(*at, identity, rank)).copied()
    }

    /// Whether the socket at a position has this identity and rank.
    fn is(&self, at: u32, identity: &Identity<'_>, rank: u32) -> bool {
        let at = at as usize;
        self.ranks.get(at).is_some_and(|other| other.before == rank)
            && self.sockets.get(at).is_some_and(|socket| Identity::of(&socket) == *identity)
    }

    /// The position of the socket that has the inode of a socket of another snapshot, if the
    /// identities of the two cannot be compared: the only one with this inode, or the one that also
    /// has the same addresses.
    #[cold]
    fn alike(&self, other: &Snapshot, at: u32) -> Option<u32> {
        let socket = other.sockets.get(at as usize)?;
        let (inode, identity) = (socket.inode?, Identity::of(&socket));
        let is_alone = self.inodes.is_single(inode) && other.inodes.is_single(inode);
        let ends = (socket.local(), socket.remote());
        let in_place = |candidate: &Socket<'_>| {
            Identity::of(candidate).place() == identity.place()
                && (is_alone || (candidate.local(), candidate.remote()) == ends)
        };
        let alike = |snapshot: &Snapshot, at: u32| {
            snapshot.sockets.get(at as usize).is_some_and(|candidate| in_place(&candidate))
        };
        let before = other.inodes.of(inode).take_while(|before| *before != at);
        let rank = before.filter(|before| alike(other, *before)).count();
        let found = self.inodes.of(inode).filter(|place| alike(self, *place)).nth(rank)?;
        let candidate = self.sockets.get(found as usize)?;
        (!identity.is_comparable_with(&Identity::of(&candidate))).then_some(found)
    }

    /// The source that a table came from.
    fn source_of(&self, kind: Kind) -> Option<Source> {
        let mut sources = self.coverage.sources.iter();
        sources.find(|(_, kinds)| kinds.contains(kind)).map(|(source, _)| *source)
    }

    fn get(&self, at: u32) -> Option<Socket<'_>> {
        let at = at as usize;
        self.sockets.get(at).map(|socket| self.with_owners(at, socket))
    }

    fn with_owners<'s>(&'s self, at: usize, socket: Socket<'s>) -> Socket<'s> {
        socket.with_owners(self.owners.of(at), OwnerLookup::Kept(self.owners.of_peer(at)))
    }
}

impl Scanner {
    /// Fills a snapshot with the sockets that match `query`.
    ///
    /// # Errors
    ///
    /// As for [`visit`](Scanner::visit); the snapshot is then empty, and compares with nothing.
    pub fn snapshot(&mut self, query: &Query, snapshot: &mut Snapshot) -> Result<Coverage, Error> {
        snapshot.clear();
        let visited = self.visit(query, |socket| snapshot.push(socket));
        let coverage = match visited {
            Ok(coverage) => coverage,
            Err(error) => {
                snapshot.clear();
                return Err(error);
            }
        };
        snapshot.asked = query.kinds;
        if !coverage.truncated {
            let unread = coverage.unreadable.iter().map(|(kind, _)| *kind);
            snapshot.whole = query.kinds - unread.collect::<Kinds>();
        }
        snapshot.coverage = coverage.clone();
        Ok(coverage)
    }
}

#[cfg(test)]
mod tests;
