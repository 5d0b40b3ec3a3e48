//! Parquet: a single file, or a directory by date and hour.
//!
//! Files have no Arrow schema in their metadata, only Parquet's own types: engines read texts as texts, and
//! a small file is smaller.

mod clock;
mod directory;
mod disk;
mod file;
mod group;
mod options;
mod partition;
mod set;
mod store;
mod stream;
mod table;
mod used;

pub(crate) use self::group::Group;
pub use self::{
    file::{Compression, SocketFile},
    options::{Counts, StoreOptions, WhenFull},
    store::Store,
};
