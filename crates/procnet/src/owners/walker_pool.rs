//! Walks processes into an `OwnerTable`, or has a BPF iterator make a pass: with threads that share
//! the walk (`round`), as each visit decides anew (`choice`).
//!
//! The threads are started when a walk is first worth sharing, and then wait for the next one:
//! starting a thread allocates, waking one does not.

mod choice;
mod round;

use std::{
    num::NonZeroUsize,
    sync::Arc,
    thread::{self, JoinHandle},
};

use rustix::fs::{self, AtFlags};

use self::round::{Job, Shared, lock};
use super::{
    Held, NetnsHolder, OwnerDetails, OwnerSource, OwnerTable, bpf,
    other_tables::{Options, OtherTables, Ring},
    table::MAX_RUNS,
};
use crate::{
    Error, ProcRoot,
    bpf::SharedLoader,
    coverage::{Failure, NoBpf, Processes},
};

/// The default maximum number of threads.
const MAX_THREADS: usize = 4;

/// Walks processes, alone or with helper threads.
#[derive(Debug)]
pub(crate) struct WalkerPool {
    shared: Arc<Shared>,
    walkers: Vec<JoinHandle<()>>,
    pids: Vec<u32>,
    listing: Vec<u8>,
    /// Whether the size of an `fd` directory is the number of descriptors: since Linux 6.2.
    sized: bool,
    job: Job,
    /// Why this is not a pass of a BPF iterator.
    no_bpf: Option<NoBpf>,
    /// Descriptors seen holding network namespaces in the last walk of all processes.
    netns_holders: Vec<NetnsHolder>,
    /// Descriptors of io_uring instances seen in the last walk.
    rings: Vec<Ring>,
    /// Processes of which the last pass reported a file.
    reported: Vec<u32>,
    /// Processes that could not be read, while they are counted.
    hidden: Vec<(u32, Failure)>,
}

impl WalkerPool {
    /// A pool of at most `threads` threads, including the caller's; by default as many as there are
    /// processors, up to four.
    pub(crate) fn new(
        root: &Arc<ProcRoot>,
        threads: Option<usize>,
        loader: &SharedLoader,
    ) -> WalkerPool {
        let available = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = threads.unwrap_or_else(|| available().min(MAX_THREADS)).clamp(1, MAX_RUNS);
        let own = fs::statat(root.dir(), "self/fd", AtFlags::empty());
        WalkerPool {
            shared: Arc::new(Shared::new(root, threads, loader)),
            walkers: Vec::new(),
            pids: Vec::new(),
            listing: Vec::new(),
            sized: root.is_live() && own.is_ok_and(|own| own.st_size > 0),
            job: Job::default(),
            no_bpf: None,
            netns_holders: Vec::new(),
            rings: Vec::new(),
            reported: Vec::new(),
            hidden: Vec::new(),
        }
    }

    /// Begins to look beyond the descriptors that the last walk saw.
    pub(crate) fn begin_other_tables(&self, other: &mut OtherTables) {
        let WalkerPool { pids, rings, reported, sized, job, .. } = self;
        // A pass has seen the tables of all threads.
        let threads = !job.by_bpf;
        other.begin((pids, rings), Options { threads, sized: *sized, details: job.details });
        if job.by_bpf {
            other.begin_unreported(pids, reported);
        }
    }

    /// Descriptors seen holding network namespaces in the last walk of all processes.
    pub(crate) fn netns_holders(&mut self) -> &mut Vec<NetnsHolder> {
        &mut self.netns_holders
    }

    /// Whether the size of an `fd` directory is the number of descriptors.
    pub(crate) fn is_sized(&self) -> bool {
        self.sized
    }

    /// Begins to walk every process; [`finish`](WalkerPool::finish) must follow. Returns whether
    /// helpers are walking meanwhile.
    pub(crate) fn begin(
        &mut self,
        details: OwnerDetails,
        source: OwnerSource,
        table: &mut OwnerTable,
    ) -> Result<bool, Error> {
        self.prepare(table);
        let WalkerPool { shared, pids, listing, .. } = self;
        shared.root.list_pids(listing, pids)?;
        let unlisted = shared.root.hides_processes(pids);
        let (by_bpf, descriptors) = self.choose(source)?;
        self.job = Job { details, by_bpf, unlisted };
        Ok(self.begin_round(descriptors))
    }

