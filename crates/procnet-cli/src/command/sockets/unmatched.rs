//! Sockets that looks have left out, so that their ends are none of what is asked for.
//!
//! A socket that was there before and after a look, and is not in it, did not match then. Without
//! this, a notification of its end could be that of a socket that no look has met.

use std::collections::HashSet;

use procnet::{Kinds, Query, Scanner};

use crate::args::Selection;

pub(super) struct Unmatched {
    query: Query,
    /// The cookies of all sockets, as listed before the last look.
    all: HashSet<u64>,
    /// Those that were in two lists in a row: the last two, and the two before.
    stayed: [HashSet<u64>; 2],
}

impl Unmatched {
    /// Of these kinds.
    pub(super) fn of(selection: &Selection, kinds: Kinds) -> Unmatched {
        let query = selection.of_namespace(Query::new()).kinds(kinds).owners(false);
        Unmatched { query, all: HashSet::new(), stayed: Default::default() }
    }

    /// Lists all sockets, before a look. What cannot be listed counts as not there.
    pub(super) fn list(&mut self, scanner: &mut Scanner) {
        let Unmatched { query, all, stayed } = self;
        let mut now = HashSet::with_capacity(all.len());
        let _ = scanner.visit(query, |socket| now.extend(socket.cookie()));
        stayed.swap(0, 1);
        stayed[0] = all.intersection(&now).copied().collect();
        *all = now;
    }

    /// Whether a socket in neither of the last two looks was there, and did not match.
    pub(super) fn contains(&self, cookie: u64) -> bool {
        self.stayed.iter().any(|stayed| stayed.contains(&cookie))
    }
}
