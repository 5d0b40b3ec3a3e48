//! Which rows of a table were reported already.
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
use procnet_core::{
    Inode,
    table::{inet, unix},
};

/// The rows of one table that were seen. Cleared, it keeps its memory.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    inodes: HashTable<Inode>,
    tuples: HashTable<(SocketAddr, SocketAddr)>,
    /// Hashes of whole unix rows: see [`Seen::unix`].
    names: HashTable<u64>,
    hasher: RandomState,
}

impl Seen {
    pub(crate) fn clear(&mut self) {
        self.inodes.clear();
        self.tuples.clear();
        self.names.clear();
    }

    /// Whether a tcp or udp row is seen for the first time.
    #[inline]
    pub(crate) fn inet(&mut self, record: &inet::Record) -> bool {
        match record.inode {
            Some(inode) => insert(&mut self.inodes, &self.hasher, inode),
            None => insert(&mut self.tuples, &self.hasher, (record.local, record.remote)),
        }
    }

    /// Whether a unix row is seen for the first time.
    ///
    /// Its inode does not suffice: a forged row may bear that of another socket, and must not
    /// hide it. A repeated row has the same pointer, type and name too. A row without inode,
    /// whose pointer is hidden as well, cannot be told from another and counts as new.
    pub(crate) fn unix(&mut self, row: &unix::Row<'_>) -> bool {
        let hidden = row.pointer.iter().all(|byte| *byte == b'0');
        if row.inode.is_none() && hidden {
            return true;
        }
        let name = row.name.map(|name| name.as_bytes());
        let hash = self.hasher.hash_one((row.inode, row.pointer, row.kind, name));
        insert(&mut self.names, &self.hasher, hash)
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
