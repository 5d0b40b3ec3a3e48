//! Counts by a name that others choose.

use std::{fmt, hash::BuildHasher as _};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use procnet::decode::escape::Escaped;

use super::Counts;

/// The most names that are told apart. The rest is counted as `other`.
const CAPACITY: usize = 1 << 14;

/// The longest name, in bytes; of a longer one, only the beginning counts.
const LONGEST: usize = 128;

/// Counts by a name that others choose.
#[derive(Debug, Default)]
pub struct Names {
    hasher: RandomState,
    index: HashTable<u32>,
    entries: Vec<(Box<[u8]>, Counts)>,
    other: Counts,
    none: Counts,
}

/// Where the counts of a name are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// The name with this number.
    Name(u32),
    /// There was no room for the name.
    Other,
    /// There is no name.
    None,
}

impl Names {
    /// Sets all counts to 0. The names keep their slots.
    pub(super) fn clear(&mut self) {
        self.entries.iter_mut().for_each(|(_, counts)| *counts = Counts::default());
        (self.other, self.none) = (Counts::default(), Counts::default());
    }

    /// Forgets all names.
    pub(super) fn forget(&mut self) {
        self.entries.clear();
        self.index.clear();
        self.clear();
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= CAPACITY
    }

    /// The slot of a name.
    pub fn slot(&mut self, name: &[u8]) -> Slot {
        let Names { hasher, index, entries, .. } = self;
        let name = name.get(..LONGEST).unwrap_or(name);
        let hash = hasher.hash_one(name);
        if let Some(at) = index.find(hash, |at| &*entries[*at as usize].0 == name) {
            return Slot::Name(*at);
        }
        let Some(at) = u32::try_from(entries.len()).ok().filter(|_| entries.len() < CAPACITY)
        else {
            return Slot::Other;
        };
        entries.push((name.into(), Counts::default()));
        index.insert_unique(hash, at, |at| hasher.hash_one(&*entries[*at as usize].0));
        Slot::Name(at)
    }

    /// Adds to the counts of a name.
    #[inline]
    pub fn add(&mut self, slot: Slot, more: Counts) {
        let counts = match slot {
            Slot::Name(at) => self.entries.get_mut(at as usize).map(|(_, counts)| counts),
            Slot::Other => Some(&mut self.other),
            Slot::None => Some(&mut self.none),
        };
        if let Some(counts) = counts {
            *counts += more;
        }
    }

    /// The names with the most sockets, by name; and last what all others have, and what has no name.
    #[must_use]
    pub fn top(&self, most: usize) -> Vec<(Label<'_>, Counts)> {
        let counted = self.entries.iter().filter(|(_, counts)| counts.sockets > 0);
        let mut top: Vec<&(Box<[u8]>, Counts)> = counted.collect();
        let mut other = self.other;
        if top.len() > most {
            top.select_nth_unstable_by(most, |(one, counts), (another, others)| {
                others.sockets.cmp(&counts.sockets).then_with(|| one.cmp(another))
            });
            top.drain(most..).for_each(|(_, counts)| other += *counts);
        }
        top.sort_unstable_by(|(one, _), (another, _)| one.cmp(another));
        let named = top.into_iter().map(|(name, counts)| (Label::Name(name), *counts));
        named.chain([(Label::Other, other), (Label::None, self.none)]).collect()
    }

    /// The label of a slot.
    #[must_use]
    pub fn label(&self, slot: Slot) -> Label<'_> {
        match slot {
            Slot::Name(at) => {
                self.entries.get(at as usize).map_or(Label::Other, |(name, _)| Label::Name(name))
            }
            Slot::Other => Label::Other,
            Slot::None => Label::None,
        }
    }
}

/// The value of a label. A name is escaped, and bounded in length; one that is written like the values
/// with a meaning has its first character escaped, so it is never taken for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label<'a> {
    /// A name.
    Name(&'a [u8]),
    /// All that have no series of their own.
    Other,
    /// All that have no name.
    None,
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Label::Name(b"other") => f.write_str("\\x6Fther"),
            Label::Name(b"none") => f.write_str("\\x6Eone"),
            // A label that is empty is the same as none at all.
            Label::Name(b"") => f.write_str("\\x00"),
            Label::Name(name) => Escaped(name).fmt(f),
            Label::Other => f.write_str("other"),
            Label::None => f.write_str("none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Counts =
        Counts { sockets: 1, queues: super::super::Queues { receive: 0, send: 0 }, close_wait: 0 };

    fn sum(top: &[(Label<'_>, Counts)]) -> u64 {
        top.iter().map(|(_, counts)| counts.sockets).sum()
    }

    #[test]
    fn the_sum_is_right_however_many_names_there_are() {
        let mut names = Names::default();
        for number in 0..CAPACITY + 100 {
            let slot = names.slot(number.to_string().as_bytes());
            names.add(slot, ONE);
        }
        names.add(Slot::None, ONE);
        assert!(names.is_full());
        let top = names.top(10);
        assert_eq!((top.len(), sum(&top)), (12, CAPACITY as u64 + 101));
        assert_eq!(top[10].0, Label::Other);
        names.forget();
        assert_eq!(sum(&names.top(10)), 0);
    }

    #[test]
    fn the_names_with_the_most_sockets_have_series_of_their_own() {
        let mut names = Names::default();
        for (name, sockets) in [("a", 3), ("b", 1), ("c", 5), ("d", 2)] {
            let slot = names.slot(name.as_bytes());
            (0..sockets).for_each(|_| names.add(slot, ONE));
        }
        let top: Vec<_> = names
            .top(2)
            .into_iter()
            .map(|(label, counts)| (label.to_string(), counts.sockets))
            .collect();
        let expected = [("a", 3), ("c", 5), ("other", 3), ("none", 0)];
        assert_eq!(top, expected.map(|(name, sockets)| (name.to_owned(), sockets)));
    }

    #[test]
    fn a_name_is_never_taken_for_what_has_a_meaning() {
        let shown = |name: &[u8]| Label::Name(name).to_string();
        assert_eq!(
            [shown(b"other"), shown(b"none"), shown(b"")],
            ["\\x6Fther", "\\x6Eone", "\\x00"]
        );
        assert_eq!(shown(b"a\"}\n\xFF\\"), "a\"}\\x0A\\xFF\\\\");
    }

    #[test]
    fn of_a_long_name_only_the_beginning_counts() {
        let mut names = Names::default();
        let (one, other) = (names.slot(&[b'a'; 500]), names.slot(&[b'a'; LONGEST]));
        assert_eq!(one, other);
    }
}
