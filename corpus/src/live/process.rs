//! What a test does with processes itself, without the library.

use std::{
    fs,
    process::{Command, Stdio},
};

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

/// Runs a command to its end; what it said if it failed.
///
/// # Errors
///
/// If it cannot be run, or fails.
pub fn run(command: &[&str]) -> Result<(), String> {
    let (program, arguments) = command.split_first().ok_or("no command")?;
    let ran = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    match ran {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr))),
        Err(error) => Err(format!("{program}: {error}")),
    }
}
