//! Processes that own sockets, and what /proc reports about them.
//!
//! A visit reports the pid and the name of each owner. Its executable, command line, control group,
//! container and unit are in [`ProcessDetails`], which is read separately, as each of them costs
//! system calls; a [`ProcessCache`] reads it once for each process.

mod cache;
mod cgroup;
mod container;
mod details;

pub use cache::ProcessCache;
pub use details::ProcessDetails;

use procnet_core::process::status::Uids;

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
}

/// A process, and the descriptor through which it holds a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner<'a> {
    /// The process.
    pub process: &'a Process,
    /// The number of the descriptor.
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
