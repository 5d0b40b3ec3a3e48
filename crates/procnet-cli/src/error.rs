//! Why the command could not run.

use std::{fmt, io, os::unix::ffi::OsStrExt as _, path::PathBuf};

use procnet::decode::escape::Escaped;

/// Why the command could not run. `Display` says one level; `source` has the cause.
#[derive(Debug)]
pub(crate) enum Error {
    /// An error of the library.
    Procnet(procnet::Error),
    /// The file to decode cannot be read.
    Input {
        /// As given.
        file: PathBuf,
        cause: io::Error,
    },
    /// `--byte-order` for a directory that is not a capture.
    NotCapture(PathBuf),
    /// A capture of a capture.
    AlreadyCapture(PathBuf),
    /// The output cannot be written.
    Output(io::Error),
    /// Invalid filter expression.
    Filter {
        /// It is a single word, which may be a mistyped subcommand.
        maybe_command: bool,
        error: procnet::filter::FilterError,
    },
    /// Groups cannot be sorted by this field.
    NotGrouped { field: &'static str },
    /// A watch of sockets in another format than a table.
    WatchFormat,
    /// A watch of counters as an array.
    WatchArray,
    /// A watch of groups in another format than a table.
    WatchGroupsFormat,
    /// The notifications of sockets that end cannot be read.
    Notifications(io::Error),
    /// `life` of kinds whose ends are not reported.
    LifeKinds,
    /// BPF events of kinds that it does not report.
    LifeBpfKinds,
    /// The first use of sockets by another source than BPF.
    FirstUseByBpf,
    /// Events in another format than NDJSON.
    EventsFormat,
    /// An unknown subcommand.
    UnknownCommand { name: String, known: Vec<String> },
    /// A protocol without counters on this host.
    UnknownProtocol { name: String, known: Vec<String> },
}

impl Error {
    /// Whether the output pipe was closed, which is not a failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Why ctnetlink refused, if it did.
    pub(crate) fn refusal(&self) -> Option<procnet::coverage::Fallback> {
        match self {
            Error::Procnet(error) => error.refusal(),
            _ => None,
        }
    }

    /// Whether more privileges would help.
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
            Error::AlreadyCapture(root) => {
                write!(f, "{}: is not a /proc", Escaped(root.as_os_str().as_bytes()))
            }
            Error::NotCapture(root) => write!(
                f,
                "{}: not a capture: the byte order of a running kernel is this machine's",
                Escaped(root.as_os_str().as_bytes())
            ),
            Error::Output(_) => f.write_str("standard output: cannot be written"),
            Error::Notifications(_) => {
                f.write_str("notifications of sockets that end: cannot be read")
            }
            Error::Filter { maybe_command: true, error } => write!(
                f,
                "{} is neither a command (see `procnet --help`) nor a filter expression: \
                 expected {}",
                Escaped(error.text().as_bytes()),
                error.expected()
            ),
            Error::Filter { error, .. } => write!(f, "invalid filter expression: {error}"),
            Error::NotGrouped { field } => write!(
                f,
                "cannot sort groups by {field}: group by it, too, or sort by sockets, recv-q or \
                 send-q"
            ),
            Error::WatchFormat => f.write_str(
                "--watch of sockets requires --format table; for scripts, use \
                 `procnet sockets --events`",
            ),
            Error::WatchArray => f.write_str(
                "--watch cannot print a JSON array, as it never ends: use --format ndjson",
            ),
            Error::WatchGroupsFormat => f.write_str(
                "--watch of groups requires --format table; for scripts, run without it repeatedly",
            ),
            Error::EventsFormat => f.write_str(
                "--events prints one JSON object per line: use --format ndjson, or none",
            ),
            Error::LifeKinds => f.write_str(
                "only the ends of TCP and UDP sockets are reported, and the selected kinds have \
                 neither",
            ),
            Error::LifeBpfKinds => f.write_str(
                "BPF reports the ends of TCP sockets only; with --first-use, also whose UDP sockets \
                 are",
            ),
            Error::FirstUseByBpf => f.write_str(
                "--first-use needs BPF: use --event-source bpf, or none",
            ),
            Error::UnknownCommand { name, known } => {
                let (name, known) = (Escaped(name.as_bytes()), known.join(", "));
                write!(f, "unknown command {name}; known: {known}")
            }
            Error::UnknownProtocol { name, known } => {
                let (name, known) = (Escaped(name.as_bytes()), known.join(", "));
                write!(f, "no counters of protocol {name}; known: {known}")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Procnet(error) => std::error::Error::source(error),
            Error::Input { cause, .. } | Error::Output(cause) | Error::Notifications(cause) => {
                Some(cause)
            }
            Error::Filter { .. }
            | Error::NotGrouped { .. }
            | Error::WatchFormat
            | Error::WatchGroupsFormat
            | Error::WatchArray
            | Error::EventsFormat
            | Error::LifeKinds
            | Error::LifeBpfKinds
            | Error::FirstUseByBpf
            | Error::NotCapture(_)
            | Error::AlreadyCapture(_)
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
