//! Owners by a BPF iterator: one pass within the kernel, in place of a system call for each
//! descriptor.
//!
//! A pass reports numbers: of a socket, a process and a descriptor. It sees every thread that has
//! descriptors of its own, and processes whose first thread has ended. The name and the start time
//! of a process are read from /proc when its first socket is reported. The pid may have passed to
//! another process by then; but that one started after the pass began, and so do few others. All of
//! these are walked in place of believing what the pass reported.
//!
//! Where the rows of sockets come from a pass as well, it is the same: [`take`] gets what it reports.

#[cfg(not(feature = "bpf"))]
#[path = "bpf/no_program.rs"]
mod program;
#[cfg(feature = "bpf")]
mod program;

use std::os::fd::AsFd as _;

use procnet_core::Inode;
use rustix::{
    param::clock_ticks_per_second,
    path::DecInt,
    time::{ClockId, clock_gettime},
};

use self::program::Program;
use super::{
    NetnsHolder, OwnerDetails, OwnerSource,
    descriptor::{self, Target},
    other_tables::Ring,
    parts::Part,
    walk::{self, Walk},
};
use crate::{
    ProcRoot, Process,
    bpf::SharedLoader,
    coverage::{Failure, NoBpf},
    file,
};

/// The number of descriptors whose walk takes as long as loading the program where that takes longest:
/// some 16 ms, before Linux 6.16.
const WORTH_LOADING: u64 = 5000;

/// How many descriptors of anonymous inodes are kept unseen; most are no io_uring instances.
const MAX_UNSEEN: usize = 4096;

/// A file that a pass reports.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "bpf"), expect(dead_code, reason = "there is no program to report any"))]
pub(crate) enum Held {
    Socket(Inode),
    /// A namespace, of any type.
    Namespace,
    /// Perhaps an io_uring instance.
    AnonymousInode,
}

#[cfg(feature = "bpf")]
impl Held {
    /// What a file is that is no socket.
    pub(crate) fn of(file: &procnet_bpf::OtherFile) -> Held {
        if file.is_namespace() { Held::Namespace } else { Held::AnonymousInode }
    }
}

/// The program, kept from visit to visit once it is loaded.
#[derive(Debug, Default)]
pub(super) struct BpfOwners {
    loader: SharedLoader,
    loaded: Option<Result<Program, NoBpf>>,
    /// Whether a visit has looked for owners before.
    is_kept: bool,
    /// The number of descriptors of sockets in the last pass.
    pub(super) last_seen: u64,
}

impl BpfOwners {
    pub(super) fn new(loader: &SharedLoader) -> BpfOwners {
        BpfOwners { loader: loader.clone(), ..BpfOwners::default() }
    }

    /// Prepares for a visit. `descriptors` counts those that a walk would read; it is called only if
    /// that matters.
    ///
    /// # Errors
    ///
    /// Why there can be no pass, or should be none.
    pub(super) fn prepare(
        &mut self,
        root: &ProcRoot,
        source: OwnerSource,
        descriptors: impl FnOnce() -> u64,
    ) -> Result<(), NoBpf> {
        let is_kept = std::mem::replace(&mut self.is_kept, true);
        // In a scanner that is kept, loading pays sooner or later. Where it is impossible, `load` reports
        // that without any cost.
        let is_possible = cfg!(feature = "bpf") && root.is_own();
        let is_worth_it = is_kept || source == OwnerSource::Bpf;
        if self.loaded.is_some() || is_worth_it || !is_possible {
            return self.load(root);
        }
        if descriptors() < WORTH_LOADING {
            return Err(NoBpf::FewDescriptors);
        }
        // That takes a while, in which this thread can read tables: the pass does it.
        let permitted = is_loadable(root).and_then(|()| self.loader.permitted());
        permitted.inspect_err(|why| self.loaded = Some(Err(why.clone())))
    }

    /// Loads the program, unless that was tried before.
    pub(super) fn load(&mut self, root: &ProcRoot) -> Result<(), NoBpf> {
        self.program(root).map(drop)
    }

    /// The program, loaded unless that was tried before.
    fn program(&mut self, root: &ProcRoot) -> Result<&mut Program, NoBpf> {
        let BpfOwners { loader, loaded, .. } = self;
        loaded.get_or_insert_with(|| load(root, loader)).as_mut().map_err(|why| why.clone())
    }

    /// Adds the sockets of all processes to a walk, by the program, which is loaded if that was not
    /// tried before. `unlisted`: whether /proc does not show all processes.
    ///
    /// # Errors
    ///
    /// Why there is no pass, or that it is not all.
    pub(super) fn pass(
        &mut self,
        walk: &mut Walk,
        root: &ProcRoot,
        details: OwnerDetails,
        unlisted: bool,
    ) -> Result<(), NoBpf> {
        let program = self.program(root)?;
        let passed = take(walk, root, details, unlisted, |each| program.pass(each));
        self.last_seen = walk.processes.descriptors;
        passed.map_err(NoBpf::Failed)
    }
}

