//! Whether a pass is likely to answer, where the other way is a dump of one namespace or a few.
//!
//! Then a pass with rows takes less than one of owners and a dump, but for nothing if the dump has to be
//! made nevertheless. Sockets in `TIME_WAIT` are counted beforehand. What else no descriptor holds is
//! known only afterwards, so a pass that was of no use is not repeated at once.

use super::counts::Counts;

/// After how many visits a pass is tried again, at most.
const AGAIN: u32 = 64;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chances {
    /// The sockets of all namespaces of the last visit with a pass, and those that were dumped.
    sockets: u64,
    dumped: u64,
    /// The namespace that was dumped last.
    last: Option<u32>,
    /// The visits that are left without a pass, and how many they were the last time.
    left: u32,
    length: u32,
}

impl Chances {
    /// Whether to make one in this visit, by what is counted in its namespaces.
    pub(super) fn are_good(&mut self, namespaces: impl Iterator<Item = Option<Counts>>) -> bool {
        let Chances { sockets, dumped, .. } = *self;
        (self.sockets, self.dumped, self.last) = (0, 0, None);
        if is_most(dumped, sockets) {
            self.length = (self.length * 2).clamp(1, AGAIN);
            self.left = self.length;
        } else if sockets > 0 {
            self.length = 0;
        }
        if self.left > 0 {
            self.left -= 1;
            return false;
        }
        let mut to_be_dumped = 0;
        for counts in namespaces {
            let (used, is_whole) =
                counts.map_or((0, false), |counts| (counts.used(), !counts.has_time_wait()));
            self.sockets += used;
            to_be_dumped += if is_whole { 0 } else { used };
        }
        let are_good = !is_most(to_be_dumped, self.sockets);
        if !are_good {
            self.sockets = 0;
        }
        are_good
    }

    /// A namespace with so many sockets is dumped; it may be noted for each of its tables.
    pub(super) fn declined(&mut self, netns: u32, sockets: u64) {
        if self.last.replace(netns) != Some(netns) {
            self.dumped += sockets;
        }
    }
}

/// Whether a dump of these sockets takes more than a pass over all saves.
fn is_most(dumped: u64, all: u64) -> bool {
    dumped > 0 && dumped * 2 >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(used: u64, time_wait: u64) -> Option<Counts> {
        Some(Counts::new(used, time_wait))
    }

    #[test]
    fn a_pass_is_made_unless_most_sockets_have_to_be_dumped() {
        let mut chances = Chances::default();
        assert!(chances.are_good([counts(100, 0), counts(3, 0)].into_iter()));
        assert!(chances.are_good([counts(100, 0), counts(30, 1)].into_iter()));
        assert!(!chances.are_good([counts(100, 1), counts(30, 0)].into_iter()));
        // At once, when they are gone.
        assert!(chances.are_good([counts(100, 0)].into_iter()));
        assert!(chances.are_good([counts(100, 0), None].into_iter()));
    }

    #[test]
    fn passes_of_no_use_are_repeated_less_and_less() {
        let mut chances = Chances::default();
        let mut made = Vec::new();
        for visit in 0..300 {
            if chances.are_good([counts(100, 0)].into_iter()) {
                chances.declined(1, 50);
                chances.declined(1, 50);
                made.push(visit);
            }
        }
        assert_eq!(made, [0, 2, 5, 10, 19, 36, 69, 134, 199, 264]);
        while !chances.are_good([counts(100, 0)].into_iter()) {}
        assert!((0..9).all(|_| chances.are_good([counts(100, 0)].into_iter())));
    }
}
