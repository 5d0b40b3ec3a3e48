//! Parquet: a single file, or a directory by date and hour.
//!
//! Files have no Arrow schema in their metadata, only Parquet's own types: engines read texts as texts, and
//! a small file is smaller.

mod file;
mod partition;
mod store;
mod used;

pub use self::{
    file::{Compression, SocketFile},
    store::{Counts, Store, StoreOptions, WhenFull},
};
