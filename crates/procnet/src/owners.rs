//! The join: from a socket's inode to every descriptor that holds it.
//!
//! - Full: a [`Crew`] of threads walks every process into an [`OwnerTable`].
//! - [`Incremental`]: a ledger is kept, and only what is new is looked for.

mod budget;
mod crew;
mod incremental;
mod ledger;
mod search;
mod table;
mod waiting;
mod walk;
mod world;

pub use budget::{Budget, LeftOut};
pub(crate) use crew::Crew;
pub(crate) use incremental::Incremental;
pub(crate) use table::OwnerTable;
pub use table::{Owners, OwnersIter};
