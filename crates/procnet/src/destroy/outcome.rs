//! What became of a request to close a socket.

use std::fmt;

use procnet_core::State;

use crate::coverage::{Failure, Fallback};

/// What became of a request to close a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The kernel has closed it: see the [module](super) for what that means.
    Closed,
    /// It does not exist any more: it was closed, or has ended, since it was visited.
    Gone,
    /// It was not closed.
    Refused(Refusal),
}

/// Why a socket was not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The kernel closes TCP, UDP and UDP-Lite sockets only: for others, sock_diag has no `destroy`
    /// (net/core/sock_diag.c `__sock_diag_cmd`).
    Kind,
    /// Raw sockets: the kernel would close any with the same addresses, as it does not compare
    /// cookies (net/ipv4/raw_diag.c `raw_diag_destroy`). It is not asked.
    Raw,
    /// Its source does not report its cookie, without which another socket might be closed: it has to
    /// come from [`Source::Netlink`](crate::Source::Netlink). The kernel is not asked.
    NoCookie,
    /// It takes `CAP_NET_ADMIN` in the user namespace that owns the socket's network namespace
    /// (net/core/sock_diag.c `sock_diag_destroy`).
    NotPermitted,
    /// This kernel cannot close it: it is built without `CONFIG_INET_DIAG_DESTROY`, or older than 4.5
    /// (TCP) or 4.9 (UDP); or it cannot close sockets in this state, as old kernels those in `TIME_WAIT`.
    Unsupported(State),
    /// It still exists, but by its addresses the kernel finds another socket, or none, which the cookie
    /// has saved: a socket that is bound but neither connected nor listening, or one of several UDP
    /// sockets that share an address by `SO_REUSEADDR`.
    NotFound,
    /// Its network namespace, or sock_diag, is not available any more.
    Unavailable(Fallback),
    /// Another error of the kernel.
    Failed(Failure),
}

impl Outcome {
    /// Whether the socket does not exist any more.
    ///
    /// ```
    /// use procnet::destroy::{Outcome, Refusal};
    ///
    /// assert!(Outcome::Closed.is_over() && Outcome::Gone.is_over());
    /// assert!(!Outcome::Refused(Refusal::NotPermitted).is_over());
    /// ```
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Outcome::Closed | Outcome::Gone)
    }

    /// Its name for programs, which does not change within a major version: `closed`, `gone`, or that of
    /// the [refusal](Refusal::name).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Closed => "closed",
            Outcome::Gone => "gone",
            Outcome::Refused(refusal) => refusal.name(),
        }
    }
}

impl Refusal {
    /// Its name for programs, which does not change within a major version.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Refusal::Kind | Refusal::Raw => "unsupported_kind",
            Refusal::NoCookie => "no_cookie",
            Refusal::NotPermitted => "not_permitted",
            Refusal::Unsupported(_) => "unsupported",
            Refusal::NotFound => "not_found",
            Refusal::Unavailable(_) => "unavailable",
            Refusal::Failed(_) => "failed",
        }
    }

    /// What would help, if that is known.
    #[must_use]
    pub const fn help(self) -> Option<&'static str> {
        Some(match self {
            Refusal::Kind | Refusal::Raw => "end its process, or have that close it",
            Refusal::NoCookie => "read it from sock_diag",
            Refusal::NotPermitted => {
                "run as root, or with CAP_NET_ADMIN, of the user namespace that owns the network \
                 namespace"
            }
            Refusal::Unsupported(State::TIME_WAIT) => "it ends by itself within a minute",
            Refusal::Unsupported(_) => "use a kernel that is built with CONFIG_INET_DIAG_DESTROY",
            Refusal::NotFound => "end its process, or have that close it",
            Refusal::Unavailable(_) | Refusal::Failed(_) => return None,
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Closed => f.write_str("closed"),
            Outcome::Gone => f.write_str("already gone"),
            Outcome::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Kind => "the kernel closes only TCP and UDP sockets",
            Refusal::Raw => "the kernel cannot tell a raw socket from others with its addresses",
            Refusal::NoCookie => "without its cookie, another socket might be closed",
            Refusal::NotPermitted => "permission denied",
            Refusal::Unsupported(State::TIME_WAIT) => {
                "this kernel cannot close sockets in TIME_WAIT"
            }
            Refusal::Unsupported(_) => "this kernel cannot close sockets of this kind",
            Refusal::NotFound => "by its addresses, the kernel finds another socket, or none",
            Refusal::Unavailable(fallback) => return fallback.fmt(f),
            Refusal::Failed(failure) => return failure.fmt(f),
        })
    }
}
