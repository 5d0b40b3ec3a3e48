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
mod walk;
mod world;

pub use budget::{Budget, LeftOut};
pub(crate) use crew::Crew;
pub(crate) use incremental::Incremental;
pub(crate) use ledger::{Link, Seat};
pub(crate) use table::OwnerTable;
pub use table::{Owners, OwnersIter};

use procnet_core::Inode;

/// What a join knows of sockets while tables are read.
pub(crate) trait Register {
    /// Whether anyone is known to hold a socket.
    fn is_owned(&self, inode: Inode) -> bool;

    /// Whether this is the first row of a socket; `None` for a socket that is not registered.
    fn is_first(&self, inode: Inode) -> Option<bool>;

    /// Whether [`is_first`](Register::is_first) was asked of a socket that is registered.
    fn was_seen(&self, inode: Inode) -> bool;
}
