//! Files that a process holds, but `/proc/PID/fd` does not list: in the descriptor tables of single
//! threads, and registered with io_uring.
//!
//! A thread may have a table of its own (kernel/fork.c `unshare_fd`), and the file table of an
//! io_uring instance (io_uring/rsrc.c `io_sqe_files_register`) keeps files open whose descriptors
//! are closed. Both are rare, and looking for them costs system calls for each thread. So they are
//! read only if a socket stays without an owner, and for a query of a single process: a call for
//! each process, one for each further thread, and the descriptors of the tables that differ.
//!
//! No file reports which threads share a table. One with another number of descriptors than its
//! process certainly has its own. Where the numbers are equal, or the kernel does not report them
//! (before Linux 6.2), the descriptors have to be read to find out: the smallest tables first, and at
//! most [`MAX_COMPARED`] descriptors in all. The threads that remain are counted, and may hold what is
//! shown without an owner.

use std::{collections::BTreeSet, ops::ControlFlow, os::fd::AsFd as _};

use procnet_core::{
    Inode,
    process::{fdinfo::UserFiles, link},
};
use rustix::{
    fs::{self, AtFlags},
    io::Errno,
    path::DecInt,
};

use super::{
    OwnerDetails, OwnerTable, Owners,
    descriptor::{self, Target},
    parts::Part,
    unreported::{Unreported, refusal},
    walk::{self, Unseen, Walk},
};
use crate::{
    ProcRoot, Process,
    coverage::Processes,
    file::{self, RelativePath},
    root,
};

/// How many descriptors of threads are read at most, in one visit, to find out whether their table
/// is another one: about 20 ms.
const MAX_COMPARED: u64 = 8192;

/// The assumed number of descriptors of a thread if the kernel does not report it.
const ASSUMED: u64 = 64;

/// How often the registered files are read if the instance is in use.
const ATTEMPTS: u32 = 3;

/// A descriptor of an io_uring instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ring {
    pub(crate) pid: u32,
    /// The path of the `fd` directory below the root.
    pub(crate) directory: RelativePath,
    pub(crate) fd: u32,
}

impl Ring {
    /// Records a descriptor of an io_uring instance; beyond very many, they are only counted.
    pub(super) fn note(known: &mut Vec<Ring>, processes: &mut Processes, ring: Ring) {
        const MAX: usize = 1 << 16;
        if known.len() < MAX {
            known.push(ring);
        } else {
            processes.rings.push(ring.pid);
        }
    }
}

/// Owners of the sockets that no descriptor in `/proc/PID/fd` refers to, read when they are first
/// needed in a visit.
#[derive(Debug)]
pub(crate) struct OtherTables {
    reader: Reader,
    pids: Vec<u32>,
    rings: Vec<Ring>,
    unreported: Unreported,
    found: OwnerTable,
    is_read: bool,
}

impl OtherTables {
    pub(crate) fn new() -> OtherTables {
        OtherTables {
            reader: Reader::new(),
            pids: Vec::new(),
            rings: Vec::new(),
            unreported: Unreported::default(),
            found: OwnerTable::default(),
            is_read: false,
        }
    }

    /// Begins a visit, after a walk of these processes that saw these io_uring instances.
    pub(crate) fn begin(&mut self, (pids, rings): (&[u32], &[Ring]), options: Options) {
        self.reader.begin(options);
        self.pids.clear();
        self.pids.extend_from_slice(pids);
        self.rings.clear();
        self.rings.extend_from_slice(rings);
        self.unreported.clear();
        self.found.give_back(0, &mut self.reader.walk.found);
        self.found.clear();
        self.is_read = false;
    }

    /// The visit is one after a pass, which reported files of these processes only.
    pub(crate) fn begin_unreported(&mut self, listed: &[u32], reported: &[u32]) {
        self.unreported.begin(listed, reported);
    }

    /// Reads the tables, unless that was done in this visit; what could not be read is counted.
    #[cold]
    pub(crate) fn read(&mut self, root: &ProcRoot, processes: &mut Processes) {
        if std::mem::replace(&mut self.is_read, true) {
            return;
        }
        if self.reader.options.threads {
            for pid in &self.pids {
                self.reader.threads(root, *pid);
            }
            self.reader.compare(root);
        }
        for ring in &self.rings {
            self.reader.ring(root, ring);
        }
        self.reader.rings(root);
        let walk = &mut self.reader.walk;
        walk.found.sort();
        self.found.absorb(0, &mut walk.found);
        self.found.seal();
        processes.absorb_unexamined(&walk.processes);
        self.unreported.count(root, &mut walk.entries, processes);
    }

