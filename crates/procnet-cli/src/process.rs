//! The details of the processes that hold sockets, and the paths of sockets' control groups.

use std::{cell::RefCell, collections::BTreeSet, sync::Arc};

use procnet::{
    Error, Owner, ProcRoot,
    control_group::ControlGroups,
    decode::escape::Escaped,
    process::{ProcessCache, ProcessDetails},
};

/// The processes of a root. Rows share it while they are written.
pub(crate) struct Processes(RefCell<ProcessCache>);

impl Processes {
    pub(crate) fn of(root: &ProcRoot) -> Result<Processes, Error> {
        ProcessCache::new(root).map(RefCell::new).map(Processes)
    }

    /// The details of an owner.
    pub(crate) fn details(&self, owner: Owner<'_>) -> Arc<ProcessDetails> {
        self.0.borrow_mut().details(owner.process)
    }

    /// The number of processes whose details could not all be read for lack of privilege.
    pub(crate) fn denied(&self) -> u64 {
        self.0.borrow().denied()
    }
}

/// The paths of control groups. Rows share it while they are written.
#[derive(Debug, Default)]
pub(crate) struct ControlGroupPaths {
    groups: RefCell<ControlGroups>,
    /// The IDs without a path, each once.
    unknown: RefCell<BTreeSet<u64>>,
}

impl ControlGroupPaths {
    /// The path of a control group, escaped.
    pub(crate) fn path(&self, id: u64) -> Option<String> {
        let mut groups = self.groups.borrow_mut();
        let path = groups.path(id).map(|path| Escaped(path).to_string());
        if path.is_none() {
            self.unknown.borrow_mut().insert(id);
        }
        path
    }

    /// The number of control groups that have no path, though they may exist.
    pub(crate) fn unseen(&self) -> usize {
        if self.groups.borrow().is_partial() { self.unknown.borrow().len() } else { 0 }
    }
}
