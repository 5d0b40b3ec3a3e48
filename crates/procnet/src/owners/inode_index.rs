//! A set of inodes, in order.
//!
//! The kernel numbers sockets consecutively, in a batch for each CPU (fs/inode.c `get_next_ino`).
//! So the inodes of a large host are dense, and a page of 64 of them, with a bit for each inode in
//! use, takes hardly more memory than one inode in a hash table: the pages of a million sockets fit
//! a cache of half a megabyte.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use procnet_core::Inode;

/// 64 consecutive inodes.
#[derive(Clone, Copy, Debug, Default)]
struct Page {
    /// Its inodes, divided by 64.
    number: u64,
    /// A bit for each inode in the set.
    used: u64,
    /// The number of inodes in the set that are lower than those of the page.
    start: u32,
}

/// The position of each inode in their order. Cleared, it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct InodeIndex {
    pages: HashTable<Page>,
    len: u32,
    /// The page of the inode that was added last, which is not in `pages` yet.
    last: Page,
    hasher: RandomState,
}

impl InodeIndex {
    pub(super) fn clear(&mut self) {
        self.pages.clear();
        self.len = 0;
        self.last = Page::default();
    }

    /// The number of inodes.
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// Adds an inode that is greater than those added before.
    pub(super) fn push(&mut self, inode: Inode) {
        let (number, bit) = split(inode);
        if number != self.last.number {
            self.finish();
            self.last = Page { number, used: 0, start: self.len };
        }
        self.last.used |= bit;
        self.len += 1;
    }

    /// Makes the inodes of the last page available, too.
    pub(super) fn finish(&mut self) {
        let InodeIndex { pages, last, hasher, .. } = self;
        let hash = |page: &Page| hasher.hash_one(page.number);
        if last.used != 0 {
            pages.insert_unique(hash(last), *last, hash);
        }
        last.used = 0;
    }

    /// The position of an inode; `None` if it is not in the set.
    #[inline]
    pub(super) fn position(&self, inode: Inode) -> Option<usize> {
        let (number, bit) = split(inode);
        let page = self.pages.find(self.hasher.hash_one(number), |page| page.number == number)?;
        let below = (page.used & (bit - 1)).count_ones();
        (page.used & bit != 0).then_some(page.start as usize + below as usize)
    }
}

/// The number of the inode's page, and its bit there.
fn split(inode: Inode) -> (u64, u64) {
    (inode.get() / 64, 1 << (inode.get() % 64))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_inode_has_its_position_in_the_order(
            visits in prop::collection::vec(
                prop::collection::btree_set(prop_oneof![1..300_u64, any::<u64>()], 0..200),
                1..4,
            ),
            others in prop::collection::vec(prop_oneof![1..300_u64, any::<u64>()], 50),
        ) {
            let mut index = InodeIndex::default();
            for inodes in visits {
                index.clear();
                let inodes: Vec<Inode> = inodes.into_iter().filter_map(Inode::new).collect();
                let map: BTreeMap<Inode, usize> = inodes.iter().copied().zip(0..).collect();
                map.keys().for_each(|inode| index.push(*inode));
                index.finish();
                prop_assert_eq!(index.len(), map.len());
                for inode in others.iter().filter_map(|inode| Inode::new(*inode)).chain(inodes) {
                    prop_assert_eq!(index.position(inode), map.get(&inode).copied());
                }
            }
        }
    }
}
