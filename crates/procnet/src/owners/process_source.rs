//! The interface through which the incremental join sees processes: those of the kernel, or of a
//! model in tests.

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
    NetnsHolder, OwnerDetails,
    descriptor::{self, Fault, Target},
    other_tables::{Options, Reader, Ring},
    walk,
};
use crate::{Error, ProcRoot, Process, coverage::Processes, file, root};

/// Processes and their descriptors, as they are at the moment of each call.
pub(crate) trait ProcessSource {
    /// The descriptors of one process, kept open across several calls.
    type Descriptors;

    /// The visible processes.
    fn pids(&mut self, pids: &mut Vec<u32>) -> Result<(), Error>;

    /// What distinguishes a process from a later one with the same pid, and the number of its
    /// descriptors.
    fn fd_dir(&mut self, pid: u32) -> Result<FdDirStat, Errno>;

    /// The descriptors of a process.
    fn open(&mut self, pid: u32) -> Result<Self::Descriptors, Errno>;

    /// Lists at most `most` descriptors in order, starting at a number.
    fn list(
        &mut self,
        of: &Self::Descriptors,
        from: u32,
        most: usize,
        numbers: &mut Vec<u32>,
    ) -> Result<(), Errno>;

    /// What a descriptor refers to.
    fn resolve(&mut self, of: &Self::Descriptors, fd: u32) -> Result<Target, Fault>;

    /// The pid, name, start time and user ids of the process.
    fn identify(&mut self, of: &Self::Descriptors, pid: u32) -> Result<Process, Errno>;

    /// Adds the sockets that a process holds beyond these descriptors, each with the number of a
    /// descriptor: in the tables of its threads, and registered with the io_uring instances to which
    /// the descriptors `rings` refer. Counts what cannot be read. Returns the number of system calls.
    fn other_tables(
        &mut self,
        pid: u32,
        rings: &[u32],
        sockets: &mut Vec<(u32, Inode)>,
        processes: &mut Processes,
    ) -> u64;
}

/// The state of a process's `fd` directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FdDirStat {
    /// Differs between a process and a later one with the same pid. It may also change for the same
    /// process, which is then examined again.
    pub(crate) identity: (u64, i64, i64),
    /// The number of descriptors, if the kernel reports it (since Linux 6.2).
    pub(crate) descriptors: Option<u64>,
}

/// The processes below a root.
#[derive(Debug)]
pub(crate) struct ProcFs<'r> {
    root: &'r ProcRoot,
    /// Whether the size of an `fd` directory is the number of descriptors.
    sized: bool,
    /// What to read about each process.
    details: OwnerDetails,
    buffers: &'r mut Buffers,
}

/// The reusable buffers of [`ProcFs`].
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    listing: Vec<u8>,
    text: Vec<u8>,
    /// Descriptors seen holding network namespaces.
    pub(super) netns_holders: Vec<NetnsHolder>,
    other_tables: Reader,
}

impl<'r> ProcFs<'r> {
    pub(crate) fn new(
        root: &'r ProcRoot,
        sized: bool,
        details: OwnerDetails,
        buffers: &'r mut Buffers,
    ) -> ProcFs<'r> {
        buffers.other_tables.begin(Options { threads: true, sized, ..Options::default() });
        ProcFs { root, sized, details, buffers }
    }

    /// The `fd` directory of a remaining thread of a process whose leader has exited.
    fn survivor(&mut self, pid: u32) -> Option<(OwnedFd, file::RelativePath)> {
        let tasks = file::path(format_args!("{pid}/task"));
        let threads = fs::statat(self.root.dir(), &tasks[..], AtFlags::empty()).ok()?.st_nlink;
        // A directory has a link for itself, one from its parent, and this one has one for each
        // thread.
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

/// Whether an open directory has no descriptor; only its start is read.
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
        // An inode of /proc is created for one process, and gets a new number and time each time
        // (fs/proc/base.c `proc_pid_make_inode`); under memory pressure it is recreated.
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
                // The directory of a leader that has exited belongs to root.
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
        // The kernel lists them in order, and the offset is the number plus two, for `.` and `..`
        // (fs/proc/fd.c `proc_readfd_common`); other directories need not be in order.
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

    fn resolve(&mut self, of: &Self::Descriptors, fd: u32) -> Result<Target, Fault> {
        let name = file::path(format_args!("{fd}"));
        let target = descriptor::resolve(of.0.as_fd(), &name[..])?;
        if let Target::Namespace(inode) = target {
            NetnsHolder::note(&mut self.buffers.netns_holders, inode, &of.1, fd);
        }
        Ok(target)
    }

    fn identify(&mut self, of: &Self::Descriptors, pid: u32) -> Result<Process, Errno> {
        let (dir, path) = of;
        let text = &mut self.buffers.text;
        let mut process = walk::identify(self.root, dir.as_fd(), path, pid, self.details, text)?;
        if self.details.uids {
            process.uids = walk::uids(self.root, pid, text);
        }
        Ok(process)
    }
    fn other_tables(
        &mut self,
        pid: u32,
        rings: &[u32],
        sockets: &mut Vec<(u32, Inode)>,
        processes: &mut Processes,
    ) -> u64 {
        let directory = (!rings.is_empty()).then(|| self.open(pid)).and_then(Result::ok);
        let reader = &mut self.buffers.other_tables;
        let mut calls = reader.of_process(self.root, pid);
        if let Some((_, directory)) = directory {
            for fd in rings {
                let (directory, fd) = (directory.clone(), *fd);
                reader.ring(self.root, &Ring { pid, directory, fd });
                calls += 4;
            }
        }
        sockets.extend(reader.walk.found.sockets());
        processes.absorb_unexamined(&reader.walk.processes);
        calls
    }
}
