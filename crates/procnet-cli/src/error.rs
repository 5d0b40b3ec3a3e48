//! Why the command could not run.

use std::{fmt, io, os::unix::ffi::OsStrExt as _, path::PathBuf};

use procnet::core::escape::Escaped;

/// Why the command could not run. `Display` says one level; `source` has the cause.
#[derive(Debug)]
pub(crate) enum Error {
    /// The question has no answer.
    Procnet(procnet::Error),
    /// A file to be decoded cannot be read.
    Input {
        /// As it was given.
        file: PathBuf,
        cause: io::Error,
    },
    /// What was found cannot be written.
    Output(io::Error),
    /// A condition that cannot be understood.
    Filter {
        /// It is one word, which may have been meant for a command.
        command: bool,
        error: procnet::FilterError,
    },
    /// Groups do not have what they are to be sorted by.
    NotGrouped { field: &'static str },
    /// Sockets are watched as a table only.
    WatchedFormat,
    /// An array ends, and a watch does not.
    WatchedArray,
    /// So are groups.
    WatchedGroups,
    /// Events are objects, a line each.
    EventsFormat,
    /// A subcommand that there is not.
    UnknownCommand {
        /// As it was given.
        asked: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A protocol that this host does not count.
    UnknownProtocol {
        /// As it was given.
        asked: String,
        /// Those that there are.
        known: Vec<String>,
    },
}

impl Error {
    /// Whether the reader of the output went away, which is no failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Whether more privilege would have helped.
    pub(crate) fn is_permission(&self) -> bool {
        match self {
            Error::Procnet(error) => error.kind() == procnet::ErrorKind::PermissionDenied,
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Procnet(error) => error.fmt(f),
            Error::Input { file, .. } => {
                write!(f, "{}: cannot be read", Escaped(file.as_os_str().as_bytes()))
            }
            Error::Output(_) => f.write_str("standard output: cannot be written"),
            Error::Filter { command: true, error } => write!(
                f,
                "{} is neither a command, which `procnet --help` lists, nor a condition: \
                 expected {}",
                Escaped(error.text().as_bytes()),
                error.expected()
            ),
            Error::Filter { error, .. } => write!(f, "the condition is not understood: {error}"),
            Error::NotGrouped { field } => write!(
                f,
                "groups cannot be sorted by {field}, which they do not have in common: group by \
                 it, too, or sort by sockets, recv-q or send-q"
            ),
            Error::WatchedFormat => f.write_str(
                "--watch shows a table for people; a program reads `procnet sockets --events`",
            ),
            Error::WatchedArray => f.write_str(
                "an array is valid once it has ended: a program reads a watch with --format ndjson",
            ),
            Error::WatchedGroups => {
                f.write_str("--watch shows a table for people; a program asks without it, again")
            }
            Error::EventsFormat => {
                f.write_str("--events prints an object a line: with --format ndjson, or without")
            }
            Error::UnknownCommand { asked, known } => {
                let (asked, known) = (Escaped(asked.as_bytes()), known.join(", "));
                write!(f, "no command is called {asked}; those that are: {known}")
            }
            Error::UnknownProtocol { asked, known } => {
                let asked = Escaped(asked.as_bytes());
                write!(f, "no protocol {asked} is counted here; those that are: ")?;
                f.write_str(&known.join(", "))
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Procnet(error) => std::error::Error::source(error),
            Error::Input { cause, .. } | Error::Output(cause) => Some(cause),
            Error::Filter { .. }
            | Error::NotGrouped { .. }
            | Error::WatchedFormat
            | Error::WatchedGroups
            | Error::WatchedArray
            | Error::EventsFormat
            | Error::UnknownCommand { .. }
            | Error::UnknownProtocol { .. } => None,
        }
    }
}

impl From<procnet::Error> for Error {
    fn from(error: procnet::Error) -> Error {
        Error::Procnet(error)
    }
}
