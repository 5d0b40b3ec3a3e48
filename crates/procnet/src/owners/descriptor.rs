//! One descriptor of a process: what it refers to, and what it means if that cannot be read.

use std::{mem::MaybeUninit, os::fd::BorrowedFd};

use procnet_core::{Inode, process::link};
use rustix::{fs::readlinkat_raw, io::Errno, path::Arg};

/// Longer than `socket:[N]` with a 64-bit N. The kernel truncates a longer target, so a link that
/// fills the buffer may be truncated, and is not a socket's.
const LINK: usize = 32;

/// What a descriptor refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Socket(Inode),
    /// A network namespace, by its inode.
    Namespace(u64),
    /// An io_uring instance, which may hold further files.
    Ring,
    Other,
}

/// Why a descriptor could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It was closed meanwhile.
    Closed,
    /// It is not a link: in a capture, a plain file may stand in its place.
    NotALink,
    /// Its process has ended.
    Ended,
    /// Its process may not be examined. The kernel decides that for the process, not for the
    /// descriptor (fs/proc/base.c `proc_fd_access_allowed`).
    Refused(Errno),
    /// A fault of this descriptor: the others can be read all the same.
    Unread(Errno),
}

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Fault {
        match errno {
            Errno::NOENT => Fault::Closed,
            Errno::INVAL => Fault::NotALink,
            Errno::SRCH => Fault::Ended,
            Errno::ACCESS | Errno::PERM => Fault::Refused(errno),
            errno => Fault::Unread(errno),
        }
    }
}

/// Reads what a descriptor refers to.
pub(super) fn resolve(dir: BorrowedFd<'_>, fd: impl Arg) -> Result<Target, Fault> {
    let mut target = [MaybeUninit::uninit(); LINK];
    match readlinkat_raw(dir, fd, &mut target) {
        Ok((target, _)) => Ok(target_of(target)),
        Err(errno) => is_path(errno).map_err(Fault::from),
    }
}

/// The path of a file may be too long to be printed: any user can create directories that deep. It
/// is the path of a file, as sockets have short targets of their own (fs/d_path.c `d_path`,
/// net/socket.c `sockfs_dname`).
fn is_path(errno: Errno) -> Result<Target, Errno> {
    if errno == Errno::NAMETOOLONG { Ok(Target::Other) } else { Err(errno) }
}

fn target_of(target: &[u8]) -> Target {
    if target.len() >= LINK {
        return Target::Other;
    }
    if let Some(inode) = link::socket_inode(target) {
        return Target::Socket(inode);
    }
    match target {
        // io_uring/io_uring.c `io_uring_get_file`.
        b"anon_inode:[io_uring]" => Target::Ring,
        target => link::network_namespace(target).map_or(Target::Other, Target::Namespace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_says_what_a_descriptor_refers_to() {
        assert_eq!(target_of(b"socket:[7]"), Target::Socket(Inode::new(7).unwrap()));
        assert_eq!(target_of(b"net:[4026531840]"), Target::Namespace(4_026_531_840));
        assert_eq!(target_of(b"anon_inode:[io_uring]"), Target::Ring);
        for other in
            [&b"/tmp/socket:[7]"[..], b"pipe:[7]", b"anon_inode:[eventpoll]", b"", &[b'/'; LINK]]
        {
            assert_eq!(target_of(other), Target::Other, "{}", other.escape_ascii());
        }
    }

    /// The lowest and highest error numbers of the kernel are those of include/linux/err.h
    /// `MAX_ERRNO`.
    #[test]
    fn every_other_error_is_one_descriptors_alone() {
        let mut faults = 0;
        for number in 1..4096 {
            let errno = Errno::from_raw_os_error(number);
            let fault = match errno {
                Errno::NAMETOOLONG => {
                    assert_eq!(is_path(errno), Ok(Target::Other));
                    continue;
                }
                Errno::NOENT => Fault::Closed,
                Errno::INVAL => Fault::NotALink,
                Errno::SRCH => Fault::Ended,
                Errno::ACCESS | Errno::PERM => Fault::Refused(errno),
                errno => Fault::Unread(errno),
            };
            assert_eq!(is_path(errno).map_err(Fault::from), Err(fault));
            faults += u32::from(matches!(fault, Fault::Unread(_)));
        }
        assert_eq!(faults, 4095 - 6);
    }
}
