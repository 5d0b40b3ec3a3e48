//! The sockets that were already seen in a visit.
//!
//! While sockets come and go, the kernel may report one twice: it resumes a table, or a dump, by
//! counting entries of its hash. Only this module decides which sockets were seen, by
//! [`SocketKey`]:
//!
//! - A cookie is a bit in a set of 64-bit words. The kernel assigns cookies to sockets when they
//!   are first dumped (net/core/sock_diag.c `__sock_gen_cookie`), so those of one dump are mostly
//!   consecutive, and a word is looked up once for all 64 of them.
//! - A row of a table is marked at its inode: in the entry of the inode's owners if there are any,
//!   so that one lookup finds both, otherwise here. The mark is a hash of the rest of its key. Rows
//!   that share an inode, and rows without one, are in a separate set.
//! - A row that has neither inode nor pointer may be another socket, or one seen before: such rows
//!   are counted. The kernel may have several with the same addresses, on different interfaces.

use std::{
    hash::BuildHasher as _,
    num::{NonZeroU32, NonZeroU64},
};

use foldhash::fast::RandomState;
use hashbrown::{HashTable, hash_table::Entry};
use procnet_core::Inode;

use crate::{ordered_map::OrderedInodeMap, socket::SocketKey};

/// Marks a row as seen at an inode: a hash of the rest of its key and of the pass.
pub(crate) type Mark = NonZeroU32;

/// The sockets that were seen. Clearing it keeps its memory.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    cookies: CookieSet,
    /// Inodes of rows, of this visit and the previous one, as most of them recur.
    inodes: OrderedInodeMap<Marked>,
    /// Rows without a mark at an inode, by the hash of their keys.
    rows: HashTable<u64>,
    /// Rows without inode and pointer.
    alike: HashTable<Alike>,
    /// The number of the pass over a namespace, from 1; it wraps after 2³².
    pass: u32,
    /// The first pass of this visit.
    first_pass: u32,
    hasher: RandomState,
}

/// The first row that had an inode, and the pass it belongs to.
#[derive(Clone, Copy, Debug, Default)]
struct Marked {
    pass: u32,
    mark: Option<Mark>,
}

/// Rows that nothing distinguishes from each other.
#[derive(Clone, Copy, Debug)]
struct Alike {
    hash: u64,
    /// How many were reported.
    reported: u32,
    /// The last read of the table that had any, and how many it had.
    look: u32,
    in_look: u32,
}

/// What is known of a row that has neither inode nor pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// There was none like it.
    New,
    /// It may be another socket, or one that was reported.
    MaybeRepeated,
    /// An earlier read of the table had as many.
    Repeated,
}

/// A row of a table, in the form in which it is compared with others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeenRow {
    inode: Option<Inode>,
    hash: u64,
}

impl SeenRow {
    /// The mark of the row at its inode.
    fn mark(self) -> Mark {
        NonZeroU32::new(self.hash as u32).unwrap_or(NonZeroU32::MIN)
    }

    /// Marks the entry of its inode. Returns whether the row was seen before; `None` if another row
    /// has the same inode: then [`Seen::other`] decides.
    #[inline]
    pub(crate) fn mark_at(self, place: &mut Option<Mark>) -> Option<bool> {
        match *place {
            None => {
                *place = Some(self.mark());
                Some(false)
            }
            Some(mark) => (mark == self.mark()).then_some(true),
        }
    }
}

impl Seen {
    /// Begins a visit, with nothing seen.
    pub(crate) fn clear(&mut self) {
        for place in self.inodes.indices() {
            if !self.is_of_visit(self.inodes[place]) {
                self.inodes.remove(place);
            }
        }
        self.inodes.rewind();
        self.next_namespace();
        self.first_pass = self.pass;
    }

