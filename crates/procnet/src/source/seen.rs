//! Which rows of a tcp or udp table were reported already, and which sockets of socket
//! diagnostics; for the rows of unix sockets see [`suspect`](super::suspect).
//!
//! While sockets come and go, the kernel may print a row again (it resumes each read by a
//! place in its hash). A socket's identity is its inode; an address tuple is none, as with
//! `SO_REUSEPORT` many sockets share one. Only rows without an inode, whose tuples *are*
//! unique in the kernel's hash, are told apart by them.

use std::{hash::BuildHasher as _, net::SocketAddr};

use foldhash::fast::RandomState;
use hashbrown::{HashTable, hash_table::Entry};
use procnet_core::Inode;

use crate::roll::Roll;

/// The rows that were seen. Cleared, it keeps its memory.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// By inode, the pass in which it was seen last: of this refresh, and those of the last
    /// one, as mostly the same come again.
    inodes: Roll<u32>,
    /// The number of the pass over a namespace, from 1; it begins anew after 2³².
    now: u32,
    /// The first pass of this refresh.
    first: u32,
    tuples: HashTable<(SocketAddr, SocketAddr)>,
    hasher: RandomState,
}

impl Seen {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        for place in self.inodes.places() {
            if !self.is_of_now(self.inodes[place]) {
                self.inodes.remove(place);
            }
        }
        self.inodes.rewind();
        self.next_namespace();
        self.first = self.now;
    }

    /// Begins another namespace: a socket there may have the inode of one that was seen, after
    /// 2³² were given out.
    pub(crate) fn next_namespace(&mut self) {
        self.now = self.now.wrapping_add(1).max(1);
        self.tuples.clear();
    }

    /// Whether a pass is one of this refresh.
    fn is_of_now(&self, pass: u32) -> bool {
        self.now.wrapping_sub(pass) <= self.now.wrapping_sub(self.first)
    }

    /// Begins another table: its sockets have other inodes, but maybe the same tuples.
    pub(crate) fn next_table(&mut self) {
        self.tuples.clear();
    }

    /// Whether a socket with this inode was seen, in whatever table.
    pub(crate) fn has(&self, inode: Inode) -> bool {
        self.inodes.find(inode).is_some_and(|place| self.is_of_now(self.inodes[place]))
    }

    /// Whether a tcp or udp row is seen for the first time. `known` tells that of sockets that
    /// are remembered elsewhere.
    #[inline]
    pub(crate) fn inet(
        &mut self,
        inode: Option<Inode>,
        tuple: (SocketAddr, SocketAddr),
        known: impl Fn(Inode) -> Option<bool>,
    ) -> bool {
        match inode {
            Some(inode) => self.inode(inode, known),
            None => self.tuple(tuple),
        }
    }

    /// Whether a socket with this inode is seen for the first time.
    #[inline]
    pub(crate) fn inode(&mut self, inode: Inode, known: impl Fn(Inode) -> Option<bool>) -> bool {
        known(inode).unwrap_or_else(|| {
            let place = self.inodes.call(inode);
            std::mem::replace(&mut self.inodes[place], self.now) != self.now
        })
    }

    fn tuple(&mut self, tuple: (SocketAddr, SocketAddr)) -> bool {
        let Seen { tuples, hasher, .. } = self;
        let hash = |tuple: &_| hasher.hash_one(tuple);
        match tuples.entry(hash(&tuple), |other| *other == tuple, hash) {
            Entry::Occupied(_) => false,
            Entry::Vacant(vacant) => {
                vacant.insert(tuple);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inode_is_another_socket_in_another_namespace() {
        let inode = Inode::new(7).unwrap();
        let mut seen = Seen::default();
        for _refresh in 0..3 {
            seen.clear();
            assert!(!seen.has(inode));
            for _namespace in 0..2 {
                assert!(seen.inode(inode, |_| None));
                assert!(!seen.inode(inode, |_| None));
                assert!(seen.has(inode));
                seen.next_namespace();
                assert!(seen.has(inode), "in whatever table of this refresh");
            }
        }
    }
}
