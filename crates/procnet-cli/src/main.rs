//! The command `procnet`: which sockets exist on this host, and which processes own them.
//!
//! What it prints may have been named by anyone on the host: names of sockets, processes
//! and interfaces are escaped before they reach any output, and no input makes it panic.
//!
//! Exit codes: 0, all was seen; 1, something could not be read and is named on standard
//! error; 2, the command could not run. That whoever reads the output stops early is
//! neither: it is silent success.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Args;

mod args;
mod command;
mod error;
mod field;
mod groups;
mod input;
mod messages;
mod output;
mod process;
mod row;
mod terminal;
mod watch;

/// What a command that ran saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// All of it.
    Whole,
    /// Not all; what is missing was named.
    Partial,
}

impl Sight {
    /// What was seen of two things together.
    fn and(self, other: Sight) -> Sight {
        match (self, other) {
            (Sight::Whole, Sight::Whole) => Sight::Whole,
            _ => Sight::Partial,
        }
    }
}

fn main() -> ExitCode {
    match command::run(Args::parse()) {
        Ok(Sight::Whole) => ExitCode::SUCCESS,
        Ok(Sight::Partial) => ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            messages::failure(&error);
            ExitCode::from(2)
        }
    }
}
