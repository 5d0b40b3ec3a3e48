//! Births and ends by the name of the process.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::aggregates::Label;

/// Births and ends by the name of the process.
///
/// These are counters, so a name that has a series keeps it as long as the agent runs: names get theirs in the order in
/// which they are first seen, until there are as many as there may be. All others are counted as `other`. So none of the
/// counts ever falls, and their sum is that of all events.
#[derive(Clone, Debug)]
pub struct ProcessEvents {
    hasher: RandomState,
    index: HashTable<u32>,
    entries: Vec<(Box<[u8]>, OfProcess)>,
    most: usize,
    other: OfProcess,
    none: OfProcess,
}

/// The events of one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfProcess {
    /// Sockets that began.
    pub births: u64,
    /// Sockets that ended.
    pub ends: u64,
}

impl Default for ProcessEvents {
    fn default() -> ProcessEvents {
        ProcessEvents {
            hasher: RandomState::default(),
            index: HashTable::new(),
            entries: Vec::new(),
            most: 0,
            other: OfProcess::default(),
            none: OfProcess::default(),
        }
    }
}

impl ProcessEvents {
    /// From now on as many names have series of their own; those that have one keep it.
    pub fn set_most(&mut self, most: usize) {
        self.most = most;
    }

    /// The counts of a name, or of the events whose process is not known.
    pub fn of(&mut self, comm: Option<&[u8]>) -> &mut OfProcess {
        let ProcessEvents { hasher, index, entries, most, other, none } = self;
        let Some(comm) = comm else { return none };
        let hash = hasher.hash_one(comm);
        let known = index.find(hash, |at| &*entries[*at as usize].0 == comm).copied();
        let known = known.map(|at| at as usize);
        let at = known.or_else(|| {
            let at = u32::try_from(entries.len()).ok().filter(|_| entries.len() < *most)?;
            entries.push((comm.into(), OfProcess::default()));
            index.insert_unique(hash, at, |at| hasher.hash_one(&*entries[*at as usize].0));
            Some(entries.len() - 1)
        });
        match at {
            Some(at) => &mut entries[at].1,
            None => other,
        }
    }

    /// Each name and its counts; and last what all others have, and what has no known process.
    pub fn iter(&self) -> impl Iterator<Item = (Label<'_>, OfProcess)> {
        let named = self.entries.iter().map(|(name, counts)| (Label::Name(name), *counts));
        named.chain([(Label::Other, self.other), (Label::None, self.none)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(processes: &ProcessEvents) -> Vec<(String, u64)> {
        processes.iter().map(|(label, counts)| (label.to_string(), counts.ends)).collect()
    }

    #[test]
    fn a_name_keeps_its_series_whatever_comes_later() {
        let mut processes = ProcessEvents::default();
        processes.set_most(2);
        for name in ["a", "other", "c", "c", "c", "a"] {
            processes.of(Some(name.as_bytes())).ends += 1;
        }
        processes.of(None).ends += 1;
        let expected = [("a", 2), ("\\x6Fther", 1), ("other", 3), ("none", 1)];
        let expected = expected.map(|(name, count)| (name.to_owned(), count));
        assert_eq!(shown(&processes), expected);
        // Neither more room nor less takes anything away from a count.
        processes.set_most(3);
        processes.of(Some(b"c")).ends += 1;
        processes.set_most(1);
        processes.of(Some(b"c")).ends += 1;
        processes.of(Some(b"d\n")).ends += 1;
        let expected = [("a", 2), ("\\x6Fther", 1), ("c", 2), ("other", 4), ("none", 1)];
        let expected = expected.map(|(name, count)| (name.to_owned(), count));
        assert_eq!(shown(&processes), expected);
    }

    #[test]
    fn a_name_is_shown_without_what_it_could_forge() {
        let mut processes = ProcessEvents::default();
        processes.set_most(2);
        processes.of(Some(b"a\"}\n\xFF")).ends += 1;
        assert_eq!(shown(&processes)[0].0, "a\"}\\x0A\\xFF");
    }
}
