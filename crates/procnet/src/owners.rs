//! The join from a socket's inode to every descriptor that holds it.
//!
//! Owners come from an index, which is filled in one of two ways: a `WalkerPool` walks every
//! process into an `OwnerTable`, anew for each visit; `Incremental` keeps an `OwnerCache` from
//! visit to visit and looks only for what is new.

mod budget;
mod incremental;
mod inode_index;
mod iter;
mod lookup;
mod netns_holder;
mod owner_cache;
mod process_source;
mod search;
mod table;
mod walk;
mod walker_pool;

pub(crate) use self::{
    incremental::Incremental,
    lookup::OwnerLookup,
    netns_holder::NetnsHolder,
    owner_cache::{Link, OwnerCache, ProcessIndex},
    table::OwnerTable,
    walker_pool::WalkerPool,
};
pub use budget::Budget;
pub use iter::{Owners, OwnersIter};
