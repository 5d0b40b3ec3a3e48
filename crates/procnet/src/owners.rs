//! The join: from a socket's inode to every descriptor that holds it.

mod crew;
mod table;
mod walk;

pub(crate) use crew::Crew;
pub(crate) use table::OwnerTable;
pub use table::{Owners, OwnersIter};
