//! What a search for owners covers.

use std::fmt;

use super::{EXAMPLES, Examples, Failure, Report};
use crate::{ProcRoot, list::List};

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
    /// Whether this is a capture without any process.
    pub none_captured: bool,
    /// Processes of a capture without their descriptors: there is no `PID/fd`.
    pub not_captured: u64,
    /// Entries of a capture's `PID/fd` that are no links, so that what they refer to is unknown.
    pub not_links: u64,
    /// Processes of a capture that hold sockets, but without the file `stat`: their names and start
    /// times are unknown, or, if requested, without `status`: their user ids are.
    pub undescribed: u64,
}

impl Processes {
    /// Whether every process could be read, so that all owners were seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.each_gap(&mut |_gap| Err(fmt::Error)).is_ok()
    }

    pub(super) fn each_gap(&self, report: &mut Report<'_>) -> fmt::Result {
        let Processes { seen: _, vanished: _, hidden, unlisted, descriptors: _, .. } = self;
        self.each_gap_of_capture(report)?;
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

    /// What a capture lacks.
    fn each_gap_of_capture(&self, report: &mut Report<'_>) -> fmt::Result {
        let Processes { none_captured, not_captured, not_links, undescribed, .. } = self;
        if *none_captured {
            report(format_args!("no processes in this capture: owners are unknown"))?;
        }
        let processes = |count: &u64| if *count == 1 { "process" } else { "processes" };
        if *not_captured > 0 {
            report(format_args!(
                "{not_captured} {}: descriptors are not in this capture",
                processes(not_captured)
            ))?;
        }
        match not_links {
            0 => {}
            1 => report(format_args!("1 descriptor is not a link in this capture"))?,
            more => report(format_args!("{more} descriptors are not links in this capture"))?,
        }
        if *undescribed > 0 {
            report(format_args!(
                "{undescribed} {}: name or user is not in this capture",
                processes(undescribed)
            ))?;
        }
        Ok(())
    }

    /// Those of this root. In a capture nothing ends while it is read: what is not there was not
    /// captured.
    pub(crate) fn of(self, root: &ProcRoot) -> Processes {
        if root.is_live() {
            return self;
        }
        let (none_captured, not_captured) = (self.seen == 0, self.vanished);
        Processes { none_captured, not_captured, vanished: 0, ..self }
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
        self.not_links += other.not_links;
        self.undescribed += other.undescribed;
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

/// One line for each thing that is missing.
impl fmt::Display for Processes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.each_gap(&mut |gap| writeln!(f, "{gap}"))
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
