//! Why the kernel does not show something.

use std::fmt;

use rustix::io::Errno;

use crate::file;

/// The kernel's reason for not showing something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Failure(Errno);

impl Failure {
    pub(crate) fn new(errno: Errno) -> Failure {
        Failure(errno)
    }

    /// Why a pass of a BPF iterator ended early.
    #[cfg(feature = "bpf")]
    pub(crate) fn of_pass(error: &procnet_bpf::Error) -> Failure {
        use procnet_bpf::Error;

        Failure(match error {
            Error::Create { errno } | Error::Read { errno } => Errno::from_raw_os_error(*errno),
            Error::PidNamespace => Errno::XDEV,
            _ => Errno::BADMSG,
        })
    }

    /// Whether more privilege would have helped.
    #[must_use]
    pub fn is_permission(self) -> bool {
        matches!(self.0, Errno::ACCESS | Errno::PERM)
    }

    /// The error number (`errno`).
    #[must_use]
    pub fn errno(self) -> i32 {
        self.0.raw_os_error()
    }
}

/// Not `From`, which would make a rustix type part of the public interface.
pub(crate) fn errno(failure: Failure) -> Errno {
    failure.0
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_permission() {
            return f.write_str("permission denied");
        }
        match self.0 {
            file::NOT_A_FILE => f.write_str("not a regular file"),
            errno => std::io::Error::from(errno).fmt(f),
        }
    }
}
