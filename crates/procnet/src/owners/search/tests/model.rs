//! A model of processes, and what happens to it.

use std::collections::{BTreeMap, BTreeSet};

use procnet_core::Inode;
use proptest::prelude::*;
use rustix::io::Errno;

use crate::{
    Error, Process,
    coverage::Processes,
    owners::{
        descriptor::{Fault, Target},
        process_source::{FdDirStat, ProcessSource},
    },
};

/// What a descriptor is: a socket, something else (`None`), or unknown, with an error.
pub(super) type What = Result<Option<Inode>, Errno>;

/// Processes and their descriptors.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) processes: BTreeMap<u32, (u64, BTreeMap<u32, What>)>,
    /// Sockets in the tables of threads, or registered with io_uring, by process and descriptor.
    pub(super) other: BTreeMap<(u32, u32), Inode>,
    /// Whether it reports the number of descriptors of a process.
    pub(super) sized: bool,
    pub(super) births: u64,
    pub(super) inodes: u64,
}

/// What happens between two refreshes. Numbers select among what exists.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Spawn,
    Fork(usize),
    Exit(usize),
    /// A process exits, and another reuses its pid.
    Reuse(usize),
    OpenSocket(usize),
    OpenFile(usize),
    /// Opens something that cannot be read, with this error.
    OpenUnreadable(usize, Errno),
    /// A socket moves from a descriptor of a process to another table of it.
    MoveAway(usize, usize),
    /// A thread or an io_uring instance opens a socket.
    OpenElsewhere(usize, u32),
    /// It closes one.
    CloseElsewhere(usize),
    Close(usize, usize),
    Duplicate(usize, usize),
    /// One descriptor becomes a copy of another, as with `dup2`.
    Replace(usize, usize, usize),
    /// A descriptor is sent to another process.
    Pass(usize, usize, usize),
}

impl Model {
    pub(super) fn spawn(&mut self, pid: u32, descriptors: BTreeMap<u32, What>) {
        self.births += 1;
        self.end(pid);
        self.processes.insert(pid, (self.births, descriptors));
    }

    fn end(&mut self, pid: u32) {
        self.processes.remove(&pid);
        self.other.retain(|(of, _), _| *of != pid);
    }

    fn pick(&self, index: usize) -> Option<u32> {
        let count = self.processes.len();
        self.processes.keys().nth(index.checked_rem(count)?).copied()
    }

    fn of(&mut self, pid: u32) -> &mut BTreeMap<u32, What> {
        &mut self.processes.get_mut(&pid).unwrap().1
    }

    fn pick_fd(&mut self, pid: u32, index: usize) -> Option<u32> {
        let descriptors = self.of(pid);
        let index = index.checked_rem(descriptors.len())?;
        descriptors.keys().nth(index).copied()
    }

    /// The kernel assigns the lowest free number.
    fn open(&mut self, pid: u32, what: What) {
        let descriptors = self.of(pid);
        let fd = (0..).find(|fd| !descriptors.contains_key(fd)).unwrap();
        descriptors.insert(fd, what);
    }

    pub(super) fn happen(&mut self, event: &Event) -> Option<()> {
        match *event {
            Event::Spawn => {
                let pid = (1..).find(|pid| !self.processes.contains_key(pid))?;
                self.spawn(pid, BTreeMap::from([(0, Ok(None))]));
            }
            Event::Fork(parent) => {
                let parent = self.pick(parent)?;
                let pid = (1..).find(|pid| !self.processes.contains_key(pid))?;
                let inherited = self.of(parent).clone();
                self.spawn(pid, inherited);
            }
            Event::Exit(pid) => {
                let pid = self.pick(pid)?;
                self.end(pid);
            }
            Event::Reuse(pid) => {
                let pid = self.pick(pid)?;
                self.spawn(pid, BTreeMap::new());
            }
            Event::OpenSocket(pid) => {
                let pid = self.pick(pid)?;
                self.inodes += 1;
                self.open(pid, Ok(Inode::new(self.inodes)));
            }
            Event::OpenFile(pid) => {
                let pid = self.pick(pid)?;
                self.open(pid, Ok(None));
            }
            Event::OpenUnreadable(pid, errno) => {
                let pid = self.pick(pid)?;
                self.open(pid, Err(errno));
            }
            Event::MoveAway(pid, fd) => {
                let pid = self.pick(pid)?;
                let fd = self.pick_fd(pid, fd)?;
                let Ok(Some(inode)) = self.of(pid).remove(&fd)? else { return None };
                self.other.insert((pid, fd), inode);
            }
            Event::OpenElsewhere(pid, fd) => {
                let pid = self.pick(pid)?;
                self.inodes += 1;
                self.other.insert((pid, fd), Inode::new(self.inodes)?);
            }
            Event::CloseElsewhere(index) => {
                let index = index.checked_rem(self.other.len())?;
                let key = *self.other.keys().nth(index)?;
                self.other.remove(&key);
            }
            Event::Close(pid, fd) => {
                let pid = self.pick(pid)?;
                let fd = self.pick_fd(pid, fd)?;
                self.of(pid).remove(&fd);
            }
            Event::Duplicate(pid, fd) => {
                let pid = self.pick(pid)?;
                let fd = self.pick_fd(pid, fd)?;
                let what = self.of(pid)[&fd];
                self.open(pid, what);
            }
            Event::Replace(pid, from, onto) => {
                let pid = self.pick(pid)?;
                let (from, onto) = (self.pick_fd(pid, from)?, self.pick_fd(pid, onto)?);
                let what = self.of(pid)[&from];
                self.of(pid).insert(onto, what);
            }
            Event::Pass(pid, fd, to) => {
                let (pid, to) = (self.pick(pid)?, self.pick(to)?);
                let fd = self.pick_fd(pid, fd)?;
                let what = self.of(pid)[&fd];
                self.open(to, what);
            }
        }
        Some(())
    }

