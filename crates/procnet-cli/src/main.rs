//! The command `procnet`: the sockets of a Linux host, and the processes that own them.
//!
//! Any user of the host can choose the names of sockets, processes and interfaces: they are
//! escaped before they are printed, and no input makes the command panic.
//!
//! Exit status: 0 if the output is complete; 1 if something could not be read, which is reported on
//! standard error; 2 if the command could not run. A closed output pipe is a success.

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
mod table;
mod terminal;
mod watch;

/// Whether the output of a command is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Complete,
    /// What is missing was reported.
    Partial,
}

impl Outcome {
    fn complete_if(complete: bool) -> Outcome {
        if complete { Outcome::Complete } else { Outcome::Partial }
    }

    /// The outcome of both.
    fn and(self, other: Outcome) -> Outcome {
        Outcome::complete_if(self == Outcome::Complete && other == Outcome::Complete)
    }
}

fn main() -> ExitCode {
    match command::run(Args::parse()) {
        Ok(Outcome::Complete) => ExitCode::SUCCESS,
        Ok(Outcome::Partial) => ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            messages::failure(&error);
            ExitCode::from(2)
        }
    }
}
