//! The thread that sends metrics.

use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use procnet::privileges;

use super::{
    Endpoint, Via,
    client::{Client, Verdict},
};

/// What became of requests.
#[derive(Debug, Default)]
pub struct Exported {
    /// Requests that the collector has accepted.
    pub accepted: AtomicU64,
    /// Requests that it has rejected for good, or in part.
    pub rejected: AtomicU64,
    /// Attempts that failed and were repeated, or replaced by a later request.
    pub failed: AtomicU64,
    /// Requests that a later one has replaced.
    pub replaced: AtomicU64,
}

/// Leaves requests to the thread that sends them.
#[derive(Debug)]
pub struct Sender {
    shared: Arc<Shared>,
    /// What became of requests.
    pub exported: Arc<Exported>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    request: Option<Vec<u8>>,
    ended: bool,
}

impl Sender {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If there can be none.
    pub fn start(endpoint: Endpoint, via: Via) -> io::Result<Sender> {
        let (shared, exported) = (Arc::new(Shared::default()), Arc::new(Exported::default()));
        let sender = Sender { shared: Arc::clone(&shared), exported: Arc::clone(&exported) };
        let run = move || {
            privileges::keep_none();
            run(Client::new(endpoint, via, "metrics"), &shared, &exported);
        };
        thread::Builder::new().name("procnet-otlp".to_owned()).spawn(run)?;
        Ok(sender)
    }

    /// Sends a request as soon as possible, in place of one that still waits.
    pub fn send(&self, request: Vec<u8>) {
        let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.request.replace(request).is_some() {
            self.exported.replaced.fetch_add(1, Ordering::Relaxed);
        }
        self.shared.changed.notify_one();
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.shared.changed.notify_one();
    }
}

fn run(mut client: Client, shared: &Shared, exported: &Exported) {
    loop {
        let request = {
            let waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let ready = |waiting: &mut Waiting| waiting.request.is_none() && !waiting.ended;
            let mut waiting =
                shared.changed.wait_while(waiting, ready).unwrap_or_else(PoisonError::into_inner);
            if waiting.ended {
                return;
            }
            waiting.request.take()
        };
        let Some(request) = request else { continue };
        let (counter, wait) = match client.attempt(&request) {
            Verdict::Accepted(0) => (&exported.accepted, None),
            Verdict::Accepted(_) | Verdict::Rejected => (&exported.rejected, None),
            Verdict::Later(wait) => (&exported.failed, Some(wait)),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        let Some(wait) = wait else { continue };
        // Unless there is a later one by then.
        let mut waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.request.get_or_insert(request);
        let pauses = |waiting: &mut Waiting| !waiting.ended;
        drop(shared.changed.wait_timeout_while(waiting, wait, pauses));
    }
}
