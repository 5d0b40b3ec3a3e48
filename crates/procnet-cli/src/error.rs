//! Why the command could not run.

use std::{fmt, io, os::unix::ffi::OsStrExt as _, path::PathBuf};

use procnet::{decode::escape::Escaped, filter::FilterError};
use unicode_width::UnicodeWidthStr as _;

use crate::{args::place, row::escaped, suggestion};

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
        error: FilterError,
    },
    /// An invalid expression in a file.
    FilterInFile {
        /// As it is called in messages.
        file: String,
        /// The whole file.
        text: String,
        /// Of the text without its comments, whose offsets are the same.
        error: FilterError,
    },
    /// A file with a filter that cannot be read.
    FilterUnread { file: String, cause: io::Error },
    /// A file with a filter that is not UTF-8.
    FilterNotText { file: String, line: usize, column: usize },
    /// Groups cannot be sorted by this field.
    NotGrouped { field: &'static str },
    /// Sorted by what only a watch knows.
    NotWatched { field: &'static str },
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
    /// Columns of anything but a list of sockets.
    ColumnsFormat,
    /// Columns, which are not text, on a terminal.
    #[cfg(feature = "columns")]
    ColumnsOnTerminal,
    /// Columns cannot be written.
    #[cfg(feature = "columns")]
    Columns(procnet_arrow::Error),
    /// Events in another format than NDJSON.
    EventsFormat,
    /// Messages of several protocols, which do not say of which they are.
    DiagKinds,
    /// A file that cannot be written.
    Unwritten { file: String, cause: io::Error },
    /// `--protocol` of a file that is not of sock_diag.
    ProtocolOfText,
    /// Closing sockets without any condition on them.
    KillEverything,
    /// Closing sockets whose cookies are not read.
    KillSource,
    /// Closing sockets without a terminal on which to ask, and without an option that confirms it.
    KillUnconfirmed { count: usize },
    /// Closing another number of sockets than was confirmed.
    KillCount { count: usize, confirmed: u64 },
    /// An unknown subcommand.
    UnknownCommand { name: String, known: Vec<String> },
    /// A protocol without counters on this host.
    UnknownProtocol { name: String, known: Vec<String> },
}

impl Error {
    /// Whether the output pipe was closed, which is not a failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let cause = match self {
            Error::Output(error) => Some(error),
            #[cfg(feature = "columns")]
            Error::Columns(error) => error.as_io(),
            _ => None,
        };
        cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// More about it, as lines: an invalid filter with a marker below what is wrong, and what was
    /// probably meant.
    pub(crate) fn details(&self) -> Vec<String> {
        let error = match self {
            Error::Filter { error, .. } | Error::FilterInFile { error, .. } => error,
            _ => return Vec::new(),
        };
        let mut lines = match self {
            Error::FilterInFile { text, .. } => marked_line(text, error),
            _ => marked(error.text().split_at(error.offset()), error.found()),
        };
        match suggestion::for_filter(error) {
            Some(suggestion) => lines.push(suggestion),
            None if lines.is_empty() => lines.push(format!("expected {}", error.expected())),
            None => {}
        }
        lines
    }

    /// Why ctnetlink refused, if it did.
    pub(crate) fn refusal(&self) -> Option<procnet::coverage::Fallback> {
        match self {
            Error::Procnet(error) => error.refusal(),
            _ => None,
        }
    }

    /// Whether sock_diag does not provide the kind that was asked for.
    pub(crate) fn is_not_listed(&self) -> bool {
        match self {
            Error::Procnet(error) => error.kind() == procnet::ErrorKind::NotListed,
            _ => false,
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
                "{} is neither a command nor a filter (see `procnet --help`)",
                Escaped(error.text().as_bytes()),
            ),
            Error::Filter { error, .. } => {
                let column = error.text().get(..error.offset()).map_or(0, |it| it.chars().count());
                write!(f, "filter, column {}: ", column + 1)?;
                expected(error, f)
            }
            Error::FilterInFile { file, text, error } => {
                let (line, column) = place(text, error.offset());
                write!(f, "{file}: line {line}, column {column}: ")?;
                expected(error, f)
            }
            Error::FilterUnread { file, .. } => write!(f, "{file}: cannot be read"),
            Error::FilterNotText { file, line, column } => {
                write!(f, "{file}: line {line}, column {column}: not UTF-8")
            }
            Error::NotGrouped { field } => write!(
                f,
                "cannot sort groups by {field}: group by it, too, or sort by sockets, recv-q or \
                 send-q; in a watch also by rate, tx or rx"
            ),
            Error::NotWatched { field } => write!(
                f,
                "cannot sort by {field}, which is known by comparing two looks: add --watch"
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
            Error::ColumnsFormat => f.write_str(
                "arrow and parquet are formats of `procnet sockets`, without --sort, --group-by, \
                 --watch and -r: engines sort, group and compare what was written",
            ),
            #[cfg(feature = "columns")]
            Error::ColumnsOnTerminal => f.write_str(
                "standard output: is a terminal, and arrow and parquet are not text: write to a \
                 file or a pipe, as in `procnet sockets --format parquet > sockets.parquet`",
            ),
            #[cfg(feature = "columns")]
            Error::Columns(error) if error.as_io().is_some() => {
                f.write_str("standard output: cannot be written")
            }
            #[cfg(feature = "columns")]
            Error::Columns(error) => error.fmt(f),
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
            Error::DiagKinds => f.write_str(
                "--diag writes messages of one protocol, as they do not say of which they are: use \
                 -t, -u, -w or -x",
            ),
            Error::Unwritten { file, .. } => write!(f, "{file}: cannot be written"),
            Error::ProtocolOfText => {
                f.write_str("--protocol is for `procnet decode diag`: the name of a table says it")
            }
            Error::KillEverything => f.write_str(
                "--kill needs a condition: a filter, states, --pid, --port or the like, as in \
                 `procnet -K dst 192.0.2.7`",
            ),
            Error::KillSource => f.write_str(
                "--kill needs the cookies of sockets, by which no other socket is closed: use \
                 --source netlink, or none",
            ),
            Error::KillUnconfirmed { count } => write!(
                f,
                "{} would be closed, and there is no terminal to ask on: use --dry-run to see \
                 them, --confirm {count} or --yes to close them",
                sockets(*count)
            ),
            Error::KillCount { count, confirmed } => write!(
                f,
                "{} would be closed, but --confirm says {confirmed}: nothing was closed",
                sockets(*count)
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

/// What was expected in an expression, and what was found.
fn expected(error: &FilterError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "expected {}", error.expected())?;
    match error.found() {
        "" => f.write_str(", but it ends there"),
        found => write!(f, ", but found \"{}\"", Escaped(found.as_bytes())),
    }
}

fn sockets(count: usize) -> String {
    format!("{count} {}", if count == 1 { "socket" } else { "sockets" })
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Procnet(error) => std::error::Error::source(error),
            Error::Input { cause, .. } | Error::Output(cause) | Error::Notifications(cause) => {
                Some(cause)
            }
            #[cfg(feature = "columns")]
            Error::Columns(error) => match error.as_io() {
                Some(cause) => Some(cause),
                None => std::error::Error::source(error),
            },
            #[cfg(feature = "columns")]
            Error::ColumnsOnTerminal => None,
            Error::FilterUnread { cause, .. } | Error::Unwritten { cause, .. } => Some(cause),
            Error::Filter { .. }
            | Error::FilterInFile { .. }
            | Error::FilterNotText { .. }
            | Error::NotGrouped { .. }
            | Error::NotWatched { .. }
            | Error::WatchFormat
            | Error::WatchGroupsFormat
            | Error::WatchArray
            | Error::ColumnsFormat
            | Error::EventsFormat
            | Error::LifeKinds
            | Error::LifeBpfKinds
            | Error::FirstUseByBpf
            | Error::NotCapture(_)
            | Error::AlreadyCapture(_)
            | Error::DiagKinds
            | Error::ProtocolOfText
            | Error::KillEverything
            | Error::KillSource
            | Error::KillUnconfirmed { .. }
            | Error::KillCount { .. }
            | Error::UnknownCommand { .. }
            | Error::UnknownProtocol { .. } => None,
        }
    }
}

/// At most so many columns of an expression are printed, so that the marker is below its place.
const MARKED_WIDTH: usize = 60;

/// The line of a file around what is wrong, and a marker.
fn marked_line(text: &str, error: &FilterError) -> Vec<String> {
    let (before, rest) = text.split_at_checked(error.offset()).unwrap_or((text, ""));
    let before = before.rsplit('\n').next().unwrap_or_default();
    marked((before, rest.lines().next().unwrap_or_default()), error.found())
}

/// The expression around what is wrong, and a marker.
fn marked((before, rest): (&str, &str), found: &str) -> Vec<String> {
    let (mut before, rest) = (escaped(before), escaped(rest));
    let cut = |text: &str, room: usize| text.char_indices().nth(room).map(|(at, _)| at);
    if let Some(long) = before.chars().count().checked_sub(MARKED_WIDTH / 2).filter(|it| *it > 0) {
        let start = cut(&before, long).unwrap_or(0);
        before = format!("…{}", &before[start..]);
    }
    let rest = &rest[..cut(&rest, MARKED_WIDTH / 2).unwrap_or(rest.len())];
    let blanks = " ".repeat(before.width());
    let length = escaped(found).width().clamp(1, rest.width().max(1));
    vec![format!("  {before}{rest}"), format!("  {blanks}{}", "^".repeat(length))]
}

#[cfg(feature = "columns")]
impl From<procnet_arrow::Error> for Error {
    fn from(error: procnet_arrow::Error) -> Error {
        match error {
            procnet_arrow::Error::Procnet(error) => Error::Procnet(error),
            error => Error::Columns(error),
        }
    }
}

impl From<procnet::Error> for Error {
    fn from(error: procnet::Error) -> Error {
        Error::Procnet(error)
    }
}
