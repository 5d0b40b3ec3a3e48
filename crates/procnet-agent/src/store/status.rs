//! What became of the looks, for the page and `/health`.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use procnet_arrow::parquet::Counts;

/// Counts since the agent started. The writer changes them, and others read them at any time.
#[derive(Debug, Default)]
pub struct Status {
    /// Looks that are in whole files.
    pub snapshots: AtomicU64,
    /// Their sockets.
    pub sockets: AtomicU64,
    /// Their aggregates.
    pub aggregates: AtomicU64,
    /// Events that are in whole files.
    pub events: AtomicU64,
    /// The intervals in which they were received.
    pub event_spans: AtomicU64,
    /// Files; those of one name in several tables are counted once.
    pub files: AtomicU64,
    /// The bytes of all.
    pub bytes: AtomicU64,
    /// Looks that could not be written or handed to the writer.
    pub lost: AtomicU64,
    /// Sockets of other looks that could not be handed to it.
    pub left_out: AtomicU64,
    /// Event spans that could not be written.
    pub lost_event_spans: AtomicU64,
    /// Events of other spans that could not be handed to it.
    pub left_out_events: AtomicU64,
    /// Files that were deleted to make room.
    pub deleted: AtomicU64,
    /// Files that an earlier writer had not finished, and that were deleted.
    pub unfinished: AtomicU64,
    /// Attempts to write that failed.
    pub errors: AtomicU64,
    /// What all files of this host took when some were written last.
    pub directory_bytes: AtomicU64,
    /// When a file was last written, in seconds since 1970; 0 for never.
    pub written: AtomicU64,
    /// Whether the last attempt failed.
    pub failing: AtomicBool,
    /// The CPU time of the writer, in nanoseconds.
    cpu: AtomicU64,
}

impl Status {
    /// Whether the last attempt failed.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.failing.load(Relaxed)
    }

    /// The CPU time of the writer.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        Duration::from_nanos(self.cpu.load(Relaxed))
    }

    pub(super) fn note_cpu(&self, cpu: Duration) {
        self.cpu.store(u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    /// A look that could not be begun.
    pub(super) fn skip(&self) {
        self.lost.fetch_add(1, Relaxed);
    }

    /// Sockets that the queue had no room for.
    pub(super) fn leave_out(&self, sockets: u64) {
        self.left_out.fetch_add(sockets, Relaxed);
    }

    /// An event span that could not be begun.
    pub(super) fn skip_span(&self) {
        self.lost_event_spans.fetch_add(1, Relaxed);
    }

    /// Events that the queue had no room for.
    pub(super) fn leave_out_events(&self, events: u64) {
        self.left_out_events.fetch_add(events, Relaxed);
    }

    /// Adds what a store has done since its counts were `before`.
    pub(super) fn add(&self, before: &Counts, now: &Counts) {
        for (total, before, now) in [
            (&self.snapshots, before.snapshots, now.snapshots),
            (&self.sockets, before.sockets, now.sockets),
            (&self.files, before.files, now.files),
            (&self.bytes, before.bytes, now.bytes),
            (&self.aggregates, before.aggregates, now.aggregates),
            (&self.events, before.events, now.events),
            (&self.event_spans, before.event_spans, now.event_spans),
            (&self.lost, before.lost, now.lost),
            (&self.lost_event_spans, before.lost_event_spans, now.lost_event_spans),
            (&self.deleted, before.deleted, now.deleted),
            (&self.unfinished, before.unfinished, now.unfinished),
        ] {
            total.fetch_add(now.saturating_sub(before), Relaxed);
        }
    }
}
