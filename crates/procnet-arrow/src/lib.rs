//! Sockets and their owners as Arrow columns, and as Parquet files that engines of SQL read.
//!
//! | table | rows |
//! |---|---|
//! | [`sockets`](schema::sockets) | one per socket and look at a host |
//! | [`aggregates`](schema::aggregates) | one per group of sockets and look: see [`Aggregator`] |
//! | [`snapshots`](schema::snapshots) | one per look, which says what could not be seen |
//! | [`events`](schema::events) | one per socket that began or ended: see [`EventRecorder`] |
//! | [`event_spans`](schema::event_spans) | one per interval in which events were received, which says what was lost |
//!
//! A host without sockets has a row in `snapshots`, a host that was not looked at has none: so a gap is not
//! taken for an absence. `docs/columns.md` describes every column.
//!
//! ```
//! use procnet::{Kinds, Query, Scanner};
//! use procnet_arrow::{Host, Recorder};
//!
//! let mut scanner = Scanner::new()?;
//! let mut recorder = Recorder::new(Host::read(scanner.root()), scanner.root())?;
//! let query = Query::new().kinds(Kinds::TCP);
//! let mut rows = 0;
//! let snapshot = recorder.record(&mut scanner, &query, &mut |batch| {
//!     rows += batch.num_rows() as u64;
//!     Ok(())
//! })?;
//! assert_eq!(snapshot.sockets, rows);
//! # Ok::<(), procnet_arrow::Error>(())
//! ```
//!
//! Memory is bounded by a batch, [`BATCH_ROWS`] sockets and their owners, however many there are.
//!
//! # Features
//!
//! - `ipc` (off by default): writes a table as a stream of Arrow IPC.
//! - `parquet` (off by default): writes Parquet, to a single file or to a directory by date and hour that is
//!   bounded and has whole files only, whenever the writer is killed.
//!
//! # Hostile names
//!
//! Names of processes, sockets, units and files may have any bytes. They are
//! [escaped](procnet::decode::escape), so every column of text is UTF-8 that is safe to print, and two
//! different names never have the same text.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod aggregates;
mod builder;
mod columns;
mod community_ids;
mod error;
mod events;
mod host;
#[cfg(feature = "ipc")]
pub mod ipc;
mod moments;
#[cfg(feature = "parquet")]
pub mod parquet;
mod recorder;
mod row;
pub mod schema;
mod snapshot;
mod table;

pub use arrow_array::RecordBatch;

pub use self::{
    aggregates::{Aggregator, Service, Services, first_ephemeral_port},
    builder::{BATCH_ROWS, SocketColumns},
    error::Error,
    events::{
        EventColumns, EventNumbers, EventRecorder, EventRow, EventSource, EventSpan,
        EventSpanColumns, Subscription,
    },
    host::{Host, now},
    recorder::Recorder,
    row::{OwnFields, OwnerFields, OwnerRow, Program, Row, TcpNumbers},
    snapshot::{LookRows, Snapshot, SnapshotColumns, Written},
    table::Table,
};

/// The code of the README, compiled by the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct ReadmeDoctests;
