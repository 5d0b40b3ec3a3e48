//! What failed, where, and why.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use rustix::io::Errno;

use crate::coverage::Failure;

/// Why a question has no answer at all.
///
/// What merely could not be seen is no error: it is in the answer's
/// [`Coverage`](crate::Coverage). `Display` says one level; [`source`] has the cause.
///
/// [`source`]: std::error::Error::source
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    path: PathBuf,
    /// Counted from 1.
    line: Option<usize>,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    None,
    Contradiction(&'static str),
    Io(io::Error),
    Decode(procnet_core::Error),
}

/// What a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no process with the pid that was asked for.
    NoSuchProcess,
    /// The caller may not see what was asked for.
    PermissionDenied,
    /// Connection tracking is not loaded, or not part of this kernel.
    ConntrackNotLoaded,
    /// The kernel has no such file: it is built without what it counts, or older than it.
    Absent,
    /// What was asked for is no network namespace.
    NotNamespace,
    /// The directory holds no `net` tables: it is not a /proc, or not like one.
    NotProc,
    /// sock_diag was asked for, and does not provide what was asked.
    NoNetlink,
    /// The options of a query contradict each other.
    InvalidQuery,
    /// A file has not the form that the kernel gives it.
    Malformed,
    /// A file could not be opened or read for another reason.
    Io,
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, path: impl Into<PathBuf>) -> Error {
        Error(Box::new(Inner { kind, path: path.into(), line: None, cause: Cause::None }))
    }

    #[cold]
    pub(crate) fn io(path: impl Into<PathBuf>, errno: Errno) -> Error {
        let kind = match errno {
            Errno::ACCESS | Errno::PERM => ErrorKind::PermissionDenied,
            _ => ErrorKind::Io,
        };
        let cause = Cause::Io(errno.into());
        Error(Box::new(Inner { kind, path: path.into(), line: None, cause }))
    }

    #[cold]
    pub(crate) fn decode(
        path: impl Into<PathBuf>,
        line: impl Into<Option<usize>>,
        error: procnet_core::Error,
    ) -> Error {
        let (kind, cause) = (ErrorKind::Malformed, Cause::Decode(error));
        Error(Box::new(Inner { kind, path: path.into(), line: line.into(), cause }))
    }

    #[cold]
    pub(crate) fn invalid_query(path: impl Into<PathBuf>, why: &'static str) -> Error {
        let (kind, cause) = (ErrorKind::InvalidQuery, Cause::Contradiction(why));
        Error(Box::new(Inner { kind, path: path.into(), line: None, cause }))
    }

    /// The same failure, known to be of another kind.
    #[cold]
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.0.kind = kind;
        self
    }

    /// The same failure, of the kind of its own that a file has which is not there.
    #[cold]
    pub(crate) fn absent_if_not_found(self) -> Error {
        if self.is_not_found() { self.with_kind(ErrorKind::Absent) } else { self }
    }

    /// Why the kernel refused, if it did.
    pub(crate) fn failure(&self) -> Option<Failure> {
        match &self.0.cause {
            Cause::Io(error) => Errno::from_io_error(error).map(Failure::new),
            _ => None,
        }
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file or directory that it is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The line of that file, counted from 1, if it is about one.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.0.line
    }

    /// Whether the file is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(&self.0.cause, Cause::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Cause::Contradiction(why) = self.0.cause {
            return write!(f, "the query contradicts itself: {why}");
        }
        let path = self.0.path.display();
        match (self.0.kind, self.0.line) {
            (ErrorKind::NoSuchProcess, _) => write!(f, "{path}: no such process"),
            (ErrorKind::PermissionDenied, _) => write!(f, "{path}: not allowed to read it"),
            (ErrorKind::ConntrackNotLoaded, _) => {
                write!(f, "{path}: connection tracking is not loaded")
            }
            (ErrorKind::Absent, _) => write!(f, "{path}: the kernel has no such file"),
            (ErrorKind::NotProc, _) => {
                write!(f, "{path}: no network tables here (neither 1/net nor net)")
            }
            (ErrorKind::NotNamespace, _) => write!(f, "{path}: no network namespace"),
            (ErrorKind::NoNetlink, _) => {
                write!(f, "{path}: sock_diag does not provide it")
            }
            (ErrorKind::Malformed, Some(line)) => write!(f, "{path}: line {line} is malformed"),
            (ErrorKind::Malformed, None) => write!(f, "{path}: not of the kernel's form"),
            (ErrorKind::Io | ErrorKind::InvalidQuery, _) => write!(f, "{path}: cannot be read"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::None | Cause::Contradiction(_) => None,
            Cause::Io(error) => Some(error),
            Cause::Decode(error) => Some(error),
        }
    }
}
