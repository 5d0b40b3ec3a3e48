//! Why a source does not provide a table.

use std::fmt;

use rustix::io::Errno;

use super::Failure;

/// Why a table did not come from the first source of [`Source::Auto`](crate::Source::Auto).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fallback {
    /// The root is a directory of captures: there is no kernel to ask.
    OtherRoot,
    /// The network namespace is not the caller's and could not be entered: that needs
    /// `CAP_SYS_ADMIN`, and permission to look at a process in it.
    NotEntered(Failure),
    /// A BPF iterator sees only sockets that a descriptor holds, and the kernel's counts of the network
    /// namespace do not show that there are no others: sockets in `TIME_WAIT`, connections that are not
    /// accepted yet, sockets in a message.
    WithoutDescriptor,
    /// So many descriptors hold sockets that procnet does not keep what a BPF iterator reports of them:
    /// some two million.
    TooManyDescriptors,
    /// BPF programs may not be loaded: the name of the reason, as that of a
    /// [`BpfRefusal`](super::BpfRefusal).
    NoProgram(&'static str),
    /// No kernel's sock_diag provides sockets of this kind (icmp), or procnet does not use it for
    /// them (netlink).
    Unsupported,
    /// This kernel has no handler for this kind; for connection tracking, no ctnetlink.
    NoHandler,
    /// No file in `/proc/net` lists sockets of this kind.
    NoTable,
    /// This kernel has no such netlink protocol (`EPROTONOSUPPORT`): no sock_diag; for connection
    /// tracking, no nfnetlink.
    NoProtocol,
    /// Connection tracking is not loaded. It is not asked for then, as asking would load it.
    NotLoaded,
    /// The kernel reveals tracked connections only to who has `CAP_NET_ADMIN` in the user namespace
    /// that owns the network namespace (net/netfilter/nfnetlink.c `nfnetlink_rcv`).
    NeedsNetAdmin,
    /// The kernel, or a seccomp filter, refused.
    Refused(Failure),
}

impl Fallback {
    /// The meaning of an error from the kernel, if no socket was reported before it.
    pub(crate) fn of(errno: Errno) -> Fallback {
        match errno {
            Errno::NOENT => Fallback::NoHandler,
            errno => Fallback::Refused(Failure::new(errno)),
        }
    }

    /// The meaning of an error when a netlink socket is created.
    pub(crate) fn of_socket(errno: Errno) -> Fallback {
        match errno {
            Errno::PROTONOSUPPORT => Fallback::NoProtocol,
            errno => Fallback::of(errno),
        }
    }

    /// The meaning of an error from ctnetlink, if nothing was reported before it.
    pub(crate) fn of_ctnetlink(errno: Errno) -> Fallback {
        match errno {
            Errno::PERM => Fallback::NeedsNetAdmin,
            // net/netfilter/nfnetlink.c `nfnetlink_rcv_msg`.
            Errno::INVAL => Fallback::NoHandler,
            errno => Fallback::of(errno),
        }
    }

    /// Whether a later attempt may succeed.
    pub(crate) fn is_transient(self) -> bool {
        const TRANSIENT: [Errno; 9] = [
            Errno::NOBUFS,
            Errno::NOMEM,
            Errno::MFILE,
            Errno::NFILE,
            Errno::BUSY,
            Errno::AGAIN,
            Errno::MSGSIZE,
            Errno::BADMSG,
            Errno::TIMEDOUT,
        ];
        let is_transient = |failure: Failure| {
            TRANSIENT.iter().any(|errno| errno.raw_os_error() == failure.errno())
        };
        match self {
            Fallback::Refused(failure) => is_transient(failure),
            // A process may have ended, or access may have been granted, at the next attempt.
            Fallback::NotEntered(failure) => !failure.is_permission(),
            _ => false,
        }
    }

    /// The reason as an error.
    pub(crate) fn failure(self) -> Failure {
        match self {
            Fallback::Refused(failure) | Fallback::NotEntered(failure) => failure,
            Fallback::NeedsNetAdmin => Failure::new(Errno::PERM),
            _ => Failure::new(Errno::PROTONOSUPPORT),
        }
    }
}

impl std::error::Error for Fallback {}

impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fallback::OtherRoot => f.write_str("the root is a directory of captures"),
            Fallback::WithoutDescriptor => {
                f.write_str("there may be sockets that no descriptor holds, which BPF does not see")
            }
            Fallback::TooManyDescriptors => f.write_str("too many descriptors of sockets for BPF"),
            Fallback::NoProgram(why) => write!(f, "BPF programs may not be loaded: {why}"),
            Fallback::NotEntered(failure) => {
                write!(f, "the network namespace could not be entered: {failure}")
            }
            Fallback::Unsupported => f.write_str("sock_diag does not provide this kind"),
            Fallback::NoHandler => f.write_str("this kernel has no handler for it"),
            Fallback::NoTable => f.write_str("no file in /proc/net lists this kind"),
            Fallback::NoProtocol => f.write_str("this kernel has no such netlink protocol"),
            Fallback::NotLoaded => f.write_str("connection tracking is not loaded"),
            Fallback::NeedsNetAdmin => f.write_str(
                "it takes CAP_NET_ADMIN in the user namespace that owns the network namespace",
            ),
            Fallback::Refused(failure) => failure.fmt(f),
        }
    }
}
