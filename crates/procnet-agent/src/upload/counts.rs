//! What is counted.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

/// Why files were not sent. What each means is in the README.
pub const KINDS: [&str; 9] = [
    "unreachable",
    "timeout",
    "denied",
    "missing",
    "full",
    "rejected",
    "mismatch",
    "conflict",
    "unreadable",
];

/// Files that wait longer than this are late.
pub const LATE: Duration = Duration::from_secs(3600);

/// What was sent since the agent started, and what waits.
#[derive(Debug, Default)]
pub struct Uploads {
    /// Files that the destination has.
    pub files: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
    /// Attempts that failed, by the place of their kind in [`KINDS`].
    pub failures: [AtomicU64; KINDS.len()],
    /// Files that were deleted before they were sent.
    pub lost_files: AtomicU64,
    /// Their bytes.
    pub lost_bytes: AtomicU64,
    /// Files that wait.
    pub queue_files: AtomicU64,
    /// Their bytes.
    pub queue_bytes: AtomicU64,
    /// Files that are not sent, as they do not belong to a store.
    pub ignored: AtomicU64,
    /// When the oldest file that waits was written, in seconds since 1970; 0 if none waits.
    pub oldest: AtomicU64,
    /// When a file was sent last, in seconds since 1970; 0 for never.
    pub last_success: AtomicU64,
}

impl Uploads {
    /// For how long the oldest file has waited.
    #[must_use]
    pub fn waiting(&self) -> Duration {
        match self.oldest.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            oldest => Duration::from_secs(now().saturating_sub(oldest)),
        }
    }

    /// As `/health` shows it.
    #[must_use]
    pub fn health(&self) -> serde_json::Value {
        let waiting = self.waiting();
        serde_json::json!({
            "late": waiting > LATE,
            "oldest_seconds": waiting.as_secs(),
            "queue_files": self.queue_files.load(Ordering::Relaxed),
            "lost_files": self.lost_files.load(Ordering::Relaxed),
        })
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_wait_for_more_than_an_hour_are_late() {
        let uploads = Uploads::default();
        assert_eq!(uploads.health()["late"], false);
        uploads.oldest.store(now() - LATE.as_secs() - 10, Ordering::Relaxed);
        assert_eq!(uploads.health()["late"], true);
        assert!(uploads.health()["oldest_seconds"].as_u64() >= Some(3610));
    }
}
