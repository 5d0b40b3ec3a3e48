//! What the two threads share: text that is ready to be sent, and counts.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::upload::Uploads;

/// What was published last.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The page in the OpenMetrics format.
    pub openmetrics: Arc<[u8]>,
    /// The page in the Prometheus text format.
    pub text: Arc<[u8]>,
    /// When the refresh that it shows began; `None` before the first one has finished.
    pub refreshed: Option<Instant>,
    /// Whether it saw everything.
    pub complete: bool,
    /// The names of what it did not see.
    pub gaps: Vec<&'static str>,
    /// After this time without a refresh the page is stale.
    pub stale_after: Duration,
}

impl Default for Pages {
    fn default() -> Pages {
        Pages {
            openmetrics: Arc::from(&b"# EOF\n"[..]),
            text: Arc::from(&b""[..]),
            refreshed: None,
            complete: false,
            gaps: Vec::new(),
            stale_after: Duration::MAX,
        }
    }
}

/// What the server counts.
#[derive(Debug, Default)]
pub struct Served {
    /// Answers, by the place of their status in [`STATUSES`].
    pub answers: [AtomicU64; STATUSES.len()],
    /// Connections that were closed as they took too long.
    pub timeouts: AtomicU64,
    /// Connections that were closed to make room.
    pub evicted: AtomicU64,
    /// Connections for which there was no room.
    pub refused: AtomicU64,
}

/// The statuses with which the server answers.
pub const STATUSES: [u16; 6] = [200, 400, 404, 405, 431, 503];

impl Served {
    /// Adds 1.
    pub fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the two threads share.
#[derive(Debug, Default)]
pub struct Published {
    pages: Mutex<Pages>,
    /// What the server counts.
    pub served: Served,
    /// What is sent to an object store, if there is one.
    pub uploads: OnceLock<Arc<Uploads>>,
}

impl Published {
    /// Replaces what is served.
    pub fn publish(&self, pages: Pages) {
        *self.lock() = pages;
    }

    /// What is served now.
    #[must_use]
    pub fn pages(&self) -> Pages {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        // Each value is whole: it is replaced in one step.
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
