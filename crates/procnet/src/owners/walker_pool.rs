//! The threads that share the walk, or make a pass of a BPF iterator.
//!
//! The walk is divided into parts of about equal work: a small process is one part, and one with
//! many descriptors is several, so that a process that holds most of them does not delay the rest.
//! Each thread takes the next free part. A pass is not divided: the first thread that is free makes it,
//! and the caller can read tables meanwhile.
//!
//! The threads are started when a walk is first worth sharing, and then wait for the next one:
//! starting a thread allocates, waking one does not.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

use rustix::{
    fs::{self, AtFlags},
    io::Errno,
};

use super::{
    NetnsHolder, OwnerDetails, OwnerSource, OwnerTable,
    bpf::BpfOwners,
    other_tables::{Options, OtherTables, Ring},
    table::MAX_RUNS,
    walk::{Part, Walk},
};
use crate::{
    Error, ProcRoot,
    bpf::SharedLoader,
    coverage::{Failure, NoBpf, Processes},
    file,
};

/// Descriptors in one part: about 10 ms of work.
const PART_SIZE: u32 = 4096;

/// A walk of fewer descriptors is not worth waking threads for.
const WORTH_SHARING: u64 = 2048;

/// The default maximum number of threads.
const MAX_THREADS: usize = 4;

/// The assumed number of descriptors of a process if the kernel does not report it.
const ASSUMED_DESCRIPTORS: u64 = 16;

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
    /// Processes that could not be read, while they are counted.
    hidden: Vec<(u32, Failure)>,
}

#[derive(Debug)]
struct Shared {
    root: Arc<ProcRoot>,
    parts: RwLock<Vec<Part>>,
    /// The next free part; of a pass, there is only the first.
    next: AtomicUsize,
    bpf: Mutex<BpfOwners>,
    /// The result of a pass.
    passed: Mutex<Result<(), Failure>>,
    round: Mutex<Round>,
    /// Signals that a round has begun, or that the pool shuts down.
    begun: Condvar,
    /// Signals that the last walker has finished its round.
    finished: Condvar,
    /// The result of each thread; the caller's is the first.
    walks: Box<[Mutex<Walk>]>,
}

#[derive(Debug, Default)]
struct Round {
    /// The number of the round, by which a walker recognises a new one.
    number: u64,
    job: Job,
    /// The number of helpers still walking.
    busy: usize,
    shut_down: bool,
}

