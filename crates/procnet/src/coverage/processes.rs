//! What a search for owners covers.

use std::fmt;

use super::{EXAMPLES, Examples, Failure, NoBpf, Report};
use crate::{ProcRoot, list::List};

/// The processes examined for owners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Processes {
    /// Whether a BPF iterator reported their sockets, and not a walk over `/proc/PID/fd`. It sees
    /// the descriptors of all processes and threads, also of those that the caller may not examine;
    /// unless a security module hides them from it, which is found out if a socket has no owner.
    pub by_bpf: bool,
    /// Why not, if the [source of owners](crate::owners::OwnerSource) is not the walk; `None` if the
    /// owners of one process are requested, or are kept from visit to visit.
    pub no_bpf: Option<NoBpf>,
    /// Processes listed.
    pub seen: u64,
    /// Processes of these that ended before they were read: nothing is owned through them.
    pub vanished: u64,
    /// Processes of these that could not be read, by reason.
    pub hidden: List<Hidden, 2>,
    /// Whether there may be any number of processes that are not even listed: this /proc is mounted
    /// so that users see only their own processes (`hidepid=2` or `4`).
    pub unlisted: bool,
    /// Whether there may be processes outside the pid namespace that this /proc shows, as in a
    /// container: it is not the initial one. Any of them may hold a socket, so a reported socket
    /// without a visible owner makes the answer incomplete. One with visible owners may have more
    /// of them outside, which does not. False if the owners of one process are requested, and in a
    /// directory of captures.
    pub contained: bool,
    /// Descriptors resolved; by BPF, those of sockets.
    pub descriptors: u64,
    /// Descriptors of readable processes that could not be resolved, by reason.
    pub unread: List<UnreadDescriptors, 1>,
    /// io_uring instances whose registered files are unknown, examined because a socket had no other
    /// owner: the instance was in use, or the kernel does not print the paths of the files (before
    /// Linux 6.15).
    pub rings: Unexamined,
    /// Threads whose descriptors could not be read, examined because a socket had no other owner:
    /// they have a table of their own, or may have one.
    pub threads: Unexamined,
    /// Further threads taken to share the descriptors of their process, examined because a socket had
    /// no other owner: they have as many of them, and there were too many to compare each. No file of
    /// /proc reports which threads share a table, so a reported socket without a visible owner makes
    /// the answer incomplete: one of these threads may hold it.
    pub uncompared: u64,
    /// Whether this is a capture without any process.
    pub none_captured: bool,
    /// Processes of a capture without their descriptors: there is no `PID/fd`.
    pub not_captured: u64,
    /// Entries of a capture's `PID/fd` that are no links, so that what they refer to is unknown.
    pub not_links: u64,
    /// Processes of a capture that hold sockets, but without the file `stat`: their names and start
    /// times are unknown, or, if requested, without `status`: their user ids are;
    /// or, if the filter needs it, without `cgroup`: what they run in is.
    pub undescribed: u64,
}

impl Processes {
    /// Whether every process inside the pid namespace could be read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.each_gap(&mut |_gap| Err(fmt::Error)).is_ok()
    }

    /// Whether every process was seen: a socket without an owner has none.
    pub(crate) fn is_whole(&self) -> bool {
        !self.contained && self.uncompared == 0 && self.is_complete()
    }

    pub(super) fn each_gap(&self, report: &mut Report<'_>) -> fmt::Result {
        let Processes {
            by_bpf: _,
            no_bpf: _,
            seen: _,
            vanished: _,
            hidden,
            unlisted,
            // Only sockets without an owner are affected: the coverage counts those.
            contained: _,
            descriptors: _,
            unread,
            rings,
            threads,
            // As is this.
            uncompared: _,
            none_captured: _,
            not_captured: _,
            not_links: _,
            undescribed: _,
        } = self;
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
        for UnreadDescriptors { failure, count, examples } in unread {
            let noun = if *count == 1 { "descriptor" } else { "descriptors" };
            let examples = Examples { first: examples, count: *count };
            report(format_args!("{count} {noun} could not be read ({failure}): {examples}"))?;
        }
        rings.each_gap(["io_uring instance", "io_uring instances"], "registered files", report)?;
        threads.each_gap(["thread", "threads"], "descriptors", report)
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
                "{undescribed} {}: name, user or control group is not in this capture",
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
        for UnreadDescriptors { failure, count, examples } in &other.unread {
            let unread = self.unread(*failure);
            unread.count += count;
            let room = EXAMPLES - unread.examples.len();
            unread.examples.extend(examples.iter().copied().take(room));
        }
        self.absorb_unexamined(other);
    }

    /// Adds the counts of what could not be examined beyond the descriptors of processes.
    pub(crate) fn absorb_unexamined(&mut self, other: &Processes) {
        self.rings.absorb(&other.rings);
        self.threads.absorb(&other.threads);
        self.uncompared += other.uncompared;
    }

    pub(crate) fn hide(&mut self, pid: u32, failure: Failure) {
        let hidden = self.hidden(failure);
        hidden.count += 1;
        if hidden.examples.len() < EXAMPLES {
            hidden.examples.push(pid);
        }
    }

    /// Counts a descriptor that could not be read.
    pub(crate) fn leave_unread(&mut self, pid: u32, fd: u32, failure: Failure) {
        let unread = self.unread(failure);
        unread.count += 1;
        if unread.examples.len() < EXAMPLES {
            unread.examples.push(Descriptor { pid, fd });
        }
    }

    fn unread(&mut self, failure: Failure) -> &mut UnreadDescriptors {
        let at = self.unread.iter().position(|unread| unread.failure == failure);
        let at = at.unwrap_or_else(|| {
            self.unread.push(UnreadDescriptors { failure, count: 0, examples: List::default() });
            self.unread.len() - 1
        });
        &mut self.unread[at]
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

/// Descriptors that could not be resolved, for one reason. Everything else about their processes is
/// known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadDescriptors {
    /// The reason.
    pub failure: Failure,
    /// The number of descriptors.
    pub count: u64,
    /// The first few.
    pub examples: List<Descriptor, EXAMPLES>,
}

/// A descriptor of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Descriptor {
    /// The pid of the process.
    pub pid: u32,
    /// The number of the descriptor.
    pub fd: u32,
}

/// `pid 12 fd 5`.
impl fmt::Display for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {} fd {}", self.pid, self.fd)
    }
}

/// What may hold sockets, but could not be examined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unexamined {
    /// The number of them.
    pub count: u64,
    /// The pids of the processes of the first few.
    pub examples: List<u32, EXAMPLES>,
}

impl Unexamined {
    /// Counts one that belongs to a process.
    pub(crate) fn push(&mut self, pid: u32) {
        self.count += 1;
        if self.examples.len() < EXAMPLES && !self.examples.contains(&pid) {
            self.examples.push(pid);
        }
    }

    fn absorb(&mut self, other: &Unexamined) {
        self.count += other.count;
        let room = EXAMPLES - self.examples.len();
        self.examples.extend(other.examples.iter().copied().take(room));
    }

    fn each_gap(&self, [one, more]: [&str; 2], what: &str, report: &mut Report<'_>) -> fmt::Result {
        let Unexamined { count, examples } = self;
        let pids = Examples { first: examples, count: *count };
        match count {
            0 => Ok(()),
            1 => report(format_args!("1 {one}: {what} unknown: pid {pids}")),
            count => report(format_args!("{count} {more}: {what} unknown: pid {pids}")),
        }
    }
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
