//! What the incremental join asks of processes: of the kernel, or of a model in tests.

use std::{
    mem::MaybeUninit,
    ops::ControlFlow,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
};

use procnet_core::Inode;
use rustix::{
    fs::{self, AtFlags, RawDir},
    io::Errno,
};

use super::{
    NetnsHolder,
    walk::{self, Target},
};
use crate::{Error, ProcRoot, Process, file, root};

/// Processes and their descriptors, as they are at the moment of each question.
pub(crate) trait ProcessSource {
    /// The descriptors of one process, kept open while several are asked for.
    type Descriptors;

    /// The processes that can be seen.
    fn pids(&mut self, pids: &mut Vec<u32>) -> Result<(), Error>;

    /// What tells a process from another of the same number, and how many descriptors it has.
    fn fd_dir(&mut self, pid: u32) -> Result<FdDirStat, Errno>;

    /// The descriptors of a process.
    fn open(&mut self, pid: u32) -> Result<Self::Descriptors, Errno>;

    /// Lists the numbers of descriptors in order: from a number on, at most so many.
    fn list(
        &mut self,
        of: &Self::Descriptors,
        from: u32,
        most: usize,
        numbers: &mut Vec<u32>,
    ) -> Result<(), Errno>;

    /// The socket behind a descriptor; `None` if it is something else.
    fn resolve(&mut self, of: &Self::Descriptors, fd: u32) -> Result<Option<Inode>, Errno>;

    /// Who the process is.
    fn identify(&mut self, of: &Self::Descriptors, pid: u32) -> Result<Process, Errno>;
}

/// A process seen from afar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FdDirStat {
    /// Differs between a process and a later one of the same number. It may also change for
    /// one process, which is then looked at anew.
    pub(crate) identity: (u64, i64, i64),
    /// How many descriptors it has, where the kernel tells (since Linux 6.2).
    pub(crate) descriptors: Option<u64>,
}

/// The processes below a root.
#[derive(Debug)]
pub(crate) struct ProcFs<'r> {
    root: &'r ProcRoot,
    /// Whether the size of an `fd` directory is the number of descriptors.
    sized: bool,
    /// Whether to read the users of processes.
    with_uids: bool,
    buffers: &'r mut Buffers,
}

/// What [`ProcFs`] needs again each time.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    listing: Vec<u8>,
    text: Vec<u8>,
    /// Descriptors that were seen to hold network namespaces.
    pub(super) netns_holders: Vec<NetnsHolder>,
}

impl<'r> ProcFs<'r> {
    pub(crate) fn new(
        root: &'r ProcRoot,
        sized: bool,
        with_uids: bool,
        buffers: &'r mut Buffers,
    ) -> ProcFs<'r> {
        ProcFs { root, sized, with_uids, buffers }
    }

    /// The `fd` directory of a thread that lives on after its process's leader has ended.
    fn survivor(&mut self, pid: u32) -> Option<(OwnedFd, file::RelativePath)> {
        let tasks = file::path(format_args!("{pid}/task"));
        let threads = fs::statat(self.root.dir(), &tasks[..], AtFlags::empty()).ok()?.st_nlink;
        // A directory has a link for itself, one from its parent, and here one a thread.
        if self.root.is_live() && threads <= 3 {
            return None;
        }
        let mut found = None;
        let listing = &mut self.buffers.listing;
        root::numbers(self.root.dir(), &tasks, listing, |tid| {
            if tid != pid && found.is_none() {
                let path = file::path(format_args!("{pid}/task/{tid}/fd"));
                found = file::open_dir(self.root.dir(), &path).ok().map(|dir| (dir, path));
            }
        })
        .ok()?;
        found
    }
}

/// Whether there is no descriptor in an open directory; only its start is read.
fn shows_nothing(dir: BorrowedFd<'_>) -> bool {
    let mut buffer = [MaybeUninit::uninit(); 512];
    let mut entries = RawDir::new(dir, &mut buffer);
    while let Some(Ok(entry)) = entries.next() {
        if root::number(entry.file_name().to_bytes()).is_some() {
            return false;
        }
    }
    true
}

impl ProcessSource for ProcFs<'_> {
    /// The open `fd` directory, and its path below the root.
    type Descriptors = (OwnedFd, file::RelativePath);

    fn pids(&mut self, pids: &mut Vec<u32>) -> Result<(), Error> {
        self.root.list_pids(&mut self.buffers.listing, pids)
    }

    fn fd_dir(&mut self, pid: u32) -> Result<FdDirStat, Errno> {
        let path = file::path(format_args!("{pid}/fd"));
        let stat = fs::statat(self.root.dir(), &path[..], AtFlags::empty())?;
        // An inode of /proc is made for one process and gets a new number and time each time
        // (fs/proc/base.c `proc_pid_make_inode`); under memory pressure it is made anew.
        let identity = (stat.st_ino, stat.st_ctime, stat.st_ctime_nsec as i64);
        let descriptors = u64::try_from(stat.st_size).ok().filter(|_| self.sized);
        Ok(FdDirStat { identity, descriptors })
    }

    fn open(&mut self, pid: u32) -> Result<Self::Descriptors, Errno> {
        let path = file::path(format_args!("{pid}/fd"));
        let mut opened = None;
        let empty = if self.sized {
            fs::statat(self.root.dir(), &path[..], AtFlags::empty())?.st_size == 0
        } else {
            match opened.insert(file::open_dir(self.root.dir(), &path)) {
                Ok(dir) => shows_nothing(dir.as_fd()),
                // That of a leader that has ended is root's.
                Err(errno) => matches!(*errno, Errno::ACCESS | Errno::PERM),
            }
        };
        if empty {
            if let Some(survivor) = self.survivor(pid) {
                return Ok(survivor);
            }
        }
        let dir = opened.unwrap_or_else(|| file::open_dir(self.root.dir(), &path))?;
        Ok((dir, path))
    }

    fn list(
        &mut self,
        of: &Self::Descriptors,
        from: u32,
        most: usize,
        numbers: &mut Vec<u32>,
    ) -> Result<(), Errno> {
        numbers.clear();
        // The kernel lists them in order, its place being the number behind `.` and `..`
        // (fs/proc/fd.c `proc_readfd_common`); other directories need not.
        let ordered = self.root.is_live();
        let start = if ordered && from > 0 { u64::from(from) + 2 } else { 0 };
        root::numbers_in(&of.0, start, &mut self.buffers.listing, |fd| {
            if ordered && numbers.len() == most {
                return ControlFlow::Break(());
            }
            if fd >= from {
                numbers.push(fd);
            }
            ControlFlow::Continue(())
        })?;
        if !ordered {
            numbers.sort_unstable();
            numbers.truncate(most);
        }
        Ok(())
    }

    fn resolve(&mut self, of: &Self::Descriptors, fd: u32) -> Result<Option<Inode>, Errno> {
        let name = file::path(format_args!("{fd}"));
        Ok(match walk::resolve(of.0.as_fd(), &name[..])? {
            Target::Socket(inode) => Some(inode),
            Target::Namespace(inode) => {
                NetnsHolder::note(&mut self.buffers.netns_holders, inode, &of.1, fd);
                None
            }
            Target::Other => None,
        })
    }

    fn identify(&mut self, of: &Self::Descriptors, pid: u32) -> Result<Process, Errno> {
        let (dir, path) = of;
        let text = &mut self.buffers.text;
        let mut process = walk::identify(self.root, dir.as_fd(), path, pid, text)?;
        if self.with_uids {
            process.uids = walk::uids(self.root, pid, text);
        }
        Ok(process)
    }
}
