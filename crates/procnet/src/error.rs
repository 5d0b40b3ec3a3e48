//! Errors.

use std::{
    fmt, io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use procnet_core::escape::Escaped;
use rustix::io::Errno;

use crate::{
    coverage::{Failure, Fallback, NoBpf},
    filter::FilterError,
};

/// Why a request has no answer.
///
/// Anything that could not be seen in an answer is not an error: it is in the
/// [`Coverage`](crate::Coverage). `Display` writes this error alone; its cause, if it has one, is
/// its [`source`].
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
    /// Why netlink was not available.
    refusal: Option<Fallback>,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    None,
    Contradiction(&'static str),
    Io(io::Error),
    Decode(procnet_core::Error),
    Filter(FilterError),
    /// The cause is the refusal.
    Refused,
    /// The same, of sock_diag.
    Unlisted,
    AbsentAndRefused,
    NoBpf(NoBpf),
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no process with the requested pid.
    NoSuchProcess,
    /// The caller lacks the privilege to read the file.
    PermissionDenied,
    /// Connection tracking is not loaded, or the kernel is built without it.
    ConntrackNotLoaded,
    /// The kernel has no such file: it is older than the file, or built without the feature.
    Absent,
    /// This [capture](crate::capture) does not have the file, though the host may have had it.
    NotCaptured,
    /// The file is not a network namespace.
    NotNamespace,
    /// The directory has no `net` tables: it is neither a /proc nor a copy of one.
    NotProc,
    /// Only netlink was allowed, and it does not provide what was requested.
    NoNetlink,
    /// Sockets of a kind [without a table](crate::Kind::has_table) cannot be listed, as sock_diag does
    /// not provide them here; [`Error::refusal`] is the reason.
    NotListed,
    /// Owners, sockets or [events](crate::Scanner::socket_events) were requested from BPF only, and there
    /// is no program for them; the
    /// [`NoBpf`](crate::coverage::NoBpf) is the [`source`](std::error::Error::source).
    NoBpf,
    /// The options of a query contradict each other.
    InvalidQuery,
    /// A file does not have the format the kernel gives it.
    Malformed,
    /// An expression is not a valid [`Filter`](crate::Filter); the [`FilterError`] is the
    /// [`source`](std::error::Error::source).
    InvalidFilter,
    /// A file could not be opened or read for another reason.
    Io,
    /// A file or directory could not be created or written.
    CannotWrite,
}

impl Error {
    #[cold]
    fn with(kind: ErrorKind, path: PathBuf, line: Option<usize>, cause: Cause) -> Error {
        Error(Box::new(Inner { kind, path, line, refusal: None, cause }))
    }

    #[cold]
    pub(crate) fn new(kind: ErrorKind, path: impl Into<PathBuf>) -> Error {
        Error::with(kind, path.into(), None, Cause::None)
    }

    #[cold]
    pub(crate) fn io(path: impl Into<PathBuf>, errno: Errno) -> Error {
        let kind = match errno {
            Errno::ACCESS | Errno::PERM => ErrorKind::PermissionDenied,
            _ => ErrorKind::Io,
        };
        let cause = Cause::Io(errno.into());
        Error::with(kind, path.into(), None, cause)
    }

    #[cold]
    pub(crate) fn cannot_write(path: impl Into<PathBuf>, error: io::Error) -> Error {
        Error::with(ErrorKind::CannotWrite, path.into(), None, Cause::Io(error))
    }

    #[cold]
    pub(crate) fn decode(
        path: impl Into<PathBuf>,
        line: impl Into<Option<usize>>,
        error: procnet_core::Error,
    ) -> Error {
        let (kind, cause) = (ErrorKind::Malformed, Cause::Decode(error));
        Error::with(kind, path.into(), line.into(), cause)
    }

    #[cold]
    pub(crate) fn invalid_query(path: impl Into<PathBuf>, why: &'static str) -> Error {
        let (kind, cause) = (ErrorKind::InvalidQuery, Cause::Contradiction(why));
        Error::with(kind, path.into(), None, cause)
    }

    #[cold]
    pub(crate) fn no_bpf(path: impl Into<PathBuf>, why: NoBpf) -> Error {
        Error::with(ErrorKind::NoBpf, path.into(), None, Cause::NoBpf(why))
    }

    /// An error because no source lists sockets of a kind without a table.
    #[cold]
    pub(crate) fn unlisted(path: impl Into<PathBuf>, why: Fallback) -> Error {
        Error::with(ErrorKind::NotListed, path.into(), None, Cause::Unlisted).after(Some(why))
    }

    /// An error because ctnetlink refused.
    #[cold]
    pub(crate) fn refused(kind: ErrorKind, path: impl Into<PathBuf>, refusal: Fallback) -> Error {
        Error::with(kind, path.into(), None, Cause::Refused).after(Some(refusal))
    }

    /// The error for a file that does not exist, because ctnetlink refused as well.
    #[cold]
    pub(crate) fn absent_and_refused(mut self, kind: ErrorKind, refusal: Fallback) -> Error {
        (self.0.kind, self.0.cause) = (kind, Cause::AbsentAndRefused);
        self.after(Some(refusal))
    }

    /// The same error, after ctnetlink had refused.
    #[cold]
    pub(crate) fn after(mut self, refusal: Option<Fallback>) -> Error {
        self.0.refusal = refusal;
        self
    }

    /// The same error with another kind.
    #[cold]
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.0.kind = kind;
        self
    }

    /// The same error, of kind [`ErrorKind::Absent`] if the file does not exist.
    #[cold]
    pub(crate) fn absent_if_not_found(self) -> Error {
        if self.is_not_found() { self.with_kind(ErrorKind::Absent) } else { self }
    }

    /// The kernel's error, if it is the cause.
    pub(crate) fn failure(&self) -> Option<Failure> {
        match &self.0.cause {
            Cause::Io(error) => Errno::from_io_error(error).map(Failure::new),
            _ => None,
        }
    }

    /// The kind of error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file or directory it concerns; empty for an invalid filter.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The line of that file, counted from 1, if it concerns one.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.0.line
    }

    /// Why ctnetlink did not answer, if it was asked for what then could not be read from /proc
    /// either; why there are no [notifications](crate::Scanner::destroy_events); or why there are no
    /// sockets of a kind [without a table](crate::Kind::has_table).
    #[must_use]
    pub fn refusal(&self) -> Option<Fallback> {
        self.0.refusal
    }

    /// Whether the file does not exist.
    pub(crate) fn is_not_found(&self) -> bool {
        // What was not captured may exist.
        self.0.kind != ErrorKind::NotCaptured
            && matches!(&self.0.cause, Cause::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// Lets `?` work on a parsed expression in a function with this error type.
///
/// ```
/// use procnet::{ErrorKind, Query};
///
/// fn query(filter: &str) -> Result<Query, procnet::Error> {
///     Ok(Query::new().filter(filter.parse()?))
/// }
/// assert!(query("dport = :443").is_ok());
/// assert_eq!(query("dport ~ 443").unwrap_err().kind(), ErrorKind::InvalidFilter);
/// ```
impl From<FilterError> for Error {
    #[cold]
    fn from(error: FilterError) -> Error {
        let (kind, cause) = (ErrorKind::InvalidFilter, Cause::Filter(error));
        Error::with(kind, PathBuf::new(), None, cause)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Cause::Contradiction(why) = self.0.cause {
            return write!(f, "the query contradicts itself: {why}");
        }
        // The path may be one that somebody else named.
        let path = Escaped(self.0.path.as_os_str().as_bytes());
        match self.0.cause {
            Cause::Refused => {
                return write!(f, "{path}: connection tracking is not available from ctnetlink");
            }
            Cause::AbsentAndRefused => {
                return write!(f, "{path}: no such file, and not available from ctnetlink either");
            }
            _ => {}
        }
        match (self.0.kind, self.0.line) {
            (ErrorKind::NoSuchProcess, _) => write!(f, "{path}: no such process"),
            (ErrorKind::PermissionDenied, _) => write!(f, "{path}: insufficient privilege"),
            (ErrorKind::ConntrackNotLoaded, _) => {
                write!(f, "{path}: connection tracking is not loaded")
            }
            (ErrorKind::Absent, _) => write!(f, "{path}: the kernel has no such file"),
            (ErrorKind::NotCaptured, _) => write!(f, "{path}: not in this capture"),
            (ErrorKind::NotProc, _) => {
                write!(f, "{path}: no network tables here (neither 1/net nor net)")
            }
            (ErrorKind::NotNamespace, _) => write!(f, "{path}: not a network namespace"),
            (ErrorKind::NoNetlink, _) => {
                write!(f, "{path}: not available from sock_diag")
            }
            (ErrorKind::NotListed, _) => {
                let kind = self.0.path.file_name().unwrap_or_default().as_bytes();
                write!(f, "{} sockets cannot be listed", Escaped(kind))
            }
            (ErrorKind::NoBpf, _) => {
                write!(f, "{path}: not available from BPF")
            }
            (ErrorKind::Malformed, Some(line)) => write!(f, "{path}: line {line} is malformed"),
            (ErrorKind::Malformed, None) => write!(f, "{path}: malformed"),
            (ErrorKind::InvalidFilter, _) => f.write_str("the filter is invalid"),
            (ErrorKind::CannotWrite, _) => write!(f, "{path}: cannot be written"),
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
            Cause::Filter(error) => Some(error),
            Cause::NoBpf(why) => Some(why),
            Cause::Refused | Cause::Unlisted | Cause::AbsentAndRefused => {
                self.0.refusal.as_ref().map(|refusal| refusal as _)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::Filter;

    #[test]
    fn the_cause_of_an_invalid_filter_is_kept() {
        let cause = "state nowhere".parse::<Filter>().unwrap_err();
        let error = Error::from(cause.clone());
        assert_eq!((error.kind(), error.line()), (ErrorKind::InvalidFilter, None));
        assert_eq!(error.path(), Path::new(""));
        assert_eq!(error.to_string(), "the filter is invalid");
        assert_eq!(error.source().and_then(|source| source.downcast_ref()), Some(&cause));
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidInput);
    }
}
