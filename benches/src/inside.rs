//! Namespaces of its own for a program that measures.

use std::{env, fmt, os::unix::process::CommandExt as _, process::Command};

use procnet_corpus::live::{namespaces, run};

/// Set in the process that is in the namespaces.
const INSIDE: &str = "PROCNET_BENCH_INSIDE";

/// Executes the program again, in namespaces of its own with the loopback interface up; returns in
/// these.
///
/// # Errors
///
/// If they cannot be created.
pub fn enter() -> Result<(), String> {
    if env::var_os(INSIDE).is_some() {
        return run(&["ip", "link", "set", "lo", "up"]);
    }
    let unshare = namespaces()?;
    let program = env::current_exe().map_err(text)?;
    let mut command = Command::new(unshare[0]);
    command.args(&unshare[1..]).arg(program).args(env::args_os().skip(1)).env(INSIDE, "1");
    Err(text(command.exec()))
}

/// An error as text.
pub fn text(error: impl fmt::Display) -> String {
    error.to_string()
}
