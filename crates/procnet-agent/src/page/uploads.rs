//! Metrics of files that are sent to an object store.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use super::Families;
use crate::upload::{KINDS, Uploads};

pub(super) fn encode(uploads: &Uploads, families: &mut Families<'_, '_>) -> fmt::Result {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    families.counters(
        "procnet_agent_upload_failures",
        "Attempts to send a file that failed, by the kind of failure. The file waits and is sent later.",
        KINDS.into_iter().zip(&uploads.failures).map(|(kind, failed)| ([("kind", kind)], count(failed))),
    )?;
    for (name, help, counter) in [
        ("procnet_agent_upload_files", "Files that the destination has.", &uploads.files),
        (
            "procnet_agent_upload_bytes",
            "The bytes of files that the destination has.",
            &uploads.bytes,
        ),
        (
            "procnet_agent_upload_lost_files",
            "Files that were deleted, as there was no room, before they were sent.",
            &uploads.lost_files,
        ),
        ("procnet_agent_upload_lost_bytes", "The bytes of those files.", &uploads.lost_bytes),
    ] {
        families.counter(name, help, count(counter))?;
    }
    for (name, help, gauge) in [
        (
            "procnet_agent_upload_queue_files",
            "Files that wait to be sent.",
            count(&uploads.queue_files),
        ),
        (
            "procnet_agent_upload_queue_bytes",
            "The bytes of files that wait.",
            count(&uploads.queue_bytes),
        ),
        (
            "procnet_agent_upload_ignored_files",
            "Files and links in the directory that are not sent: no store gives such names, or what they \
             belong to is not there.",
            count(&uploads.ignored),
        ),
        (
            "procnet_agent_upload_oldest_seconds",
            "For how long the oldest file has waited, in seconds; 0 if none waits.",
            uploads.waiting().as_secs(),
        ),
        (
            "procnet_agent_upload_last_success_timestamp_seconds",
            "When a file was sent last, in seconds since 1970; 0 if none was.",
            count(&uploads.last_success),
        ),
    ] {
        families.gauge(name, help, gauge)?;
    }
    Ok(())
}