    /// Begins the next network namespace: a socket there may have the same addresses as one seen
    /// before, or the same inode once 2³² have been assigned.
    pub(crate) fn next_namespace(&mut self) {
        self.pass = self.pass.wrapping_add(1).max(1);
        self.cookies.clear();
        self.rows.clear();
        self.alike.clear();
    }

    /// Whether a mark was set in this visit.
    fn is_of_visit(&self, marked: Marked) -> bool {
        self.pass.wrapping_sub(marked.pass) <= self.pass.wrapping_sub(self.first_pass)
    }

    /// Whether a row with this inode was seen in a table in this visit.
    pub(crate) fn has_inode(&self, inode: Inode) -> bool {
        self.inodes.find(inode).is_some_and(|place| self.is_of_visit(self.inodes[place]))
    }

    /// Whether a cookie was seen before; marks it as seen.
    #[inline]
    pub(crate) fn cookie(&mut self, cookie: NonZeroU64) -> bool {
        self.cookies.insert(cookie.get(), &self.hasher)
    }

    /// The form in which a row is compared with others.
    #[inline]
    pub(crate) fn row(&self, key: &SocketKey, inode: Option<Inode>) -> SeenRow {
        SeenRow { inode, hash: self.hasher.hash_one((self.pass, key)) }
    }

    /// Records the inode of a socket with a cookie.
    pub(crate) fn note_inode(&mut self, inode: Inode) {
        let place = self.inodes.entry(inode);
        self.inodes[place] = Marked { pass: self.pass, mark: None };
    }

    /// Whether a row was seen before, if its inode has no owners whose entry could hold the mark;
    /// marks it as seen.
    #[inline]
    pub(crate) fn unowned(&mut self, row: SeenRow) -> bool {
        let Some(inode) = row.inode else { return self.other(row) };
        let place = self.inodes.entry(inode);
        let marked = &mut self.inodes[place];
        if marked.pass != self.pass {
            *marked = Marked { pass: self.pass, mark: None };
        }
        let seen = row.mark_at(&mut marked.mark);
        seen.unwrap_or_else(|| self.other(row))
    }

    /// Whether a row that shares its inode, or has none, was seen before; marks it as seen.
    pub(crate) fn other(&mut self, row: SeenRow) -> bool {
        match self.rows.entry(row.hash, |other| *other == row.hash, |hash| *hash) {
            Entry::Occupied(_) => true,
            Entry::Vacant(vacant) => {
                vacant.insert(row.hash);
                false
            }
        }
    }
}

impl Seen {
    /// Compares a row that has neither inode nor pointer with those seen before; `look` is the
    /// number of this read of the table.
    #[cold]
    pub(crate) fn alike(&mut self, row: SeenRow, look: u32) -> Likeness {
        let SeenRow { hash, .. } = row;
        let new = Alike { hash, reported: 0, look, in_look: 0 };
        let entry = self.alike.entry(hash, |other| other.hash == hash, |other| other.hash);
        let mut entry = entry.or_insert(new);
        let alike = entry.get_mut();
        if alike.look != look {
            (alike.look, alike.in_look) = (look, 0);
        }
        alike.in_look += 1;
        if alike.in_look <= alike.reported {
            return Likeness::Repeated;
        }
        alike.reported += 1;
        if alike.reported == 1 { Likeness::New } else { Likeness::MaybeRepeated }
    }
}

/// A set of cookies.
#[derive(Debug, Default)]
struct CookieSet {
    words: HashTable<Word>,
    /// The last used word, which is not in the table meanwhile.
    last: Word,
}

/// Whether each of 64 consecutive cookies is in the set.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    number: u64,
    bits: u64,
}

impl CookieSet {
    fn clear(&mut self) {
        self.words.clear();
        self.last = Word::default();
    }

    /// Whether the set contains a cookie; adds it.
    #[inline]
    fn insert(&mut self, cookie: u64, hasher: &RandomState) -> bool {
        if cookie >> 6 != self.last.number {
            self.switch_to(cookie >> 6, hasher);
        }
        let bit = 1 << (cookie & 63);
        let was_there = self.last.bits & bit != 0;
        self.last.bits |= bit;
        was_there
    }

