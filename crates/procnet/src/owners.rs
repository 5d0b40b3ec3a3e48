//! The join: from a socket's inode to every descriptor that holds it.

mod table;
mod walk;

pub(crate) use table::OwnerTable;
pub use table::{Owners, OwnersIter};
pub(crate) use walk::Walk;
