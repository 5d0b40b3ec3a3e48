//! The budget of an incremental search.

use std::time::{Duration, Instant};

use crate::coverage::{LeftOut, Processes};

/// The budget is spent.
pub(super) struct Spent;

/// The budget of an incremental search; unlimited by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    time: Option<Duration>,
    calls: Option<u64>,
}

impl Budget {
    /// No limit.
    #[must_use]
    pub const fn unlimited() -> Budget {
        Budget { time: None, calls: None }
    }

    /// At most about this much time for examining processes; reading tables does not count.
    #[must_use]
    pub const fn time(mut self, limit: Duration) -> Budget {
        self.time = Some(limit);
        self
    }

    /// At most this many system calls on processes. One for each process is always made, to see
    /// whether it is still the same one, so the search makes progress only with more than that.
    #[must_use]
    pub const fn calls(mut self, limit: u64) -> Budget {
        self.calls = Some(limit);
        self
    }
}

/// What one refresh costs and leaves out.
#[derive(Debug)]
pub(crate) struct Tally {
    budget: Budget,
    started: Instant,
    pub(super) calls: u64,
    pub(crate) processes: Processes,
    pub(crate) left_out: LeftOut,
}

impl Tally {
    pub(crate) fn new(budget: Budget) -> Tally {
        Tally {
            budget,
            started: Instant::now(),
            calls: 0,
            processes: Processes::default(),
            left_out: LeftOut::default(),
        }
    }

    /// Counts system calls; an error if they exceed the budget.
    pub(super) fn spend(&mut self, calls: u64) -> Result<(), Spent> {
        self.calls += calls;
        let calls = self.budget.calls.is_some_and(|limit| self.calls > limit);
        let late = self.budget.time.is_some_and(|limit| self.started.elapsed() > limit);
        if calls || late { Err(Spent) } else { Ok(()) }
    }
}
