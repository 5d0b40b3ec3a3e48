//! Events as log records for a collector.
//!
//! The thread that reads copies each event into a bounded queue; another one without capabilities encodes and sends
//! batches. What there is no time or room for is counted, and a record says so, so that a gap is not taken for an
//! absence of events.

mod encode;
mod gap;
mod record;
mod send;

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use procnet::{events::Change, privileges};

use self::{gap::Gap, record::Record};
use super::{Endpoint, Via};
use crate::{
    config::Options,
    events::{Consumer, Event, Received},
};

/// The most events that wait, in about 2 MB; while a collector does not answer.
const CAPACITY: usize = 8192;

/// The most events of a request, and how long the first one waits for others.
const BATCH: usize = 512;
const LINGER: Duration = Duration::from_secs(1);

/// How long the end of the agent waits for the last request.
const LAST: Duration = Duration::from_secs(2);

/// Which events become log records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogsOf {
    /// None.
    None,
    /// Those of sockets that end, which have their whole history.
    Ends,
    /// Births and ends.
    All,
}

/// What became of log records, and of requests with them.
#[derive(Debug, Default)]
pub struct ExportedLogs {
    /// Records that the collector has accepted.
    pub accepted: AtomicU64,
    /// Records that it has rejected.
    pub rejected: AtomicU64,
    /// Records that were not made, as there were too many in a second.
    pub over_rate: AtomicU64,
    /// Records that were dropped, as too many waited.
    pub no_room: AtomicU64,
    /// Attempts that failed and are repeated.
    pub failed: AtomicU64,
    /// The CPU time of the thread that sends, in nanoseconds.
    cpu: AtomicU64,
    /// How much of it is charged to the budget.
    charged: AtomicU64,
}

impl ExportedLogs {
    fn count(counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Ordering::Relaxed);
    }

    /// The CPU time that sending has taken since the last call.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        let cpu = self.cpu.load(Ordering::Relaxed);
        Duration::from_nanos(cpu - self.charged.swap(cpu, Ordering::Relaxed).min(cpu))
    }
}

/// Makes log records of events, and leaves them to a thread that sends them.
#[derive(Debug)]
pub struct EventLogs {
    shared: Arc<Shared>,
    exported: Arc<ExportedLogs>,
    of: LogsOf,
    rate: RateLimit,
    /// What this read has.
    records: Vec<Record>,
    gap: Gap,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    records: VecDeque<Record>,
    gap: Gap,
    /// Whether the gap is to be reported even without records.
    gap_is_due: bool,
    ended: bool,
    /// Whether the thread has ended.
    done: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventLogs {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If there can be none.
    pub fn start(
        endpoint: Endpoint,
        via: Via,
        options: &Options,
    ) -> io::Result<(EventLogs, Arc<ExportedLogs>)> {
        let (shared, exported) = (Arc::new(Shared::default()), Arc::new(ExportedLogs::default()));
        shared.lock().records.reserve_exact(CAPACITY);
        let logs = EventLogs {
            shared: Arc::clone(&shared),
            exported: Arc::clone(&exported),
            of: options.otlp_logs,
            rate: RateLimit::new(options.otlp_events_per_second),
            records: Vec::with_capacity(BATCH),
            gap: Gap::default(),
        };
        let for_thread = Arc::clone(&exported);
        let seed = options.community_id;
        let run = move || {
            privileges::keep_none();
            send::run(endpoint, via, seed, &shared, &for_thread);
        };
        thread::Builder::new().name("procnet-logs".to_owned()).spawn(run)?;
        Ok((logs, exported))
    }
}

impl Consumer for EventLogs {
    fn event(&mut self, event: &Event<'_>) {
        if self.of == LogsOf::Ends && event.change == Change::Began {
            return;
        }
        if self.records.len() >= CAPACITY {
            self.gap.no_room += 1;
        } else if self.rate.admits() {
            self.records.push(Record::of(event));
        } else {
            self.gap.over_rate += 1;
        }
    }

    fn end(&mut self, received: &Received) {
        let EventLogs { shared, exported, of, rate, records, gap } = self;
        rate.next();
        let births = if *of == LogsOf::All { received.lost_births } else { 0 };
        gap.lost += births + received.lost_ends + received.undecodable;
        if records.is_empty() && gap.is_none() {
            return;
        }
        let now = SystemTime::now();
        let mut waiting = shared.lock();
        let room = CAPACITY - waiting.records.len().min(CAPACITY);
        gap.no_room += records.len().saturating_sub(room) as u64;
        records.truncate(room);
        waiting.records.extend(records.drain(..).map(|record| Record { observed: now, ..record }));
        ExportedLogs::count(&exported.over_rate, gap.over_rate);
        ExportedLogs::count(&exported.no_room, gap.no_room);
        if !gap.is_none() {
            waiting.gap.add(&gap.at(now));
            waiting.gap_is_due = true;
            *gap = Gap::default();
        }
        drop(waiting);
        shared.changed.notify_all();
    }
}

impl Drop for EventLogs {
    fn drop(&mut self) {
        let mut waiting = self.shared.lock();
        waiting.ended = true;
        self.shared.changed.notify_all();
        let sends = |waiting: &mut Waiting| !waiting.done;
        drop(self.shared.changed.wait_timeout_while(waiting, LAST, sends));
    }
}

/// Admits so many in a second, and after a quiet time as many at once.
#[derive(Debug)]
struct RateLimit {
    per_second: f64,
    left: f64,
    since: Instant,
    /// Whether the time that has passed is accounted for in this read.
    is_filled: bool,
}

impl RateLimit {
    fn new(per_second: u32) -> RateLimit {
        let per_second = f64::from(per_second);
        RateLimit { per_second, left: per_second, since: Instant::now(), is_filled: true }
    }

    fn admits(&mut self) -> bool {
        if !self.is_filled {
            let now = Instant::now();
            self.fill(now - self.since);
            (self.since, self.is_filled) = (now, true);
        }
        let admits = self.left >= 1.0;
        if admits {
            self.left -= 1.0;
        }
        admits
    }

    fn fill(&mut self, passed: Duration) {
        let more = passed.as_secs_f64() * self.per_second;
        self.left = (self.left + more).min(self.per_second);
    }

    /// Another read follows.
    fn next(&mut self) {
        self.is_filled = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_quiet_time_no_more_than_one_second_is_admitted_at_once() {
        let mut rate = RateLimit::new(10);
        let admitted = |rate: &mut RateLimit, passed: Duration| {
            rate.fill(passed);
            rate.is_filled = true;
            (0..100).filter(|_| rate.admits()).count()
        };
        assert_eq!(admitted(&mut rate, Duration::from_secs(100)), 10);
        assert_eq!(admitted(&mut rate, Duration::ZERO), 0);
        assert_eq!(admitted(&mut rate, Duration::from_millis(250)), 2);
        // Half a one was left.
        assert_eq!(admitted(&mut rate, Duration::from_millis(50)), 1);
    }
}
