//! What a search for owners covers.

use std::fmt;

use super::{EXAMPLES, Examples, Failure, Report};
use crate::list::List;

/// The processes examined for owners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Processes {
    /// Processes listed.
    pub seen: u64,
    /// Processes of these that ended before they were read: nothing is owned through them.
    pub vanished: u64,
    /// Processes of these that could not be read, by reason.
    pub hidden: List<Hidden, 2>,
    /// Whether there may be any number of processes that are not even listed: this /proc is mounted
    /// so that users see only their own processes (`hidepid=2` or `4`).
    pub unlisted: bool,
    /// Descriptors resolved.
    pub descriptors: u64,
}

impl Processes {
    /// Whether every process could be read.
    pub(crate) fn is_whole(&self) -> bool {
        self.each_gap(&mut |_gap| Err(fmt::Error)).is_ok()
    }

    pub(super) fn each_gap(&self, report: &mut Report<'_>) -> fmt::Result {
        let Processes { seen: _, vanished: _, hidden, unlisted, descriptors: _ } = self;
        for Hidden { failure, count, examples } in hidden {
            let noun = if *count == 1 { "process" } else { "processes" };
            let pids = Examples { first: examples, count: *count };
            report(format_args!(
                "{count} {noun}: descriptors could not be read ({failure}): pid {pids}"
            ))?;
        }
        if *unlisted {
            report(format_args!("processes of other users are not listed in this /proc"))?;
        }
        Ok(())
    }

    /// The number of processes that could not be read, for whatever reason.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.hidden.iter().map(|hidden| hidden.count).sum()
    }

    /// Adds the counts of another thread of the walk.
    pub(crate) fn absorb(&mut self, other: &Processes) {
        self.seen += other.seen;
        self.vanished += other.vanished;
        self.descriptors += other.descriptors;
        for Hidden { failure, count, examples } in &other.hidden {
            let hidden = self.hidden(*failure);
            hidden.count += count;
            let room = EXAMPLES - hidden.examples.len();
            hidden.examples.extend(examples.iter().copied().take(room));
        }
    }

    pub(crate) fn hide(&mut self, pid: u32, failure: Failure) {
        let hidden = self.hidden(failure);
        hidden.count += 1;
        if hidden.examples.len() < EXAMPLES {
            hidden.examples.push(pid);
        }
    }

    fn hidden(&mut self, failure: Failure) -> &mut Hidden {
        let at = self.hidden.iter().position(|hidden| hidden.failure == failure);
        let at = at.unwrap_or_else(|| {
            self.hidden.push(Hidden { failure, count: 0, examples: List::default() });
            self.hidden.len() - 1
        });
        &mut self.hidden[at]
    }
}

/// Processes that could not be read, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hidden {
    /// The reason.
    pub failure: Failure,
    /// The number of processes.
    pub count: u64,
    /// The pids of the first few.
    pub examples: List<u32, EXAMPLES>,
}

/// What an [incremental](crate::Query::incremental) search left out because of its budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// New sockets whose owners were not looked for everywhere.
    pub sockets: u64,
    /// Processes that have changed, but were not examined.
    pub processes: u64,
}
