//! A process that executes a program again and again.

use std::{
    os::{fd::OwnedFd, unix::process::CommandExt as _},
    process::Command,
};

use rustix::io::{FdFlags, fcntl_setfd};

/// A program of the shell that executes the shell with the same program.
const PROGRAM: &str = r#"exec sh -c "$0" "$0""#;

/// Executes it, with the sockets that are held. Returns only if that fails.
pub(super) fn again_and_again(held: &[OwnedFd]) -> String {
    for socket in held {
        if let Err(error) = fcntl_setfd(socket, FdFlags::empty()) {
            return error.to_string();
        }
    }
    Command::new("sh").args(["-c", PROGRAM, PROGRAM]).exec().to_string()
}
