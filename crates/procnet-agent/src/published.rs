//! What the two threads share: text that is ready to be sent, and counts.

use std::{
    io::Write as _,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};

use crate::{store::Status, upload::Uploads};

/// The longest page that is compressed, in bytes: some 10 ms of work, in which nobody else is served.
const COMPRESSED: usize = 1 << 20;

/// A page that is ready to be sent. It is compressed when that is first asked for, and then kept.
#[derive(Clone, Debug)]
pub struct Page {
    bytes: Arc<[u8]>,
    gzip: Arc<OnceLock<Option<Arc<[u8]>>>>,
}

impl Page {
    /// A page with this text.
    #[must_use]
    pub fn new(text: impl Into<Arc<[u8]>>) -> Page {
        Page { bytes: text.into(), gzip: Arc::default() }
    }

    /// As it is.
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// Compressed with gzip, once for all who ask. `None` if it is longer than one megabyte, which takes
    /// longer to compress than to send.
    #[must_use]
    pub fn gzip(&self) -> Option<&Arc<[u8]>> {
        let compress = || {
            let plain = Some(&self.bytes).filter(|bytes| bytes.len() <= COMPRESSED)?;
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(plain).ok()?;
            encoder.finish().ok().map(Arc::from)
        };
        self.gzip.get_or_init(compress).as_ref()
    }
}

/// What was published last.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The page in the OpenMetrics format.
    pub openmetrics: Page,
    /// The page in the Prometheus text format.
    pub text: Page,
    /// When the refresh that it shows began; `None` before the first one has finished.
    pub refreshed: Option<Instant>,
    /// Whether it saw everything.
    pub complete: bool,
    /// The names of what it did not see.
    pub gaps: Vec<&'static str>,
    /// After this time without a refresh the page is stale.
    pub stale_after: Duration,
    /// What became of looks that are to be written, if they are.
    pub store: Option<Arc<Status>>,
}

impl Default for Pages {
    fn default() -> Pages {
        Pages {
            openmetrics: Page::new(*b"# EOF\n"),
            text: Page::new([]),
            refreshed: None,
            complete: false,
            gaps: Vec::new(),
            stale_after: Duration::MAX,
            store: None,
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

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn a_page_is_compressed_once_and_only_if_that_is_quick() {
        let text = "procnet_sockets{kind=\"tcp\"} 7\n".repeat(1000);
        let page = Page::new(text.clone().into_bytes());
        let compressed = page.gzip().unwrap();
        assert!(compressed.len() * 10 < text.len());
        let mut back = String::new();
        GzDecoder::new(&compressed[..]).read_to_string(&mut back).unwrap();
        assert_eq!(back, text);
        // Also in what others got.
        assert!(Arc::ptr_eq(compressed, page.clone().gzip().unwrap()));
        let long = Page::new(vec![b' '; COMPRESSED + 1]);
        assert!(long.gzip().is_none() && long.bytes().len() == COMPRESSED + 1);
    }
}
