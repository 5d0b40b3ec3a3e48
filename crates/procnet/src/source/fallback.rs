//! Why a table does not come from socket diagnostics.

use std::fmt;

use rustix::io::Errno;

use crate::coverage::Failure;

/// Why a table came from /proc though [`Source::Auto`](crate::Source::Auto) was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fallback {
    /// The root is not this process's own /proc: socket diagnostics would tell of another
    /// network than its tables.
    OtherRoot,
    /// The process that was asked for is in another network namespace, or in one that the
    /// caller may not look at.
    OtherNamespace,
    /// No kernel tells sockets of this kind: icmp.
    NotTold,
    /// This kernel has no handler for this kind.
    NoHandler,
    /// The kernel, or a filter of system calls, refused.
    Refused(Failure),
}

impl Fallback {
    /// What an error of the kernel means, if no socket was told before it.
    pub(super) fn of(errno: Errno) -> Fallback {
        match errno {
            Errno::NOENT => Fallback::NoHandler,
            errno => Fallback::Refused(Failure::new(errno)),
        }
    }

    /// Whether asking again later may help.
    pub(super) fn is_passing(self) -> bool {
        const PASSING: [Errno; 8] = [
            Errno::NOBUFS,
            Errno::NOMEM,
            Errno::MFILE,
            Errno::NFILE,
            Errno::BUSY,
            Errno::AGAIN,
            Errno::MSGSIZE,
            Errno::BADMSG,
        ];
        let passes =
            |failure: Failure| PASSING.iter().any(|errno| errno.raw_os_error() == failure.errno());
        matches!(self, Fallback::Refused(failure) if passes(failure))
    }

    /// The same as an error.
    pub(crate) fn failure(self) -> Failure {
        match self {
            Fallback::Refused(failure) => failure,
            _ => Failure::new(Errno::PROTONOSUPPORT),
        }
    }
}

impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fallback::OtherRoot => f.write_str("the root is not this process's own /proc"),
            Fallback::OtherNamespace => {
                f.write_str("the process is not known to be in the caller's network namespace")
            }
            Fallback::NotTold => f.write_str("socket diagnostics do not tell this kind"),
            Fallback::NoHandler => f.write_str("this kernel has no handler for it"),
            Fallback::Refused(failure) => failure.fmt(f),
        }
    }
}
