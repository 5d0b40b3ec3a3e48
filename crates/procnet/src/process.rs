//! Processes that own sockets.

use procnet_core::process::status::Uids;

use crate::{Error, Name, Scanner};

/// A process that owns sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Process {
    /// Its number in the pid namespace of the /proc that was read.
    pub pid: u32,
    /// Its name (`comm`): its own word, any bytes, at most 15; empty in a directory of captures that does not hold it.
    pub comm: Name,
    /// When it started, in ticks of 1/`USER_HZ` seconds after boot; with the pid, what tells
    /// it from a later process of the same number. `None` in a directory of captures that
    /// does not hold it.
    pub start_time: Option<u64>,
    /// Its users, if [`Query::process_uids`](crate::Query::process_uids) asked for them.
    pub uids: Option<Uids>,
}

/// A process, and the descriptor by which it holds a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner<'a> {
    /// The process.
    pub process: &'a Process,
    /// The number of the descriptor.
    pub fd: u32,
}

impl Owner<'_> {
    /// The process's number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid
    }

    /// The process's name.
    #[must_use]
    pub fn comm(&self) -> &Name {
        &self.process.comm
    }
}

/// The pids of all visible processes.
///
/// Asks a new scanner of `$HOST_PROC`, by default `/proc`; a program that asks repeatedly keeps one
/// and calls [`Scanner::pids`].
///
/// # Errors
///
/// As for [`Scanner::pids`].
pub fn pids() -> Result<Vec<u32>, Error> {
    Scanner::new()?.pids()
}

/// The four user ids of a process.
///
/// Asks a new scanner of `$HOST_PROC`, by default `/proc`; a program that asks repeatedly keeps one
/// and calls [`Scanner::process_uids`].
///
/// # Errors
///
/// As for [`Scanner::process_uids`].
pub fn process_uids(pid: u32) -> Result<Uids, Error> {
    Scanner::new()?.process_uids(pid)
}