    /// Switches to another word.
    fn switch_to(&mut self, number: u64, hasher: &RandomState) {
        let hash = |word: &Word| hasher.hash_one(word.number);
        let Word { number: before, bits } = self.last;
        if bits != 0 {
            match self.words.entry(hash(&self.last), |word| word.number == before, hash) {
                Entry::Occupied(mut kept) => kept.get_mut().bits = bits,
                Entry::Vacant(vacant) => drop(vacant.insert(self.last)),
            }
        }
        self.last = Word { number, bits: 0 };
        let kept = self.words.find(hash(&self.last), |word| word.number == number);
        self.last = kept.copied().unwrap_or(self.last);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::Kind;

    fn key(inode: Option<Inode>, pointer: u64) -> SocketKey {
        let pointer = NonZeroU64::new(pointer);
        match pointer.zip(inode) {
            Some((pointer, inode)) => SocketKey::Pointer(pointer, inode),
            None => SocketKey::Row { kind: Kind::Tcp, inode, pointer, ends: None },
        }
    }

    fn is_new(seen: &mut Seen, inode: u64, pointer: u64) -> bool {
        let inode = Inode::new(inode);
        let row = seen.row(&key(inode, pointer), inode);
        !seen.unowned(row)
    }

    #[test]
    fn equal_inodes_of_two_namespaces_are_two_sockets() {
        let inode = Inode::new(7).unwrap();
        let mut seen = Seen::default();
        for _visit in 0..3 {
            seen.clear();
            assert!(!seen.has_inode(inode));
            for _namespace in 0..2 {
                assert!(is_new(&mut seen, 7, 1));
                assert!(!is_new(&mut seen, 7, 1));
                assert!(seen.has_inode(inode));
                seen.next_namespace();
                assert!(seen.has_inode(inode), "in whatever table of this visit");
            }
        }
    }

    #[test]
    fn sockets_that_share_an_inode_are_each_seen_once() {
        let mut seen = Seen::default();
        seen.clear();
        for pointer in 1..4 {
            assert!(is_new(&mut seen, 7, pointer));
        }
        for pointer in 1..4 {
            assert!(!is_new(&mut seen, 7, pointer));
        }
        // The same for rows without an inode.
        assert!(is_new(&mut seen, 0, 1) && is_new(&mut seen, 0, 2) && !is_new(&mut seen, 0, 1));
    }

    /// Two reads of a table: the second has one more, and the kernel may repeat rows in either.
    #[test]
    fn rows_without_inode_and_pointer_are_counted() {
        use Likeness::{MaybeRepeated, New, Repeated};
        let mut seen = Seen::default();
        seen.clear();
        let mut likeness = |look, kind| {
            let key = SocketKey::Row { kind, inode: None, pointer: None, ends: None };
            let row = seen.row(&key, None);
            seen.alike(row, look)
        };
        let mut look = |look, rows: usize| -> Vec<_> {
            (0..rows).map(|_| likeness(look, Kind::Tcp)).collect()
        };
        assert_eq!(look(1, 2), [New, MaybeRepeated]);
        assert_eq!(look(2, 3), [Repeated, Repeated, MaybeRepeated]);
        assert_eq!(look(3, 1), [Repeated]);
        assert_eq!(likeness(3, Kind::Udp), New);
    }

    proptest! {
        #[test]
        fn a_cookie_set_behaves_like_a_set(
            cookies in prop::collection::vec(prop_oneof![1..200_u64, any::<u64>()], 0..300),
        ) {
            let (mut seen, mut set) = (Seen::default(), HashSet::new());
            seen.clear();
            for cookie in cookies.into_iter().filter_map(NonZeroU64::new) {
                prop_assert_eq!(seen.cookie(cookie), !set.insert(cookie));
            }
        }
    }
}
