//! Processes that own sockets, and what /proc reports about them.
//!
//! A visit reports the pid and the name of each owner. Its executable, command line, control group,
//! container, pod and unit are in [`ProcessDetails`], which is read separately, as each of them costs
//! system calls; a [`ProcessCache`] reads it once for each process.

mod cache;
mod cgroup;
mod container;
mod control_group_path;
mod details;
mod pod;
mod security_contexts;
mod threads;

pub use cache::ProcessCache;
pub(crate) use control_group_path::ControlGroupPath;
pub use details::ProcessDetails;
pub use security_contexts::SecurityContexts;
pub use threads::{Thread, Threads};

use procnet_core::process::status::Uids;
use smallvec::SmallVec;

use crate::{Error, Name, Scanner};

/// A process that owns sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Process {
    /// Its pid, in the pid namespace of the /proc that was read.
    pub pid: u32,
    /// Its name (`comm`), at most 15 bytes. The process chooses it, so it may have any bytes. Empty
    /// in a directory of captures without it.
    pub comm: Name,
    /// When it started, in ticks of 1/`USER_HZ` seconds after boot. The pid and the start time
    /// together identify a process. `None` in a directory of captures without it.
    pub start_time: Option<u64>,
    /// Its user ids, if [`Query::process_uids`](crate::Query::process_uids) asked for them.
    pub uids: Option<Uids>,
    /// Its whole names if `comm` is cut, and if the query's filter has a condition on names.
    pub(crate) full_names: FullNames,
    /// The path of its control group, if the query's filter has a condition on it.
    pub(crate) control_group: ControlGroupPath,
}

/// The whole names of a process whose `comm` is cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FullNames {
    /// The names, each followed by a NUL: mostly one, without an allocation.
    names: SmallVec<[u8; 48]>,
    /// Whether the path of the executable may not be read.
    pub(crate) is_denied: bool,
}

impl FullNames {
    /// Adds a name.
    pub(crate) fn push(&mut self, name: &[u8]) {
        if self.iter().all(|known| known != name) {
            self.names.extend_from_slice(name);
            self.names.push(0);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.names.split_inclusive(|byte| *byte == 0).map(|name| &name[..name.len() - 1])
    }
}

impl Process {
    /// A process of which nothing else is known yet.
    pub(crate) fn new(pid: u32) -> Process {
        let (comm, full_names) = (Name::default(), FullNames::default());
        let control_group = ControlGroupPath::default();
        Process { pid, comm, start_time: None, uids: None, full_names, control_group }
    }
}

/// A process, and the descriptor through which it holds a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner<'a> {
    /// The process.
    pub process: &'a Process,
    /// The number of the descriptor: in the table of its process; or, of a socket that no process
    /// has there, in the table of one of its threads, or of the io_uring instance with which the
    /// socket is registered.
    pub fd: u32,
}

impl Owner<'_> {
    /// The pid of the process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid
    }

    /// The name of the process.
    #[must_use]
    pub fn comm(&self) -> &Name {
        &self.process.comm
    }
}

/// The pids of all visible processes.
///
/// Uses a new scanner of `$HOST_PROC`, by default `/proc`; for repeated calls, keep a scanner and
/// use [`Scanner::pids`].
///
/// # Errors
///
/// As for [`Scanner::pids`].
pub fn pids() -> Result<Vec<u32>, Error> {
    Scanner::new()?.pids()
}

/// The four user ids of a process.
///
/// Uses a new scanner of `$HOST_PROC`, by default `/proc`; for repeated calls, keep a scanner and
/// use [`Scanner::process_uids`].
///
/// # Errors
///
/// As for [`Scanner::process_uids`].
pub fn process_uids(pid: u32) -> Result<Uids, Error> {
    Scanner::new()?.process_uids(pid)
}
