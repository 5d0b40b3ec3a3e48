//! A map keyed by inode that expects keys in the order of the last visit.
//!
//! The kernel lists sockets that persist in the same order each time. So each entry records which
//! entry followed it the last time, and the next inode is usually found there: nearby in memory,
//! and without a hash. The expectation is verified, and an inode out of order is looked up; so the
//! order affects only speed.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use procnet_core::Inode;

/// The index of an entry: it stays the same until the entry is removed.
pub(crate) type EntryIndex = u32;

/// No entry.
const NONE: EntryIndex = EntryIndex::MAX;

/// The maximum number of missing inodes whose entries are skipped before an inode is looked up.
const MAX_SKIP: usize = 3;

/// A map keyed by inode. The space of removed entries is reused.
#[derive(Debug)]
pub(crate) struct OrderedInodeMap<T> {
    entries: Vec<Entry<T>>,
    index: HashTable<EntryIndex>,
    free: Vec<EntryIndex>,
    /// The first entry of the last visit.
    first: EntryIndex,
    /// The last entry reached.
    last: EntryIndex,
    hasher: RandomState,
}

#[derive(Debug)]
struct Entry<T> {
    /// `None` if the entry was removed.
    inode: Option<Inode>,
    /// The entry that followed this one.
    next: EntryIndex,
    value: T,
}

impl<T> Default for OrderedInodeMap<T> {
    fn default() -> Self {
        OrderedInodeMap {
            entries: Vec::new(),
            index: HashTable::new(),
            free: Vec::new(),
            first: NONE,
            last: NONE,
            hasher: RandomState::default(),
        }
    }
}

impl<T: Default> OrderedInodeMap<T> {
    /// Restarts at the first inode.
    pub(crate) fn rewind(&mut self) {
        self.last = NONE;
    }

    /// The entry of the next inode in order, if there is one.
    #[inline]
    pub(crate) fn expect(&mut self, inode: Inode) -> Option<EntryIndex> {
        if self.inode(self.last) == Some(inode) {
            return Some(self.last);
        }
        let mut expected = self.following();
        for skipped in 0..MAX_SKIP {
            let Some(entry) = self.entries.get(expected as usize) else { break };
            if entry.inode == Some(inode) {
                if skipped > 0 {
                    self.follow(expected);
                }
                self.last = expected;
                return Some(expected);
            }
            expected = entry.next;
        }
        self.look_up(inode)
    }

    /// As [`expect`](OrderedInodeMap::expect), for an inode out of order.
    #[cold]
    #[inline(never)]
    fn look_up(&mut self, inode: Inode) -> Option<EntryIndex> {
        let at = self.find(inode)?;
        self.follow(at);
        self.last = at;
        Some(at)
    }

    /// The entry of the next inode in order, inserted if there is none.
    #[inline]
    pub(crate) fn entry(&mut self, inode: Inode) -> EntryIndex {
        match self.expect(inode) {
            Some(at) => at,
            None => {
                let at = self.insert(inode);
                // It belongs between the last entry and the expected one.
                self.entries[at as usize].next = self.following();
                self.follow(at);
                self.last = at;
                at
            }
        }
    }

    /// Records which entry follows the last one.
    fn follow(&mut self, at: EntryIndex) {
        match self.entries.get_mut(self.last as usize) {
            Some(last) => last.next = at,
            None => self.first = at,
        }
    }

    fn following(&self) -> EntryIndex {
        self.entries.get(self.last as usize).map_or(self.first, |entry| entry.next)
    }

    /// The entry of an inode, in any order.
    pub(crate) fn find(&self, inode: Inode) -> Option<EntryIndex> {
        let is_it = |at: &EntryIndex| self.inode(*at) == Some(inode);
        self.index.find(self.hasher.hash_one(inode), is_it).copied()
    }

    /// The entry of an inode, in any order; inserted if there is none.
    pub(crate) fn find_or_insert(&mut self, inode: Inode) -> EntryIndex {
        self.find(inode).unwrap_or_else(|| self.insert(inode))
    }