    /// The full join: every owner of every socket. Other tables count if no descriptor holds it.
    pub(super) fn owners(&self) -> BTreeMap<Inode, BTreeSet<(u32, u32)>> {
        let mut owners: BTreeMap<Inode, BTreeSet<(u32, u32)>> = BTreeMap::new();
        for (pid, (_, descriptors)) in &self.processes {
            for (fd, what) in descriptors {
                if let Ok(Some(inode)) = what {
                    owners.entry(*inode).or_default().insert((*pid, *fd));
                }
            }
        }
        let mut others: BTreeMap<Inode, BTreeSet<(u32, u32)>> = BTreeMap::new();
        for (key, inode) in self.other.iter().filter(|(_, inode)| !owners.contains_key(inode)) {
            others.entry(*inode).or_default().insert(*key);
        }
        owners.append(&mut others);
        owners
    }

    /// The number of descriptors that cannot be read.
    pub(super) fn unreadable(&self) -> u64 {
        let descriptors = self.processes.values().flat_map(|(_, descriptors)| descriptors.values());
        descriptors.filter(|what| what.is_err()).count() as u64
    }
}

impl ProcessSource for &Model {
    type Descriptors = u32;

    fn pids(&mut self, pids: &mut Vec<u32>) -> Result<(), Error> {
        pids.clear();
        pids.extend(self.processes.keys());
        Ok(())
    }

    fn fd_dir(&mut self, pid: u32) -> Result<FdDirStat, Errno> {
        let (birth, descriptors) = self.processes.get(&pid).ok_or(Errno::NOENT)?;
        let count = self.sized.then_some(descriptors.len() as u64);
        Ok(FdDirStat { identity: (*birth, 0, 0), descriptors: count })
    }

    fn open(&mut self, pid: u32) -> Result<u32, Errno> {
        self.processes.contains_key(&pid).then_some(pid).ok_or(Errno::NOENT)
    }

    fn list(
        &mut self,
        of: &u32,
        from: u32,
        most: usize,
        numbers: &mut Vec<u32>,
    ) -> Result<(), Errno> {
        numbers.clear();
        numbers.extend(self.processes[of].1.range(from..).map(|(fd, _)| fd).take(most));
        Ok(())
    }

    fn resolve(&mut self, of: &u32, fd: u32) -> Result<Target, Fault> {
        match self.processes[of].1.get(&fd).copied().ok_or(Errno::NOENT)? {
            Ok(Some(inode)) => Ok(Target::Socket(inode)),
            Ok(None) => Ok(Target::Other),
            Err(errno) => Err(Fault::from(errno)),
        }
    }

    fn identify(&mut self, of: &u32, pid: u32) -> Result<Process, Errno> {
        let start_time = Some(self.processes[of].0);
        Ok(Process { start_time, ..Process::new(pid) })
    }

    fn other_tables(
        &mut self,
        pid: u32,
        _rings: &[u32],
        sockets: &mut Vec<(u32, Inode)>,
        _processes: &mut Processes,
    ) -> u64 {
        let its = self.other.iter().filter(|((of, _), _)| *of == pid);
        sockets.extend(its.map(|((_, fd), inode)| (*fd, *inode)));
        1
    }
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    let any = || 0..64_usize;
    prop_oneof![
        2 => Just(Event::Spawn),
        2 => any().prop_map(Event::Fork),
        1 => any().prop_map(Event::Exit),
        1 => any().prop_map(Event::Reuse),
        8 => any().prop_map(Event::OpenSocket),
        3 => any().prop_map(Event::OpenFile),
        6 => (any(), any()).prop_map(|(pid, fd)| Event::Close(pid, fd)),
        2 => (any(), any()).prop_map(|(pid, fd)| Event::Duplicate(pid, fd)),
        2 => (any(), any(), any()).prop_map(|(pid, from, onto)| Event::Replace(pid, from, onto)),
        2 => (any(), any(), any()).prop_map(|(pid, fd, to)| Event::Pass(pid, fd, to)),
        2 => (any(), unreadable()).prop_map(|(pid, errno)| Event::OpenUnreadable(pid, errno)),
        2 => (any(), any()).prop_map(|(pid, fd)| Event::MoveAway(pid, fd)),
        1 => (any(), 0..9_u32).prop_map(|(pid, fd)| Event::OpenElsewhere(pid, fd)),
        1 => any().prop_map(Event::CloseElsewhere),
    ]
}

/// The errors that are those of a single descriptor.
fn unreadable() -> impl Strategy<Value = Errno> {
    let errno = (1..134).prop_map(Errno::from_raw_os_error);
    let is_single = |errno: &Errno| matches!(Fault::from(*errno), Fault::Unread(_));
    errno.prop_filter("an error of one descriptor", is_single)
}
