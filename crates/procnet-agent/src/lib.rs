//! The parts of `procnet-agent`, as a library for its own tests: not a stable interface.
//!
//! - [`config`]: the options, of a file, the environment and the command line.
//! - [`schedule`]: when the next refresh is due, within the budget of CPU time.
//! - [`refresh`]: the thread that asks the kernel. It fills the [`aggregates`] and the counts of [`events`],
//!   encodes the [`page`], and publishes the text.
//! - [`http`]: the thread that serves what was published. It has no capabilities, and nothing that it
//!   receives reaches the other thread.
//!
//! - [`store`]: a thread that writes the sockets as Parquet files, if there is a directory for them.
//! - [`otlp`]: a thread that sends the same to a collector, if one is configured.
//! - [`upload`]: a thread that sends files to an object store, if one is configured.
//!
//! Only the last one is asynchronous, as the library for object stores is. Elsewhere one thread with `poll` bounds
//! connections and time, and needs no runtime.

#![forbid(unsafe_code)]

pub mod aggregates;
pub mod config;
pub mod events;
pub mod gaps;
pub mod http;
pub mod log;
pub mod node_exporter;
pub mod otlp;
pub mod page;
pub mod published;
pub mod refresh;
pub mod schedule;
pub mod store;
pub mod upload;
