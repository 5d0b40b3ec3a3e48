//! A loaded program, attached to its iterator: what is kept from pass to pass.

use std::os::fd::{AsFd as _, OwnedFd};

use rustix::{io::Errno, process::getpid};

use crate::{Error, Refusal, probe, sys};

/// A program attached to its iterator. It is kept alive by its two descriptors only, and nothing of it
/// has a name in any file system.
#[derive(Debug)]
pub(crate) struct Link {
    program: OwnedFd,
    link: OwnedFd,
    pid_namespace: PidNamespace,
}

impl Link {
    pub(crate) fn new(program: OwnedFd, pid_namespace: PidNamespace) -> Result<Link, Refusal> {
        let link = sys::link_create(program.as_fd(), None).map_err(|errno| match errno {
            Errno::PERM => probe::denied("BPF_LINK_CREATE"),
            _ => Refusal::Failed { command: "BPF_LINK_CREATE", errno: errno.raw_os_error() },
        })?;
        Ok(Link { program, link, pid_namespace })
    }

    /// Begins a pass over the processes of the PID namespace.
    pub(crate) fn iterate(&self) -> Result<OwnedFd, Error> {
        self.pid_namespace.check()?;
        sys::iter_create(self.link.as_fd()).map_err(Error::create)
    }

    /// Begins a pass over one process; over all, on kernels that cannot select one (before Linux 6.1).
    /// `None` if there is no such process.
    pub(crate) fn iterate_process(&self, pid: u32) -> Result<Option<OwnedFd>, Error> {
        self.pid_namespace.check()?;
        match sys::link_create(self.program.as_fd(), Some(pid)) {
            Ok(link) => sys::iter_create(link.as_fd()).map(Some).map_err(Error::create),
            Err(Errno::SRCH) => Ok(None),
            // The kernel does not know of members that are not zero.
            Err(Errno::TOOBIG | Errno::INVAL) => self.iterate().map(Some),
            Err(errno) => Err(Error::create(errno)),
        }
    }
}

/// The PID namespace that a program was made for: the kernel iterates over the processes of the one in
/// which a pass is begun, and the program reports PIDs of a fixed level.
///
/// A process never changes its own, but another one, in another namespace, may inherit the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PidNamespace {
    level: u32,
    identity: Identity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Identity {
    /// The namespace's number in /proc.
    Number(u64),
    /// Where /proc does not show it: a process that is in it.
    Process(u32),
}

impl Identity {
    fn own() -> Identity {
        match rustix::fs::stat("/proc/self/ns/pid") {
            Ok(stat) => Identity::Number(stat.st_ino),
            Err(_) => Identity::Process(getpid().as_raw_nonzero().get().unsigned_abs()),
        }
    }
}

/// `PROC_PID_INIT_INO`: include/uapi/linux/nsfs.h (before 6.18, include/linux/proc_ns.h).
const INITIAL: Identity = Identity::Number(0xEFFF_FFFC);

impl PidNamespace {
    /// That of this process. Asks for the level only where it is not obvious.
    pub(crate) fn own(
        level: impl FnOnce() -> Result<u32, Refusal>,
    ) -> Result<PidNamespace, Refusal> {
        let identity = Identity::own();
        let level = if identity == INITIAL { 0 } else { level()? };
        Ok(PidNamespace { level, identity })
    }

    pub(crate) fn level(&self) -> u32 {
        self.level
    }

    /// Its number, if /proc shows it.
    pub(crate) fn number(&self) -> Option<u32> {
        match self.identity {
            Identity::Number(number) => u32::try_from(number).ok(),
            Identity::Process(_) => None,
        }
    }

    fn check(&self) -> Result<(), Error> {
        if Identity::own() == self.identity { Ok(()) } else { Err(Error::PidNamespace) }
    }
}
