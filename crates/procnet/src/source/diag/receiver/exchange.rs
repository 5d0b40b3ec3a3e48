//! What passes between the thread that receives and the one that reads.
//!
//! Not a channel of the standard library, which allocates when a thread first has to wait: whether
//! that happens in the first answer or in the hundredth depends on which thread is faster.

use std::{
    collections::VecDeque,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rustix::io::Errno;

use super::{Batch, Job};

/// Batches and jobs in both directions.
#[derive(Debug)]
pub(super) struct Exchange {
    state: Mutex<State>,
    changed: Condvar,
    /// The size of a batch.
    size: usize,
    /// Whether the reader has had enough of the current answer.
    is_stopped: AtomicBool,
}

#[derive(Debug)]
struct State {
    job: Option<Job>,
    /// To be filled; the last one first.
    empty: Vec<Batch>,
    /// To be read, in order.
    full: VecDeque<Batch>,
    /// Whether one of the two threads is gone.
    is_closed: bool,
}

/// Closes the exchange when it is dropped, also if its thread panics.
pub(super) struct CloseOnDrop<'a>(&'a Exchange);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Exchange {
    /// For this many batches of this size, one of which is the reader's. All are allocated now, as it
    /// depends on the reader's speed how many are used; only those take memory.
    pub(super) fn new(batches: usize, size: usize) -> Exchange {
        let mut empty = Vec::with_capacity(batches);
        empty.resize_with(batches.saturating_sub(1), Batch::default);
        empty.iter_mut().for_each(|batch| batch.datagrams.reserve(size));
        let full = VecDeque::with_capacity(batches);
        let state = Mutex::new(State { job: None, empty, full, is_closed: false });
        Exchange { state, changed: Condvar::new(), size, is_stopped: AtomicBool::new(false) }
    }

    /// The size at which a batch is full.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No operation on the state panics halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes the other thread.
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until there is something to take; `None` if there will be nothing, as the other thread
    /// is gone.
    fn wait<T>(&self, mut take: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let mut state = self.lock();
        loop {
            let taken = take(&mut state);
            if taken.is_some() || state.is_closed {
                return taken;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Hands over an answer to be received.
    pub(super) fn begin(&self, job: Job) -> Result<(), Errno> {
        if self.lock().is_closed {
            return Err(Errno::AGAIN);
        }
        self.change(|state| state.job = Some(job));
        Ok(())
    }

    pub(super) fn take_job(&self) -> Option<Job> {
        self.wait(|state| state.job.take())
    }

    pub(super) fn take_empty(&self) -> Option<Batch> {
        self.wait(|state| state.empty.pop())
    }

    pub(super) fn put_empty(&self, batch: Batch) {
        self.change(|state| state.empty.push(batch));
    }

    /// The next batch; one that reports a failure if the thread is gone.
    pub(super) fn take_full(&self) -> Batch {
        self.wait(|state| state.full.pop_front()).unwrap_or_else(|| Batch::last(Err(Errno::IO)))
    }

    pub(super) fn put_full(&self, batch: Batch) {
        self.change(|state| state.full.push_back(batch));
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    pub(super) fn set_stopped(&self, is_stopped: bool) {
        self.is_stopped.store(is_stopped, Ordering::Relaxed);
    }

    /// Says that one of the two threads is gone.
    pub(super) fn close(&self) {
        self.change(|state| state.is_closed = true);
    }

    pub(super) fn close_on_drop(&self) -> CloseOnDrop<'_> {
        CloseOnDrop(self)
    }
}

#[cfg(test)]
mod tests {
    use std::{panic, sync::Arc, thread};

    use super::*;

    #[test]
    fn a_reader_learns_that_the_thread_is_gone() {
        let exchange = Arc::new(Exchange::new(2, 1));
        let shared = Arc::clone(&exchange);
        let thread = thread::spawn(move || {
            let _closed = shared.close_on_drop();
            shared.put_full(Batch::default());
            panic::resume_unwind(Box::new("for the test"));
        });
        assert!(thread.join().is_err());
        // What it had received before is still read.
        assert_eq!(exchange.take_full().last, None);
        assert_eq!(exchange.take_full().last, Some(Err(Errno::IO)));
    }

    #[test]
    fn the_batch_that_was_emptied_last_is_filled_next() {
        let exchange = Exchange::new(3, 1);
        let batch = exchange.take_empty().unwrap();
        exchange.put_empty(Batch { foreign: 7, ..batch });
        assert_eq!(exchange.take_empty().unwrap().foreign, 7);
        assert_eq!(exchange.take_empty().unwrap().foreign, 0);
        exchange.close();
        assert!(exchange.take_empty().is_none() && exchange.take_job().is_none());
    }
}
