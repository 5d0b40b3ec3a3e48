//! The walk over `/proc/PID/fd`: which process holds which socket.
//!
//! Each descriptor of each process is a link; those of sockets read `socket:[INODE]`. Links
//! are read relative to an open directory, so a process that ends, and another that gets
//! its number, cannot be mixed up: the directory belongs to the first one and is then empty
//! (fs/proc/fd.c `tid_fd_revalidate`).
//!
//! A process may end, and descriptors may open and close, while they are looked at. None of
//! that is an error: a descriptor that is gone owns nothing, and a process that is gone is
//! counted as vanished.

use std::{
    mem::MaybeUninit,
    os::fd::{AsFd, BorrowedFd},
};

use procnet_core::process::{link, stat::Stat, status::Uids};
use rustix::{
    fs::{self, AtFlags, RawDir, readlinkat_raw},
    io::Errno,
};

use super::OwnerTable;
use crate::{
    Error, Name, ProcRoot, Process,
    coverage::{Failure, Processes},
    file,
    root::{self, number},
};

/// `socket:[N]` with N of 64 bits; the kernel cuts a longer target, which is then no socket's.
const LINK: usize = 32;

/// What the walk needs again each time: reused, it allocates nothing.
#[derive(Debug)]
pub(crate) struct Walk {
    pids: Vec<u32>,
    tids: Vec<u32>,
    entries: Vec<u8>,
    text: Vec<u8>,
    /// Whether the size of an `fd` directory is the number of descriptors: since Linux 6.2.
    sized: bool,
    with_uids: bool,
}

/// Why a process shows nothing.
enum Unseen {
    Vanished,
    Hidden(Errno),
}

impl From<Errno> for Unseen {
    fn from(errno: Errno) -> Unseen {
        match errno {
            // The directory was there when the process was; a zombie's cannot be listed.
            Errno::NOENT | Errno::SRCH => Unseen::Vanished,
            errno => Unseen::Hidden(errno),
        }
    }
}

impl Walk {
    pub(crate) fn new(root: &ProcRoot) -> Walk {
        let own = fs::statat(root.dir(), "self/fd", AtFlags::empty());
        Walk {
            pids: Vec::new(),
            tids: Vec::new(),
            entries: Vec::with_capacity(64 << 10),
            text: Vec::new(),
            sized: root.is_live() && own.is_ok_and(|own| own.st_size > 0),
            with_uids: false,
        }
    }

    /// Fills `table` with the owners of every socket, as far as they can be seen.
    pub(crate) fn host(
        &mut self,
        root: &ProcRoot,
        with_uids: bool,
        table: &mut OwnerTable,
    ) -> Result<Processes, Error> {
        self.with_uids = with_uids;
        let mut processes = Processes::default();
        let mut pids = std::mem::take(&mut self.pids);
        root.list_pids(&mut self.entries, &mut pids)?;
        table.clear();
        for pid in &pids {
            processes.seen += 1;
            match self.process(root, *pid, table, &mut processes.descriptors) {
                Ok(()) => {}
                Err(Unseen::Vanished) => processes.vanished += 1,
                Err(Unseen::Hidden(errno)) => processes.hide(*pid, Failure::new(errno)),
            }
        }
        self.pids = pids;
        table.seal();
        Ok(processes)
    }

    /// Fills `table` with the sockets of one process.
    ///
    /// # Errors
    ///
    /// If there is no such process, or its descriptors cannot be read.
    pub(crate) fn one(
        &mut self,
        root: &ProcRoot,
        pid: u32,
        with_uids: bool,
        table: &mut OwnerTable,
    ) -> Result<Processes, Error> {
        self.with_uids = with_uids;
        let mut processes = Processes { seen: 1, ..Processes::default() };
        table.clear();
        let path = file::path(format_args!("{pid}/fd"));
        self.process(root, pid, table, &mut processes.descriptors).map_err(|unseen| {
            let errno = match unseen {
                Unseen::Vanished => Errno::SRCH,
                Unseen::Hidden(errno) => errno,
            };
            root.process_error(&path, errno)
        })?;
        table.seal();
        Ok(processes)
    }

    /// Adds the descriptors of one process.
    fn process(
        &mut self,
        root: &ProcRoot,
        pid: u32,
        table: &mut OwnerTable,
        descriptors: &mut u64,
    ) -> Result<(), Unseen> {
        let path = file::path(format_args!("{pid}/fd"));
        let mut process = None;
        let before = table.len();
        let seen = if self.is_empty(root, &path)? {
            // A kernel thread, or a zombie: if only its leader has ended, the descriptors are
            // those of the threads that live on.
            self.threads(root, pid, table, &mut process, descriptors)
        } else {
            let before = *descriptors;
            match self.directory(root, &path, table, &mut process, descriptors) {
                // Where no size tells that it is empty.
                Ok(()) if *descriptors == before && !self.sized => {
                    self.threads(root, pid, table, &mut process, descriptors)
                }
                seen => seen,
            }
        };
        if seen.is_err() {
            table.truncate(before);
        }
        seen?;
        if let Some(process) = process {
            table.finish_process(process);
        }
        Ok(())
    }

