//! What is known of processes: under which names their sockets are counted, and what they execute.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use procnet::{Name, ProcRoot, Process, process::ProcessDetails};
use procnet_arrow::Program;

use super::{Names, Slot};

/// The most processes that are kept.
const CAPACITY: usize = 1 << 16;

/// The control group of a process is read again after this many refreshes, as it may be moved: `sshd` is
/// moved into the scope of a session after it has accepted its connection.
const READ_AGAIN: u64 = 64;

/// What is known of processes.
#[derive(Debug, Default)]
pub struct Processes {
    known: HashMap<(u32, Option<u64>), Known, RandomState>,
    refresh: u64,
    keeps_programs: bool,
}

#[derive(Debug)]
struct Known {
    comm: Name,
    /// `None` if no socket was counted for it yet.
    slots: Option<Slots>,
    /// What was read of it, if that is kept.
    details: Option<Box<Details>>,
    read_at: u64,
    seen_at: u64,
}

/// What is read of a process.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// Its executable, unit, container and pod.
    pub program: Program,
    /// Whether some of that was refused.
    pub denied: bool,
    /// Whether its control group, which names unit and container, could not be read.
    no_cgroup: bool,
}

impl Details {
    fn read(root: &ProcRoot, process: &Process) -> Details {
        // Another process may have got its number.
        let same = |read: &ProcessDetails| {
            read.start_time.zip(process.start_time).is_none_or(|(one, other)| one == other)
        };
        let read = ProcessDetails::read(root, process.pid).ok().filter(same).unwrap_or_default();
        let (denied, no_cgroup) = (read.denied, read.cgroup.is_none());
        Details { program: Program::from(&read), denied, no_cgroup }
    }
}

/// Where the sockets of a process are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slots {
    pub(super) comm: Slot,
    pub(super) unit: Slot,
    pub(super) container: Slot,
    /// Whether unit and container were to be read, and could not be.
    pub(super) unread: bool,
}

impl Processes {
    pub(super) fn begin(&mut self) {
        self.refresh += 1;
        let refresh = self.refresh;
        // Not each time: it takes a look at all of them.
        if refresh.is_multiple_of(16) || self.known.len() >= CAPACITY {
            self.known.retain(|_, known| refresh - known.seen_at < 4);
        }
        if self.known.len() >= CAPACITY {
            self.known.clear();
        }
    }

    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// Whether what is read is kept, for [`details`](Processes::details).
    pub(super) fn keep_programs(&mut self, keep: bool) {
        if self.keeps_programs && !keep {
            self.known.values_mut().for_each(|known| known.details = None);
        }
        self.keeps_programs = keep;
    }

    /// Where the sockets of a process are counted: by units and containers if they are given.
    pub(super) fn slots(
        &mut self,
        process: &Process,
        root: &ProcRoot,
        comms: &mut Names,
        groups: Option<(&mut Names, &mut Names)>,
    ) -> Slots {
        let refresh = self.refresh;
        let mut details = None;
        if let Some(known) = self.find(process) {
            // Not all in the same refresh.
            let is_due = refresh >= known.read_at + READ_AGAIN
                && (refresh + u64::from(process.pid)).is_multiple_of(8);
            if !(is_due && groups.is_some()) {
                if let Some(slots) = known.slots {
                    return slots;
                }
                details = known.details.take();
            }
        }
        let (mut unit, mut container, mut unread) = (Slot::None, Slot::None, groups.is_some());
        if let Some((units, containers)) = groups {
            let read = details.take().unwrap_or_else(|| Box::new(Details::read(root, process)));
            unread = read.no_cgroup;
            unit = read.program.unit.as_deref().map_or(Slot::None, |name| units.slot(name));
            let name = read.program.container.as_deref();
            container = name.map_or(Slot::None, |name| containers.slot(name));
            details = Some(read);
        }
        let slots = Slots { comm: comms.slot(process.comm.as_bytes()), unit, container, unread };
        self.insert(process, Some(slots), details);
        slots
    }

    /// What a process executes, and where: read unless it was for the counts.
    pub(super) fn details(&mut self, process: &Process, root: &ProcRoot) -> Details {
        let mut slots = None;
        if let Some(known) = self.find(process) {
            if let Some(details) = &known.details {
                return Details::clone(details);
            }
            slots = known.slots;
        }
        let details = Details::read(root, process);
        self.insert(process, slots, Some(Box::new(details.clone())));
        details
    }

    /// A process that has not executed another program since.
    fn find(&mut self, process: &Process) -> Option<&mut Known> {
        let known = self.known.get_mut(&(process.pid, process.start_time))?;
        known.seen_at = self.refresh;
        (known.comm == process.comm).then_some(known)
    }

    fn insert(&mut self, process: &Process, slots: Option<Slots>, details: Option<Box<Details>>) {
        if self.known.len() >= CAPACITY {
            return;
        }
        let details = details.filter(|_| self.keeps_programs);
        let (comm, refresh) = (process.comm.clone(), self.refresh);
        let known = Known { comm, slots, details, read_at: refresh, seen_at: refresh };
        self.known.insert((process.pid, process.start_time), known);
    }
}
