//! What is known of processes: under which names their sockets are counted.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use procnet::{Name, ProcRoot, Process, process::ProcessDetails};

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
}

#[derive(Debug)]
struct Known {
    comm: Name,
    slots: Slots,
    read_at: u64,
    seen_at: u64,
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

    /// Where the sockets of a process are counted: by units and containers if they are given.
    pub(super) fn slots(
        &mut self,
        process: &Process,
        root: &ProcRoot,
        comms: &mut Names,
        groups: Option<(&mut Names, &mut Names)>,
    ) -> Slots {
        let Processes { known, refresh, .. } = self;
        let key = (process.pid, process.start_time);
        if let Some(known) = known.get_mut(&key) {
            known.seen_at = *refresh;
            // Not all in the same refresh.
            let is_due = *refresh >= known.read_at + READ_AGAIN
                && (*refresh + u64::from(process.pid)).is_multiple_of(8);
            if known.comm == process.comm && !(is_due && groups.is_some()) {
                return known.slots;
            }
        }
        let (mut unit, mut container, mut unread) = (Slot::None, Slot::None, groups.is_some());
        if let Some((units, containers)) = groups {
            let details = ProcessDetails::read(root, process.pid).ok();
            // Another process may have got its number.
            let same = |details: &ProcessDetails| {
                details.start_time.zip(process.start_time).is_none_or(|(one, other)| one == other)
            };
            if let Some(details) = details.filter(same) {
                unread = details.cgroup.is_none();
                unit = details.unit().map_or(Slot::None, |name| units.slot(name));
                container = details.container().map_or(Slot::None, |name| containers.slot(&name));
            }
        }
        let slots = Slots { comm: comms.slot(process.comm.as_bytes()), unit, container, unread };
        let refresh = self.refresh;
        if self.known.len() < CAPACITY {
            let comm = process.comm.clone();
            self.known.insert(key, Known { comm, slots, read_at: refresh, seen_at: refresh });
        }
        slots
    }
}