    /// Whether the directory holds no descriptors, as far as can be told without opening it.
    fn is_empty(&self, root: &ProcRoot, path: &[u8]) -> Result<bool, Unseen> {
        if !self.sized {
            return Ok(false);
        }
        Ok(fs::statat(root.dir(), path, AtFlags::empty())?.st_size == 0)
    }

    /// Adds the descriptors of the threads of a process whose leader shows none.
    fn threads(
        &mut self,
        root: &ProcRoot,
        pid: u32,
        table: &mut OwnerTable,
        process: &mut Option<Process>,
        descriptors: &mut u64,
    ) -> Result<(), Unseen> {
        let tasks = file::path(format_args!("{pid}/task"));
        match fs::statat(root.dir(), &tasks[..], AtFlags::empty()) {
            // A directory has a link for itself, one from its parent, and here one a thread.
            Ok(tasks) if root.is_live() && tasks.st_nlink <= 3 => return Ok(()),
            // A directory of captures need not hold everything.
            Err(_) if !root.is_live() => return Ok(()),
            stat => drop(stat?),
        }
        let mut tids = std::mem::take(&mut self.tids);
        tids.clear();
        root::numbers(root.dir(), &tasks, &mut self.entries, |tid| tids.push(tid))?;
        let mut hidden = Ok(());
        // The leader itself has ended: it has no descriptors, and its directory is root's, so
        // that its own user may not even look.
        for tid in tids.iter().filter(|tid| **tid != pid) {
            let path = file::path(format_args!("{pid}/task/{tid}/fd"));
            match self.directory(root, &path, table, process, descriptors) {
                Ok(()) | Err(Unseen::Vanished) => {}
                unseen => hidden = unseen,
            }
        }
        self.tids = tids;
        hidden
    }

    /// Adds the sockets in one `fd` directory, and reads whose it is at the first of them.
    fn directory(
        &mut self,
        root: &ProcRoot,
        path: &[u8],
        table: &mut OwnerTable,
        process: &mut Option<Process>,
        descriptors: &mut u64,
    ) -> Result<(), Unseen> {
        let dir = file::open_dir(root.dir(), path)?;
        let mut entries = std::mem::take(&mut self.entries);
        entries.clear();
        let listed = (|| {
            let mut entries = RawDir::new(dir.as_fd(), entries.spare_capacity_mut());
            while let Some(entry) = entries.next() {
                let entry = entry?;
                let Some(fd) = number(entry.file_name().to_bytes()) else { continue };
                let mut target = [MaybeUninit::uninit(); LINK];
                let target = match readlinkat_raw(dir.as_fd(), entry.file_name(), &mut target) {
                    Ok((target, _)) => target,
                    // Closed since it was listed, or, in a capture, no link.
                    Err(Errno::NOENT | Errno::INVAL) => continue,
                    Err(errno) => return Err(Unseen::from(errno)),
                };
                *descriptors += 1;
                if let Some(inode) = link::socket_inode(target) {
                    if process.is_none() {
                        *process = Some(self.identify(root, dir.as_fd(), path)?);
                    }
                    table.push(inode, fd);
                }
            }
            Ok(())
        })();
        self.entries = entries;
        listed
    }

    /// Who the process is whose `fd` directory is `dir`.
    fn identify(
        &mut self,
        root: &ProcRoot,
        dir: BorrowedFd<'_>,
        path: &[u8],
    ) -> Result<Process, Unseen> {
        let pid = path.split(|byte| *byte == b'/').next().and_then(number).unwrap_or_default();
        let mut process = Process { pid, comm: Name::default(), start_time: None, uids: None };
        // From PID/fd, or from PID/task/TID/fd: a thread's name and start are its own.
        let depth = path.iter().filter(|byte| **byte == b'/').count();
        let up = |name| file::path(format_args!("{:.*}{name}", 3 * depth, "../../../"));
        match file::read_small(dir, &up("stat"), &mut self.text) {
            Ok(text) => {
                if let Ok(stat) = Stat::decode(text) {
                    process.comm = Name::new(stat.comm);
                    process.start_time = Some(stat.start_time);
                }
            }
            // A directory of captures need not hold everything.
            Err(_) if !root.is_live() => {}
            Err(errno) => return Err(Unseen::from(errno)),
        }
        if self.with_uids {
            let status = file::read_small(dir, &up("status"), &mut self.text);
            process.uids = status.ok().and_then(|text| Uids::decode(text).ok());
        }
        Ok(process)
    }
}