/// What to do in a round.
#[derive(Clone, Copy, Debug, Default)]
struct Job {
    details: OwnerDetails,
    /// Whether to make a pass of the BPF iterator in place of the parts.
    by_bpf: bool,
    /// Whether /proc does not list all processes.
    unlisted: bool,
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
        let shared = Shared {
            root: Arc::clone(root),
            parts: RwLock::default(),
            next: AtomicUsize::new(0),
            bpf: Mutex::new(BpfOwners::new(loader)),
            passed: Mutex::new(Ok(())),
            round: Mutex::default(),
            begun: Condvar::new(),
            finished: Condvar::new(),
            walks: (0..threads).map(|_| Mutex::new(Walk::new())).collect(),
        };
        WalkerPool {
            shared: Arc::new(shared),
            walkers: Vec::new(),
            pids: Vec::new(),
            listing: Vec::new(),
            sized: root.is_live() && own.is_ok_and(|own| own.st_size > 0),
            job: Job::default(),
            no_bpf: None,
            netns_holders: Vec::new(),
            rings: Vec::new(),
            hidden: Vec::new(),
        }
    }

    /// Begins to look beyond the descriptors that the last walk saw.
    pub(crate) fn begin_other_tables(&self, other: &mut OtherTables) {
        let WalkerPool { pids, rings, sized, job, .. } = self;
        // A pass has seen the tables of all threads.
        let threads = !job.by_bpf;
        other.begin((pids, rings), Options { threads, sized: *sized, details: job.details });
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

    /// Whether to make a pass of a BPF iterator, and the approximate number of descriptors.
    fn choose(&mut self, source: OwnerSource) -> Result<(bool, u64), Error> {
        let shared = Arc::clone(&self.shared);
        let mut bpf = lock(&shared.bpf);
        self.no_bpf = None;
        let mut planned = None;
        if source != OwnerSource::Walk {
            let descriptors = || *planned.get_or_insert_with(|| self.plan());
            match bpf.prepare(&shared.root, source, descriptors) {
                Ok(()) => return Ok((true, planned.unwrap_or(bpf.last_seen))),
                Err(why) if source == OwnerSource::Bpf => {
                    return Err(Error::no_bpf(shared.root.path(), why));
                }
                Err(why) => self.no_bpf = Some(why),
            }
        }
        Ok((false, planned.unwrap_or_else(|| self.plan())))
    }

    /// Begins a round, with helpers if that pays. Returns whether there are any.
    fn begin_round(&mut self, descriptors: u64) -> bool {
        self.shared.next.store(0, Ordering::Relaxed);
        if descriptors < WORTH_SHARING {
            return false;
        }
        // A pass takes one.
        self.spawn_walkers(if self.job.by_bpf { 2 } else { MAX_RUNS });
        let mut round = lock(&self.shared.round);
        round.number += 1;
        round.job = self.job;
        round.busy = self.walkers.len();
        self.shared.begun.notify_all();
        round.busy > 0
    }

    /// Divides the walk into parts. Returns the approximate number of descriptors.
    fn plan(&self) -> u64 {
        let mut parts = self.shared.parts.write().unwrap_or_else(PoisonError::into_inner);
        parts.clear();
        let mut descriptors = 0;
        for pid in &self.pids {
            let whole = Part::whole(*pid);
            if !self.sized {
                descriptors += ASSUMED_DESCRIPTORS;
                parts.push(whole);
                continue;
            }
            let path = file::path(format_args!("{pid}/fd"));
            // Errors are handled when the process is walked.
            let stat = fs::statat(self.shared.root.dir(), &path[..], AtFlags::empty());
            let size = stat.map_or(1, |stat| u64::try_from(stat.st_size).unwrap_or(0));
            descriptors += size;
            if size == 0 {
                parts.push(Part { empty: true, ..whole });
                continue;
            }
            // The lowest free number is assigned first, so the highest is about the number of
            // descriptors.
            let cuts = u32::try_from(size.div_ceil(u64::from(PART_SIZE))).unwrap_or(1);
            for cut in 0..cuts {
                let to = if cut + 1 == cuts { u32::MAX } else { (cut + 1) * PART_SIZE };
                parts.push(Part { from: cut * PART_SIZE, to, ..whole });
            }
        }
        // Parts of one process far from each other: its directory and table of descriptors have
        // locks and reference counts, which cost two walkers up to a tenth.
        parts.sort_unstable_by_key(|part| part.from);
        descriptors
    }

    /// Starts missing walkers, so that with the caller's there are at most this many threads. If no
    /// thread can be started, fewer walk.
    fn spawn_walkers(&mut self, threads: usize) {
        while self.walkers.len() + 1 < self.shared.walks.len().min(threads) {
            let shared = Arc::clone(&self.shared);
            let worker = self.walkers.len() + 1;
            let walker = thread::Builder::new()
                .name("procnet-walk".to_owned())
                .stack_size(256 << 10)
                .spawn(move || shared.run_walker(worker));
            match walker {
                Ok(walker) => self.walkers.push(walker),
                Err(_) => break,
            }
        }
    }

    /// Walks until every part is done, and fills `table`.
    pub(crate) fn finish(&mut self, table: &mut OwnerTable) -> Processes {
        self.finish_round();
        if self.no_bpf == Some(NoBpf::FewDescriptors) && self.is_denied() {
            // What a walk may not read, a pass sees.
            self.no_bpf = lock(&self.shared.bpf).load(&self.shared.root).err();
            self.job.by_bpf = self.no_bpf.is_none();
            if self.job.by_bpf {
                self.repeat_round(0, table);
            }
        }
        let passed = std::mem::replace(&mut *lock(&self.shared.passed), Ok(()));
        if let Err(failure) = passed {
            // What it has found is not all.
            self.no_bpf = Some(NoBpf::Failed(failure));
            self.job.by_bpf = false;
            let descriptors = self.plan();
            self.repeat_round(descriptors, table);
        }
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

    /// Whether a walk could not read a process.
    fn is_denied(&self) -> bool {
        self.shared.walks.iter().any(|walk| !lock(walk).hidden.is_empty())
    }

    /// Makes another round in place of the last.
    fn repeat_round(&mut self, descriptors: u64, table: &mut OwnerTable) {
        self.prepare(table);
        self.shared.walks.iter().for_each(|walk| lock(walk).clear());
        self.begin_round(descriptors);
        self.finish_round();
    }

    /// Walks until every part is done.
    fn finish_round(&self) {
        self.shared.walk(0, self.job);
        let mut round = lock(&self.shared.round);
        while round.busy > 0 {
            round = self.shared.finished.wait(round).unwrap_or_else(PoisonError::into_inner);
        }
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
        for (worker, walk) in self.shared.walks.iter().enumerate() {
            table.give_back(worker, &mut lock(walk).found);
        }
        table.clear();
    }
}

impl Drop for WalkerPool {
    fn drop(&mut self) {
        lock(&self.shared.round).shut_down = true;
        self.shared.begun.notify_all();
        for walker in self.walkers.drain(..) {
            // A thread that panicked has already printed the reason.
            let _ = walker.join();
        }
    }
}

impl Shared {
    /// Runs a walker until the pool shuts down.
    fn run_walker(&self, worker: usize) {
        let mut last = 0;
        loop {
            let mut round = lock(&self.round);
            while round.number == last && !round.shut_down {
                round = self.begun.wait(round).unwrap_or_else(PoisonError::into_inner);
            }
            if round.shut_down {
                return;
            }
            last = round.number;
            let job = round.job;
            drop(round);
            let _busy = Busy(self);
            self.walk(worker, job);
        }
    }

    /// Walks part by part until all are taken, or makes the pass.
    fn walk(&self, worker: usize, job: Job) {
        let Some(walk) = self.walks.get(worker) else { return };
        let mut walk = lock(walk);
        let Job { details, by_bpf, unlisted } = job;
        if by_bpf {
            if self.next.fetch_add(1, Ordering::Relaxed) == 0 {
                // Unless it comes to its end.
                *lock(&self.passed) = Err(Failure::new(Errno::CANCELED));
                let passed = lock(&self.bpf).pass(&mut walk, &self.root, details, unlisted);
                *lock(&self.passed) = passed;
                walk.found.sort();
            }
            return;
        }
        let parts = self.parts.read().unwrap_or_else(PoisonError::into_inner);
        while let Some(part) = parts.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            walk.part(&self.root, *part, details);
        }
        walk.found.sort();
    }
}

/// A walker in its round; it leaves the round even if it panics.
struct Busy<'s>(&'s Shared);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut round = lock(&self.0.round);
        round.busy -= 1;
        if round.busy == 0 {
            self.0.finished.notify_all();
        }
    }
}

/// Locks a mutex; the state that a panicked thread left behind is still valid.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