    /// Adds an entry for an inode that has none.
    fn insert(&mut self, inode: Inode) -> EntryIndex {
        let entry = Entry { inode: Some(inode), next: NONE, value: T::default() };
        let at = match self.free.pop() {
            Some(at) => {
                self.entries[at as usize] = entry;
                at
            }
            None => {
                self.entries.push(entry);
                u32::try_from(self.entries.len() - 1).unwrap_or(NONE)
            }
        };
        let OrderedInodeMap { entries, index, hasher, .. } = self;
        let hash = |at: &EntryIndex| hasher.hash_one(entries[*at as usize].inode.unwrap_or(inode));
        index.insert_unique(hasher.hash_one(inode), at, hash);
        at
    }

    /// Removes an entry. The entry before it still finds the one after it.
    pub(crate) fn remove(&mut self, at: EntryIndex) {
        let Some(inode) = self.entries[at as usize].inode.take() else { return };
        if let Ok(entry) = self.index.find_entry(self.hasher.hash_one(inode), |other| *other == at)
        {
            entry.remove();
        }
        self.entries[at as usize].value = T::default();
        self.free.push(at);
    }

    /// The inode of an entry; `None` if it was removed.
    pub(crate) fn inode(&self, at: EntryIndex) -> Option<Inode> {
        self.entries.get(at as usize)?.inode
    }

    /// Every index, including those of removed entries.
    pub(crate) fn indices(&self) -> std::ops::Range<EntryIndex> {
        0..self.entries.len() as EntryIndex
    }
}

impl<T> std::ops::Index<EntryIndex> for OrderedInodeMap<T> {
    type Output = T;

    #[inline]
    fn index(&self, at: EntryIndex) -> &T {
        &self.entries[at as usize].value
    }
}

impl<T> std::ops::IndexMut<EntryIndex> for OrderedInodeMap<T> {
    #[inline]
    fn index_mut(&mut self, at: EntryIndex) -> &mut T {
        &mut self.entries[at as usize].value
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// An entry stays that of its inode, whatever is inserted or removed in whatever order.
        #[test]
        fn behaves_like_a_map(rounds in prop::collection::vec(
            (prop::collection::vec(1..40_u64, 0..60), prop::collection::hash_set(1..40_u64, 0..20)),
            1..12,
        )) {
            let mut ordered = OrderedInodeMap::<u64>::default();
            let mut map = HashMap::new();
            for (called, removed) in rounds {
                ordered.rewind();
                for number in called {
                    let at = ordered.entry(Inode::new(number).unwrap());
                    prop_assert_eq!(ordered.inode(at), Inode::new(number));
                    ordered[at] += number;
                    *map.entry(number).or_insert(0) += number;
                }
                for number in removed {
                    if let Some(at) = ordered.find(Inode::new(number).unwrap()) {
                        ordered.remove(at);
                    }
                    map.remove(&number);
                }
                let entries = ordered.indices().filter_map(|at| Some((ordered.inode(at)?.get(), ordered[at])));
                prop_assert_eq!(entries.collect::<HashMap<_, _>>(), map.clone());
            }
        }
    }

    #[test]
    fn expects_the_previous_order() {
        let inode = |number| Inode::new(number).unwrap();
        let mut ordered = OrderedInodeMap::<()>::default();
        let mut surprises = Vec::new();
        // Some disappear, and others appear between them.
        let orders: [&[u64]; 4] =
            [&[9, 4, 7, 5, 6], &[9, 4, 7, 5, 6], &[9, 3, 7, 6], &[9, 3, 7, 6]];
        for (round, order) in orders.into_iter().enumerate() {
            ordered.rewind();
            for number in order {
                if ordered.inode(ordered.following()) != Some(inode(*number)) {
                    surprises.push((round, *number));
                }
                ordered.entry(inode(*number));
            }
        }
        let all = orders[0].iter().map(|number| (0, *number));
        // One is new, two follow one that disappeared.
        assert_eq!(surprises, all.chain([(2, 3), (2, 7), (2, 6)]).collect::<Vec<_>>());
    }
}
