//! A round: the threads of the pool share a walk, or one of them makes a pass.
//!
//! In a walk, each thread takes the next free part. A pass is not divided: the first helper makes it,
//! and the caller can read tables meanwhile.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use rustix::io::Errno;

use super::WalkerPool;
use crate::{
    ProcRoot,
    bpf::SharedLoader,
    coverage::{Failure, NoBpf},
    owners::{OwnerDetails, bpf::BpfOwners, parts::Part, table::MAX_RUNS, walk::Walk},
};

/// A walk of fewer descriptors is not worth waking threads for.
const WORTH_SHARING: u64 = 2048;

/// What the threads share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) root: Arc<ProcRoot>,
    pub(super) parts: RwLock<Vec<Part>>,
    /// The next free part; of a pass, there is only the first.
    next: AtomicUsize,
    pub(super) bpf: Mutex<BpfOwners>,
    /// The result of a pass.
    pub(super) passed: Mutex<Result<(), NoBpf>>,
    round: Mutex<Round>,
    /// Signals that a round has begun, or that the pool shuts down.
    begun: Condvar,
    /// Signals that the last walker has finished its round.
    finished: Condvar,
    /// The result of each thread; the caller's is the first.
    pub(super) walks: Box<[Mutex<Walk>]>,
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
pub(super) struct Job {
    pub(super) details: OwnerDetails,
    /// Whether to make a pass of the BPF iterator in place of the parts.
    pub(super) by_bpf: bool,
    /// Whether /proc does not list all processes.
    pub(super) unlisted: bool,
}

impl WalkerPool {
    /// Begins a round, with helpers if that pays. Returns whether there are any.
    pub(super) fn begin_round(&mut self, descriptors: u64) -> bool {
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

    /// Whether helpers are in the round.
    pub(crate) fn is_busy(&self) -> bool {
        lock(&self.shared.round).busy > 0
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

    /// Walks until every part is done.
    pub(super) fn finish_round(&self) {
        self.shared.walk(0, self.job);
        let mut round = lock(&self.shared.round);
        while round.busy > 0 {
            round = self.shared.finished.wait(round).unwrap_or_else(PoisonError::into_inner);
        }
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
    /// For at most `threads` threads, including the caller's.
    pub(super) fn new(root: &Arc<ProcRoot>, threads: usize, loader: &SharedLoader) -> Shared {
        Shared {
            root: Arc::clone(root),
            parts: RwLock::default(),
            next: AtomicUsize::new(0),
            bpf: Mutex::new(BpfOwners::new(loader)),
            passed: Mutex::new(Ok(())),
            round: Mutex::default(),
            begun: Condvar::new(),
            finished: Condvar::new(),
            walks: (0..threads).map(|_| Mutex::new(Walk::new())).collect(),
        }
    }

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
            // Always the same two, as each has memory of its own for the result.
            if worker < 2 && self.next.fetch_add(1, Ordering::Relaxed) == 0 {
                // Unless it comes to its end.
                *lock(&self.passed) = Err(NoBpf::Failed(Failure::new(Errno::CANCELED)));
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
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