    /// Walks until every part is done, and fills `table`.
    pub(crate) fn finish(&mut self, table: &mut OwnerTable) -> Processes {
        self.finish_round();
        self.repeat_if_needed(table);
        self.gather_all(table)
    }

    /// Fills `table` from a pass that is made for the rows of sockets, in place of
    /// [`begin`](WalkerPool::begin) and [`finish`](WalkerPool::finish). `None` if it ended early.
    pub(crate) fn by_rows(
        &mut self,
        details: OwnerDetails,
        table: &mut OwnerTable,
        pass: impl FnOnce(&mut dyn FnMut(u32, u32, Held)) -> Result<(), Failure>,
    ) -> Result<Option<Processes>, Error> {
        self.prepare(table);
        let WalkerPool { shared, pids, listing, .. } = self;
        shared.root.list_pids(listing, pids)?;
        let unlisted = shared.root.hides_processes(pids);
        let Some(walk) = shared.walks.first() else { return Ok(None) };
        let mut walk = lock(walk);
        let passed = bpf::take(&mut walk, &shared.root, details, unlisted, pass);
        if passed.is_err() {
            walk.clear();
            walk.found.clear();
            return Ok(None);
        }
        walk.found.sort();
        lock(&shared.bpf).last_seen = walk.processes.descriptors;
        drop(walk);
        (self.job, self.no_bpf) = (Job { details, by_bpf: true, unlisted }, None);
        Ok(Some(self.gather_all(table)))
    }

    /// Loads the program of a pass of its own, as the next visit may need it, and may not be permitted to.
    pub(crate) fn load_program(&self) {
        // Why it cannot be is reported by that visit.
        let _ = lock(&self.shared.bpf).load(&self.shared.root);
    }

    /// Takes over the results of all threads after all processes were looked at.
    fn gather_all(&mut self, table: &mut OwnerTable) -> Processes {
        self.netns_holders.clear();
        for walk in &self.shared.walks {
            let known = &mut self.netns_holders;
            for holder in lock(walk).netns_holders.drain(..) {
                if !known.iter().any(|other| other.namespace == holder.namespace) {
                    known.push(holder);
                }
            }
        }
        let mut processes = self.gather(table);
        if self.job.by_bpf {
            processes.by_bpf = true;
            processes.seen = self.pids.len() as u64;
        }
        processes.no_bpf = self.no_bpf.clone();
        processes.unlisted = self.job.unlisted;
        processes.contained = self.shared.root.is_contained();
        processes
    }

    /// Fills `table` with the sockets of one process.
    ///
    /// # Errors
    ///
    /// If there is no such process, or its descriptors cannot be read.
    pub(crate) fn one(
        &mut self,
        pid: u32,
        details: OwnerDetails,
        table: &mut OwnerTable,
    ) -> Result<Processes, Error> {
        self.prepare(table);
        self.pids.clear();
        self.pids.push(pid);
        self.job = Job { details, ..Job::default() };
        let walked = match self.shared.walks.first() {
            Some(walk) => {
                let mut walk = lock(walk);
                let walked = walk.one(&self.shared.root, pid, details);
                walk.found.sort();
                walked
            }
            None => Ok(()),
        };
        let processes = self.gather(table);
        walked.map(|()| processes)
    }

    /// Takes over the results of all threads.
    fn gather(&mut self, table: &mut OwnerTable) -> Processes {
        let mut processes = Processes::default();
        for (worker, walk) in self.shared.walks.iter().enumerate() {
            let mut walk = lock(walk);
            table.absorb(worker, &mut walk.found);
            processes.absorb(&walk.processes);
            self.hidden.append(&mut walk.hidden);
            self.rings.append(&mut walk.rings);
            self.reported.append(&mut walk.reported);
        }
        // Each process once, though it may have been walked in several parts.
        self.hidden.sort_unstable_by_key(|(pid, _)| *pid);
        self.hidden.dedup_by_key(|(pid, _)| *pid);
        self.hidden.drain(..).for_each(|(pid, failure)| processes.hide(pid, failure));
        for walk in &self.shared.walks {
            let mut walk = lock(walk);
            table.forget(&walk.ended);
            table.reserve(&mut walk.found);
            walk.clear();
        }
        table.seal();
        processes
    }

    /// Returns its memory to each thread.
    fn prepare(&mut self, table: &mut OwnerTable) {
        self.rings.clear();
        self.reported.clear();
        for (worker, walk) in self.shared.walks.iter().enumerate() {
            table.give_back(worker, &mut lock(walk).found);
        }
        table.clear();
    }
}
