//! What a store does, and what it has done.

use std::time::Duration;

use super::Compression;

/// What a [`Store`](super::Store) does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreOptions {
    /// The bytes that its files may take, of all tables together; `None` for all there are. It counts the
    /// files of its own name only.
    pub max_bytes: Option<u64>,
    /// What to do when they do.
    pub when_full: WhenFull,
    /// A file has the snapshots or event spans of this time: they are lost if the writer is killed before,
    /// and a file of one snapshot of few sockets is mostly metadata. With zero, each has a file.
    pub max_age: Duration,
    /// Files that have so many rows are not continued. A snapshot or event span is never divided.
    pub max_rows: u64,
    /// How pages are compressed.
    pub compression: Compression,
}

impl Default for StoreOptions {
    /// 1 GiB, then the oldest is deleted; a file has five minutes, or a million rows.
    fn default() -> StoreOptions {
        StoreOptions {
            max_bytes: Some(1 << 30),
            when_full: WhenFull::DeleteOldest,
            max_age: Duration::from_secs(300),
            max_rows: 1 << 20,
            compression: Compression::default(),
        }
    }
}

/// What to do when the files take all they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Delete the oldest files, of whatever tables.
    DeleteOldest,
    /// Keep what there is, and do not write what is new.
    Refuse,
}

/// What a [`Store`](super::Store) did since it was opened.
///
/// Files of one name are counted once, though each of the tables in which they have rows has one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Snapshots that are in whole files.
    pub snapshots: u64,
    /// Rows of `sockets`, likewise.
    pub sockets: u64,
    /// Whole files.
    pub files: u64,
    /// The bytes of all files.
    pub bytes: u64,
    /// Snapshots that could not be written, or were refused.
    pub lost: u64,
    /// Files that were deleted because there was no room.
    pub deleted: u64,
    /// Their bytes.
    pub deleted_bytes: u64,
    /// Files that an earlier writer of this name had not finished: those of each table.
    pub unfinished: u64,
    /// Rows of `aggregates` that are in whole files.
    pub aggregates: u64,
    /// Rows of `events`, likewise.
    pub events: u64,
    /// Event spans, likewise.
    pub event_spans: u64,
    /// Event spans that could not be written, or were refused, with their events.
    pub lost_event_spans: u64,
}
