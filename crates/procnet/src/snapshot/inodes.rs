//! The sockets of a snapshot by their inodes.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::{HashTable, hash_table::Entry};
use procnet_core::Inode;

/// No further socket.
const NONE: u32 = u32::MAX;

/// The positions of the sockets with each inode, as a chain, since several may have the same one.
/// Clearing it keeps its memory.
#[derive(Clone, Debug, Default)]
pub(super) struct InodeChains {
    /// For each socket.
    links: Vec<Link>,
    /// The first socket with each inode.
    first: HashTable<u32>,
    hasher: RandomState,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    inode: Option<Inode>,
    /// The next socket with the same inode.
    next: u32,
    /// At the first of them, the last.
    last: u32,
}

impl InodeChains {
    pub(super) fn clear(&mut self) {
        self.links.clear();
        self.first.clear();
    }

    /// Adds the next socket.
    pub(super) fn push(&mut self, inode: Option<Inode>) {
        let InodeChains { links, first, hasher } = self;
        let at = u32::try_from(links.len()).unwrap_or(NONE);
        links.push(Link { inode, next: NONE, last: at });
        let Some(inode) = inode else { return };
        let inode_at = |at: &u32| links.get(*at as usize).and_then(|link| link.inode);
        let entry = first.entry(
            hasher.hash_one(inode),
            |other| inode_at(other) == Some(inode),
            |other| inode_at(other).map_or(0, |inode| hasher.hash_one(inode)),
        );
        match entry {
            Entry::Vacant(vacant) => drop(vacant.insert(at)),
            Entry::Occupied(first) => {
                let first = *first.get() as usize;
                let last = links.get_mut(first).map(|link| std::mem::replace(&mut link.last, at));
                let last = last.and_then(|last| links.get_mut(last as usize));
                last.into_iter().for_each(|link| link.next = at);
            }
        }
    }

    /// The positions of the sockets with an inode, in order.
    pub(super) fn of(&self, inode: Inode) -> impl Iterator<Item = u32> {
        let link = |at: u32| self.links.get(at as usize);
        let is_it = |at: &u32| link(*at).is_some_and(|link| link.inode == Some(inode));
        let first = self.first.find(self.hasher.hash_one(inode), is_it).copied();
        std::iter::successors(first, move |at| link(*at).map(|link| link.next))
            .take_while(|at| *at != NONE)
    }

    /// Whether exactly one socket has an inode.
    pub(super) fn is_single(&self, inode: Inode) -> bool {
        self.of(inode).take(2).count() == 1
    }
}