    /// The owners of `inode`, if the tables were read.
    pub(crate) fn of(&self, inode: Inode) -> Owners<'_> {
        self.found.of(inode)
    }
}

/// How tables are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// Whether to look at the tables of threads.
    pub(crate) threads: bool,
    /// Whether the size of an `fd` directory is the number of descriptors.
    pub(crate) sized: bool,
    /// What is read about each process.
    pub(crate) details: OwnerDetails,
}

/// Reads the tables of threads and of io_uring instances.
#[derive(Debug)]
pub(super) struct Reader {
    /// What was found, and could not be examined.
    pub(super) walk: Walk,
    options: Options,
    /// The number of descriptors that may still be read for a comparison.
    comparable: u64,
    /// Threads with as many descriptors as their process: the number, the pid and the thread id.
    alike: Vec<(u64, u32, u32)>,
    /// Whether the kernel prints the path of a registered file, once that is known.
    prints_paths: Option<bool>,
    /// The io_uring instances that could not be examined, each by pid and descriptor: threads that
    /// share a table show the same one.
    unexamined: BTreeSet<(u32, u32)>,
}

impl Default for Reader {
    fn default() -> Reader {
        Reader::new()
    }
}

impl Reader {
    pub(super) fn new() -> Reader {
        Reader {
            walk: Walk::new(),
            options: Options::default(),
            comparable: MAX_COMPARED,
            alike: Vec::new(),
            prints_paths: None,
            unexamined: BTreeSet::new(),
        }
    }

    pub(super) fn begin(&mut self, options: Options) {
        (self.options, self.comparable) = (options, MAX_COMPARED);
        self.walk.clear();
        self.walk.details = options.details;
        self.alike.clear();
        self.unexamined.clear();
    }

    /// Finds the sockets in tables of single threads of one process, and nothing else. Returns the
    /// number of system calls.
    pub(super) fn of_process(&mut self, root: &ProcRoot, pid: u32) -> u64 {
        self.walk.clear();
        self.walk.found.clear();
        self.walk.tids.clear();
        self.alike.clear();
        self.unexamined.clear();
        self.threads(root, pid);
        self.compare(root);
        self.rings(root);
        // Two for each thread: its size, and, if it has to be read, its directory.
        1 + 2 * self.walk.tids.len() as u64 + self.walk.processes.descriptors
    }

    /// Adds the sockets in tables of single threads of a process: those that certainly are its own.
    fn threads(&mut self, root: &ProcRoot, pid: u32) {
        let tasks = file::path(format_args!("{pid}/task"));
        match fs::statat(root.dir(), &tasks[..], AtFlags::empty()) {
            // A directory has a link for itself, one from its parent, and this one has one for each
            // thread.
            Ok(tasks) if root.is_live() && tasks.st_nlink <= 3 => return,
            // It has ended.
            Err(_) => return,
            Ok(_) => {}
        }
        let mut tids = std::mem::take(&mut self.walk.tids);
        tids.clear();
        let listing = &mut self.walk.entries;
        let _ = root::numbers(root.dir(), &tasks, listing, |tid| tids.push(tid));
        let shared = match self.size(root, &file::path(format_args!("{pid}/fd"))) {
            // Its leader may have exited: the walk then reads those of the other threads.
            Some(0) => tids
                .iter()
                .filter(|tid| **tid != pid)
                .find_map(|tid| self.size(root, &file::path(format_args!("{pid}/task/{tid}/fd")))),
            size => size,
        };
        let mut process = None;
        for tid in tids.iter().filter(|tid| **tid != pid) {
            let path = file::path(format_args!("{pid}/task/{tid}/fd"));
            let size = self.size(root, &path);
            if self.options.sized && size.is_none() {
                // It has ended.
                continue;
            }
            let is_own = size.is_some() && shared.is_some() && size != shared;
            if !is_own {
                self.alike.push((size.unwrap_or(ASSUMED), pid, *tid));
                continue;
            }
            if self.thread(root, &path, pid, &mut process).is_break() {
                break;
            }
        }
        self.walk.tids = tids;
        if let Some(process) = process {
            self.finish(root, process);
        }
    }