/// Adds the sockets of all processes to a walk, as `pass` reports them. `unlisted`: whether /proc does
/// not show all processes.
///
/// # Errors
///
/// Those of the pass: what it reported is not all.
pub(super) fn take(
    walk: &mut Walk,
    root: &ProcRoot,
    details: OwnerDetails,
    unlisted: bool,
    pass: impl FnOnce(&mut dyn FnMut(u32, u32, Held)) -> Result<(), Failure>,
) -> Result<(), Failure> {
    walk.details = details;
    let mut young = std::mem::take(&mut walk.tids);
    young.clear();
    let begun = ticks_since_boot();
    let of = Of::Nobody;
    let mut taken = Pass { walk, root, begun, unlisted, pid: 0, of, young };
    let passed = pass(&mut |pid, fd, held| taken.take(pid, fd, held));
    taken.end_process();
    let Pass { mut young, .. } = taken;
    young.sort_unstable();
    young.dedup();
    for pid in &young {
        walk.part(root, Part::whole(*pid), details);
    }
    walk.tids = young;
    passed
}

fn load(root: &ProcRoot, loader: &SharedLoader) -> Result<Program, NoBpf> {
    is_loadable(root).and_then(|()| Program::load(loader))
}

/// Whether a program would report the processes of the root.
fn is_loadable(root: &ProcRoot) -> Result<(), NoBpf> {
    if root.is_of_own_pid_namespace() { Ok(()) } else { Err(NoBpf::OtherRoot) }
}

/// The unit of start times: `USER_HZ`, since the host was booted as this time namespace has it.
fn ticks_since_boot() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    let (seconds, nanoseconds) = (now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs());
    let ticks = clock_ticks_per_second();
    seconds * ticks + nanoseconds * ticks / 1_000_000_000
}

/// What is known of the process whose files are reported.
enum Of {
    /// It holds no socket so far.
    Nobody,
    Process(Process),
    /// It has ended, or is walked later.
    Skipped,
}

/// A pass while it goes on.
struct Pass<'p> {
    walk: &'p mut Walk,
    root: &'p ProcRoot,
    /// When the pass began, in the unit of start times.
    begun: u64,
    unlisted: bool,
    pid: u32,
    of: Of,
    /// Processes that started since.
    young: Vec<u32>,
}

impl Pass<'_> {
    fn take(&mut self, pid: u32, fd: u32, held: Held) {
        if pid != self.pid {
            self.end_process();
            self.pid = pid;
            self.walk.reported.push(pid);
        }
        match held {
            Held::Socket(inode) => {
                if matches!(self.of, Of::Nobody) {
                    self.of = self.identify();
                }
                if matches!(self.of, Of::Process(_)) {
                    self.walk.processes.descriptors += 1;
                    self.walk.found.push(inode, fd);
                }
            }
            Held::Namespace => {
                if let Some(Target::Namespace(inode)) = self.resolve(fd) {
                    let directory = file::path(format_args!("{pid}/fd"));
                    NetnsHolder::note(&mut self.walk.netns_holders, inode, &directory, fd);
                }
            }
            Held::AnonymousInode => {
                let is_unseen = self.walk.rings.len() < MAX_UNSEEN;
                if is_unseen || self.resolve(fd) == Some(Target::Ring) {
                    let directory = file::path(format_args!("{pid}/fd"));
                    let Walk { rings, processes, .. } = &mut *self.walk;
                    Ring::note(rings, processes, Ring { pid, directory, fd });
                }
            }
        }
    }

    /// Ends the files of a process.
    fn end_process(&mut self) {
        let Of::Process(mut process) = std::mem::replace(&mut self.of, Of::Nobody) else { return };
        let Walk { found, details, text, .. } = &mut *self.walk;
        if details.uids {
            process.uids = walk::uids(self.root, process.pid, text);
        }
        found.finish_process(process);
    }

    #[cold]
    fn identify(&mut self) -> Of {
        let Pass { walk, root, pid, .. } = self;
        let dir = file::open_dir(root.dir(), &file::path(format_args!("{pid}")));
        let identified = dir.and_then(|dir| {
            walk::identify(root, dir.as_fd(), b"", *pid, walk.details, &mut walk.text)
        });
        match identified {
            Ok(process) if process.start_time.is_some_and(|start| start >= self.begun) => {
                self.young.push(*pid);
                Of::Skipped
            }
            Ok(process) => Of::Process(process),
            // Hidden, or ended: that it holds the socket is known, and its name is not.
            Err(_) if self.unlisted => Of::Process(Process::new(*pid)),
            Err(_) => {
                self.walk.processes.vanished += 1;
                Of::Skipped
            }
        }
    }

    #[cold]
    fn resolve(&self, fd: u32) -> Option<Target> {
        let path = file::path(format_args!("{}/fd", self.pid));
        let dir = file::open_dir(self.root.dir(), &path).ok()?;
        descriptor::resolve(dir.as_fd(), DecInt::new(fd)).ok()
    }
}
