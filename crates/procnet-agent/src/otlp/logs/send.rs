//! The thread that sends log records.

use std::{
    sync::{PoisonError, atomic::Ordering},
    time::{Duration, SystemTime},
};

use rustix::time::{ClockId, clock_gettime};

use super::{BATCH, ExportedLogs, LINGER, Shared, Waiting, encode::encode, gap::Gap};
use crate::otlp::{
    Endpoint, Via,
    client::{Client, Verdict},
    resource::resource,
};

pub(super) fn run(
    endpoint: Endpoint,
    via: Via,
    seed: Option<u16>,
    shared: &Shared,
    exported: &ExportedLogs,
) {
    let mut client = Client::new(endpoint, via, "events");
    let (mut records, mut body) = (Vec::with_capacity(BATCH), String::new());
    loop {
        let (gap, ended) = {
            let mut waiting = batch(shared);
            let count = waiting.records.len().min(BATCH);
            records.clear();
            records.extend(waiting.records.drain(..count));
            waiting.gap_is_due = false;
            (std::mem::take(&mut waiting.gap), waiting.ended)
        };
        if records.is_empty() && gap.is_none() {
            // There is nothing left, so this is the end.
            break;
        }
        body.clear();
        encode(&mut body, &resource(), (&records, seed), &gap);
        let made = records.len() as u64;
        let verdict = deliver(&mut client, body.as_bytes(), shared, exported);
        let rejected = match verdict {
            Verdict::Accepted(rejected) => rejected.min(made),
            Verdict::Rejected | Verdict::Later(_) => made,
        };
        ExportedLogs::count(&exported.accepted, made - rejected);
        ExportedLogs::count(&exported.rejected, rejected);
        // It goes with the next records: a collector that rejects everything is not asked again for it alone.
        let mut missing = Gap { rejected, ..Gap::default() }.at(SystemTime::now());
        if !matches!(verdict, Verdict::Accepted(_)) {
            missing.add(&gap);
        }
        if !missing.is_none() {
            shared.lock().gap.add(&missing);
        }
        if ended && !matches!(verdict, Verdict::Accepted(_)) {
            break;
        }
    }
    shared.lock().done = true;
    shared.changed.notify_all();
}

/// Waits until a batch is full, or the time for it is up.
fn batch(shared: &Shared) -> std::sync::MutexGuard<'_, Waiting> {
    let nothing =
        |waiting: &mut Waiting| waiting.records.is_empty() && !waiting.gap_is_due && !waiting.ended;
    let waiting = shared.changed.wait_while(shared.lock(), nothing);
    let waiting = waiting.unwrap_or_else(PoisonError::into_inner);
    let few = |waiting: &mut Waiting| waiting.records.len() < BATCH && !waiting.ended;
    let waited = shared.changed.wait_timeout_while(waiting, LINGER, few);
    waited.unwrap_or_else(PoisonError::into_inner).0
}

/// Sends a request until the collector has decided, or the agent ends.
fn deliver(client: &mut Client, body: &[u8], shared: &Shared, exported: &ExportedLogs) -> Verdict {
    loop {
        let verdict = client.attempt(body);
        let cpu = Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default();
        let nanos = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
        exported.cpu.store(nanos, Ordering::Relaxed);
        let Verdict::Later(wait) = verdict else { return verdict };
        ExportedLogs::count(&exported.failed, 1);
        let waiting = shared.lock();
        if waiting.ended {
            return verdict;
        }
        let goes_on = |waiting: &mut Waiting| !waiting.ended;
        drop(shared.changed.wait_timeout_while(waiting, wait, goes_on));
    }
}
