//! Which listeners have series of their own, so that a series ends only when its listener does.
//!
//! There is room for a number of them. A listener that has a series keeps it, however many others come, and
//! the place of one that is gone is kept for a while: a service that is restarted finds its series again. So
//! that a series has ended means that its listener was gone for at least one refresh, unless listeners were
//! [chosen anew](Places::anew) since.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use foldhash::fast::RandomState;
use procnet::Kind;

use super::{At, Listener};

/// How long the place of a listener that is gone is kept, at least: longer than the rule looks back that
/// says so (fleet/prometheus/rules.yml, `ProcnetListenerGone`).
const KEPT: Duration = Duration::from_secs(900);

/// A listener, whichever process has it.
type Address = (Kind, At);

/// The listeners that have series of their own.
#[derive(Debug)]
pub(super) struct Places {
    /// The refresh in which each was last seen.
    taken: HashMap<Address, u64, RandomState>,
    /// In the order of their ports, once they are chosen; whether each had a place before.
    chosen: Vec<(bool, Listener)>,
    refresh: u64,
    /// When those that have a place were chosen without regard to others before.
    pub(super) anew: SystemTime,
}

impl Default for Places {
    fn default() -> Places {
        Places {
            taken: HashMap::default(),
            chosen: Vec::new(),
            refresh: 0,
            anew: SystemTime::now(),
        }
    }
}

impl Places {
    pub(super) fn has(&self, listener: &Listener) -> bool {
        self.taken.contains_key(&(listener.kind, listener.at))
    }

    /// Chooses at most so many of the listeners that there are.
    pub(super) fn choose(
        &mut self,
        there: impl Iterator<Item = Listener>,
        most: usize,
        interval: Duration,
    ) {
        self.refresh += 1;
        let Places { taken, chosen, refresh, anew } = self;
        chosen.clear();
        chosen.extend(there.map(|listener| {
            let seen = taken.get_mut(&(listener.kind, listener.at));
            let is_known = seen.is_some();
            seen.into_iter().for_each(|seen| *seen = *refresh);
            (!is_known, listener)
        }));
        let kept = KEPT.as_nanos().div_ceil(interval.as_nanos().max(1));
        let kept = u64::try_from(kept).unwrap_or(u64::MAX);
        taken.retain(|_, seen| refresh.saturating_sub(*seen) <= kept);
        let gone = taken.values().filter(|seen| **seen != *refresh).count();
        chosen.sort_unstable_by_key(|(is_new, listener)| (*is_new, listener.order()));
        let known = chosen.partition_point(|(is_new, _)| !is_new);
        if known > most {
            // The option was changed, or several processes share an address that one had.
            *anew = SystemTime::now();
            for (_, Listener { kind, at, .. }) in chosen.drain(most..) {
                taken.remove(&(kind, at));
            }
        } else {
            chosen.truncate(known.max(most.saturating_sub(gone)));
        }
        for (_, Listener { kind, at, .. }) in &*chosen {
            taken.insert((*kind, *at), *refresh);
        }
        chosen.sort_unstable_by_key(|(_, listener)| listener.order());
    }

    pub(super) fn chosen(&self) -> impl ExactSizeIterator<Item = &Listener> {
        self.chosen.iter().map(|(_, listener)| listener)
    }

    /// Forgets all of them.
    pub(super) fn forget(&mut self) {
        self.taken.clear();
        self.chosen.clear();
        self.anew = SystemTime::now();
    }
}
