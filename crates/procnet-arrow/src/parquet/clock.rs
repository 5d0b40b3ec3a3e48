//! The clocks of hosts: steps of them, and moments that are used once.

use std::collections::{BTreeSet, HashMap};

use crate::Host;

/// So many moments are remembered.
const MOMENTS: usize = 1 << 16;

/// A difference between the clocks that is not a step: they are slewed, and read one after the other.
const SLEW: i64 = 100_000_000;

/// What is known of the clocks of hosts.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    /// When each was seen last, and its time since boot then.
    last: HashMap<Host, (i64, u64)>,
    /// Moments that were used, the last of them.
    used: BTreeSet<i64>,
}

impl Clocks {
    /// The moment, or if it was used already, as after a clock was set back, the next nanosecond that was
    /// not.
    pub(super) fn unused(&mut self, mut time: i64) -> i64 {
        while !self.used.insert(time) {
            time = time.saturating_add(1);
        }
        if self.used.len() > MOMENTS {
            self.used.pop_first();
        }
        time
    }

    /// By how much the clock was set since this host was seen last, in nanoseconds.
    pub(super) fn step(&mut self, host: &Host, time: i64, uptime: u64) -> Option<i64> {
        let (before, up) = self.last.insert(host.clone(), (time, uptime))?;
        let passed = i64::try_from(uptime.checked_sub(up)?).ok()?;
        let step = time.checked_sub(before)?.checked_sub(passed)?;
        (step.saturating_abs() > SLEW).then_some(step)
    }
}
