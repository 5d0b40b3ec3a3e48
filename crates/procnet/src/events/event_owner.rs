//! Whose a socket of an event is, and how that is known.

use crate::{Name, process::ControlGroupPath};

/// The process whose a socket is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventOwner {
    /// Its pid, in the pid namespace of this process; `None` if it is not in there.
    pub pid: Option<u32>,
    /// Its name (`comm`) at that time, at most 15 bytes. The process chooses it, so it may have any
    /// bytes.
    pub comm: Name,
    /// When it started, in ticks of 1/`USER_HZ` seconds after boot, as
    /// [`Process::start_time`](crate::Process::start_time): the pid and the start time together identify
    /// a process.
    pub start_time: u64,
    /// How this is known.
    pub evidence: Evidence,
    /// Its control group, if the query's filter has a condition on it, and it was still there when the
    /// event was read.
    pub(super) control_group: ControlGroupPath,
}

/// How the owner of a socket is known. What is not known is reported as unknown, and never guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// It called `connect`.
    Connect,
    /// It called `listen`.
    Listen,
    /// It was the first to send or receive with the socket: see
    /// [`EventOptions::first_use`](super::EventOptions::first_use).
    Use,
    /// It shut down or closed the socket, as the last one that held it. It may have inherited the socket
    /// from the process that accepted it.
    Close,
}
