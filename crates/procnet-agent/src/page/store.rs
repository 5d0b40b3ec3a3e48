//! Metrics of the Parquet files.

use std::{fmt, sync::atomic::Ordering::Relaxed};

use super::Families;
use crate::store::Status;

impl Status {
    pub(super) fn encode(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let of = |counter: &std::sync::atomic::AtomicU64| counter.load(Relaxed);
        for (name, help, counter) in [
            ("snapshots", "Looks at the host that are in whole Parquet files.", &self.snapshots),
            ("sockets", "Sockets of these looks.", &self.sockets),
            ("aggregates", "Rows of aggregates of these looks.", &self.aggregates),
            ("events", "Sockets that began or ended, in whole Parquet files.", &self.events),
            (
                "event_spans",
                "Intervals in which these were received, which say what was lost.",
                &self.event_spans,
            ),
            (
                "files",
                "Files that were written; those of one name in several tables are counted once.",
                &self.files,
            ),
            ("written_bytes", "Bytes of these files.", &self.bytes),
            (
                "lost_snapshots",
                "Looks that could not be written, or not be handed to the writer as it was busy. The next one \
                 that is written reports how many are missing.",
                &self.lost,
            ),
            (
                "left_out_sockets",
                "Sockets of looks that were written without them, as the writer was too slow: a gap of the look.",
                &self.left_out,
            ),
            (
                "lost_event_spans",
                "Intervals that could not be written, with their events. The next one that is written reports \
                 how many are missing.",
                &self.lost_event_spans,
            ),
            (
                "left_out_events",
                "Events of intervals that were written without them, as the writer was too slow: lost in there.",
                &self.left_out_events,
            ),
            ("deleted_files", "Files that were deleted to make room.", &self.deleted),
            (
                "unfinished_files",
                "Files that an earlier agent had not finished, and that were deleted.",
                &self.unfinished,
            ),
            ("errors", "Attempts to write that failed.", &self.errors),
        ] {
            families.counter(&format!("procnet_agent_store_{name}"), help, of(counter))?;
        }
        families.counter(
            "procnet_agent_store_cpu_seconds",
            "CPU time of the thread that writes, which is part of the budget.",
            self.cpu().as_secs_f64(),
        )?;
        families.gauge(
            "procnet_agent_store_directory_bytes",
            "What the Parquet files of this host took when some were written, counted at most once a minute.",
            of(&self.directory_bytes),
        )?;
        families.gauge(
            "procnet_agent_store_last_success_timestamp_seconds",
            "When a Parquet file was last written, in seconds since 1970; 0 for never.",
            of(&self.written),
        )?;
        families.gauge(
            "procnet_agent_store_failing",
            "1 if the last attempt to write Parquet failed.",
            u64::from(self.is_failing()),
        )
    }
}
