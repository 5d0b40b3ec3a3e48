//! The command `procnet`: the sockets of a Linux host, and the processes that own them.
//!
//! Any user of the host can choose the names of sockets, processes and interfaces: they are
//! escaped before they are printed, and no input makes the command panic.
//!
//! Exit status: 0 if the output is complete; 1 if something could not be read, which is reported on
//! standard error, and is 0 with `--allow-partial`; 2 if the command could not run. A closed output
//! pipe is a success.

#![forbid(unsafe_code)]

use std::{
    io::{IsTerminal as _, Write as _},
    os::unix::ffi::OsStrExt as _,
    process::ExitCode,
};

use clap::{Parser as _, error::ErrorKind};

use crate::{
    args::{Args, Color, short_help},
    error::Error,
    row::escaped,
};

mod args;
mod command;
mod error;
mod field;
mod groups;
mod host_names;
mod input;
mod interface;
mod messages;
mod output;
mod process;
mod row;
mod suggestion;
mod table;
mod terminal;
mod watch;

/// Whether the output of a command is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Complete,
    /// What is missing was reported.
    Partial,
    /// What was to be done was not, which was reported.
    Undone,
}

impl Outcome {
    fn complete_if(complete: bool) -> Outcome {
        if complete { Outcome::Complete } else { Outcome::Partial }
    }

    /// The outcome of both.
    fn and(self, other: Outcome) -> Outcome {
        self.max(other)
    }
}

fn main() -> ExitCode {
    command::generate::complete();
    let mut allows_partial = false;
    let ran = match Args::try_parse() {
        Ok(args) => {
            messages::set_quiet(args.reporting.quiet);
            allows_partial = args.reporting.allow_partial;
            command::run(args)
        }
        // Help and the version are output like any other.
        Err(text) if !text.use_stderr() => print_help(&text),
        Err(error) => {
            // The message repeats what was typed, which may come from elsewhere.
            let typed: Vec<_> = std::env::args_os().map(|arg| escaped(arg.as_bytes())).collect();
            let error = Args::try_parse_from(&typed).err().unwrap_or(error);
            messages::usage(&suggestion::improve(error, &typed));
            return ExitCode::from(2);
        }
    };
    match ran {
        Ok(Outcome::Complete) => ExitCode::SUCCESS,
        Ok(Outcome::Partial) if allows_partial => ExitCode::SUCCESS,
        Ok(Outcome::Partial | Outcome::Undone) => ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            messages::failure(&error);
            ExitCode::from(2)
        }
    }
}

/// Prints help or the version.
fn print_help(text: &clap::Error) -> Result<Outcome, Error> {
    let typed: Vec<_> = std::env::args_os().collect();
    let short = match text.kind() {
        ErrorKind::DisplayHelp => short_help(&typed),
        _ => None,
    };
    let styled = short.unwrap_or_else(|| text.render());
    let mut out = std::io::stdout();
    let text = match Color::default().applies(out.is_terminal()) {
        true => styled.ansi().to_string(),
        false => styled.to_string(),
    };
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Error::Output)?;
    Ok(Outcome::Complete)
}
