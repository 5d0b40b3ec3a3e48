//! What a test finds out about processes by itself, without the library.

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
    // The kernel appends a newline; the name may contain others.
    comm.pop();
    comm
}

/// The letter of a process's state: `Z` if it, or only its leader, has ended.
#[must_use]
pub fn state_of(pid: u32) -> Option<char> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let after_comm = stat.iter().rposition(|byte| *byte == b')')?;
    stat.get(after_comm + 2).map(|letter| char::from(*letter))
}

/// Runs a command to its end.
///
/// # Errors
///
/// What it printed on standard error if it failed, or why it could not be run.
pub fn run(command: &[&str]) -> Result<(), String> {
    let (program, arguments) = command.split_first().ok_or("no command")?;
    let ran = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    match ran {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr))),
        Err(error) => Err(format!("{program}: {error}")),
    }
}
