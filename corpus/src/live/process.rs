//! What a test looks up itself about processes, without the library.

use std::fs;

/// The name of a process.
///
/// # Panics
///
/// If there is no such process.
#[must_use]
pub fn comm_of(pid: u32) -> Vec<u8> {
    let mut comm = fs::read(format!("/proc/{pid}/comm")).expect("the name of a process");
    // The kernel ends it with a newline; a name may hold others.
    comm.pop();
    comm
}

/// The letter of a process's state: `Z` for one that has ended, or whose leader has.
#[must_use]
pub fn state_of(pid: u32) -> Option<char> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let after_comm = stat.iter().rposition(|byte| *byte == b')')?;
    stat.get(after_comm + 2).map(|letter| char::from(*letter))
}
