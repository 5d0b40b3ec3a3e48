//! Which rows of a tcp or udp table were reported already; for unix sockets see
//! [`suspect`](super::suspect).
//!
//! While sockets come and go, the kernel may print a row again (it resumes each read by a
//! place in its hash). A socket's identity is its inode; an address tuple is none, as with
//! `SO_REUSEPORT` many sockets share one. Only rows without an inode, whose tuples *are*
//! unique in the kernel's hash, are told apart by them.

use std::{
    hash::{BuildHasher as _, Hash},
    net::SocketAddr,
};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use procnet_core::{Inode, table::inet};

/// The rows that were seen. Cleared, it keeps its memory.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    inodes: HashTable<Inode>,
    tuples: HashTable<(SocketAddr, SocketAddr)>,
    hasher: RandomState,
}

impl Seen {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.inodes.clear();
        self.tuples.clear();
    }

    /// Begins another table: its sockets have other inodes, but maybe the same tuples.
    pub(crate) fn next_table(&mut self) {
        self.tuples.clear();
    }

    /// Whether a socket with this inode was seen, in whatever table.
    pub(crate) fn has(&self, inode: Inode) -> bool {
        self.inodes.find(self.hasher.hash_one(inode), |other| *other == inode).is_some()
    }

    /// Whether a tcp or udp row is seen for the first time.
    #[inline]
    pub(crate) fn inet(&mut self, record: &inet::Record) -> bool {
        match record.inode {
            Some(inode) => insert(&mut self.inodes, &self.hasher, inode),
            None => insert(&mut self.tuples, &self.hasher, (record.local, record.remote)),
        }
    }
}

/// Adds `key`; whether it was not there.
#[inline]
fn insert<K: Hash + Eq + Copy>(table: &mut HashTable<K>, hasher: &RandomState, key: K) -> bool {
    let hash = |key: &K| hasher.hash_one(key);
    match table.entry(hash(&key), |other| *other == key, hash) {
        hashbrown::hash_table::Entry::Occupied(_) => false,
        hashbrown::hash_table::Entry::Vacant(vacant) => {
            vacant.insert(key);
            true
        }
    }
}