    /// Adds the sockets of threads that may have a table of their own, or counts the thread.
    fn compare(&mut self, root: &ProcRoot) {
        let mut alike = std::mem::take(&mut self.alike);
        alike.sort_unstable();
        for (size, pid, tid) in alike.drain(..) {
            let Some(rest) = self.comparable.checked_sub(size) else {
                self.walk.processes.uncompared += 1;
                continue;
            };
            self.comparable = rest;
            let path = file::path(format_args!("{pid}/task/{tid}/fd"));
            let mut process = None;
            let _ = self.thread(root, &path, pid, &mut process);
            if let Some(process) = process {
                self.finish(root, process);
            }
        }
        self.alike = alike;
    }

    /// Adds the sockets registered with the io_uring instances in tables of threads.
    fn rings(&mut self, root: &ProcRoot) {
        let mut rings = std::mem::take(&mut self.walk.rings);
        rings.drain(..).for_each(|ring| self.ring(root, &ring));
        self.walk.rings = rings;
    }

    /// Adds the sockets in the table of one thread. `Break` if the process may not be examined.
    fn thread(
        &mut self,
        root: &ProcRoot,
        path: &[u8],
        pid: u32,
        process: &mut Option<Process>,
    ) -> ControlFlow<()> {
        let before = self.walk.found.len();
        match self.walk.directory(root, path, Part::whole(pid), process) {
            Ok(()) => {}
            Err(Unseen::Vanished) => self.walk.found.truncate(before),
            Err(Unseen::Hidden(Errno::ACCESS | Errno::PERM)) if refusal(root, pid).is_some() => {
                // The walk of its descriptors has counted it.
                return ControlFlow::Break(());
            }
            Err(Unseen::Hidden(_)) => self.walk.processes.threads.push(pid),
        }
        ControlFlow::Continue(())
    }

    /// The number of descriptors in a table, if the kernel reports it.
    fn size(&self, root: &ProcRoot, path: &[u8]) -> Option<u64> {
        let stat = self.options.sized.then(|| fs::statat(root.dir(), path, AtFlags::empty()).ok());
        stat.flatten().and_then(|stat| u64::try_from(stat.st_size).ok())
    }

    /// Adds the sockets registered with an io_uring instance.
    pub(super) fn ring(&mut self, root: &ProcRoot, ring: &Ring) {
        // What follows is read through the open directory, and so of the same process.
        let Ok(dir) = file::open_dir(root.dir(), &ring.directory) else { return };
        if descriptor::resolve(dir.as_fd(), DecInt::new(ring.fd)) != Ok(Target::Ring) {
            return;
        }
        let prints_paths = self.prints_paths(root);
        let path = file::path(format_args!("../fdinfo/{}", ring.fd));
        let Walk { found, text, processes, details, .. } = &mut self.walk;
        let before = found.len();
        let mut is_read = false;
        for _attempt in 0..ATTEMPTS {
            let Ok(fdinfo) = file::read_small(&dir, &path, text) else { break };
            let Some(files) = UserFiles::decode(fdinfo) else { continue };
            is_read = prints_paths || files.names().all(|name| name == b"<none>");
            let sockets = files.names().filter_map(link::socket_inode).filter(|_| prints_paths);
            sockets.for_each(|inode| found.push(inode, ring.fd));
            break;
        }
        if !is_read && self.unexamined.insert((ring.pid, ring.fd)) {
            processes.rings.push(ring.pid);
        }
        if found.len() > before {
            match walk::identify(root, dir.as_fd(), &ring.directory, ring.pid, *details, text) {
                Ok(process) => self.finish(root, process),
                // It has ended.
                Err(_) => found.truncate(before),
            }
        }
    }

    /// Adds the process of the sockets found last.
    fn finish(&mut self, root: &ProcRoot, mut process: Process) {
        if self.options.details.uids {
            process.uids = walk::uids(root, process.pid, &mut self.walk.text);
        }
        self.walk.found.finish_process(process);
    }

    /// Whether the kernel prints the path of a registered file: since Linux 6.15. Before, it prints
    /// a name that anyone may choose, `socket:[1]` included.
    fn prints_paths(&mut self, root: &ProcRoot) -> bool {
        *self
            .prints_paths
            .get_or_insert_with(|| root.kernel().is_some_and(|release| release >= (6, 15)))
    }
}
