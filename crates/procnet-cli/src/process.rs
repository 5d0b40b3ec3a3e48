//! The details of the processes that hold sockets.

use std::{cell::RefCell, sync::Arc};

use procnet::{
    Error, Owner, ProcRoot,
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
