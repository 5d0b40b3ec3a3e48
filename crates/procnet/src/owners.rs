//! The join: from a socket's inode to every descriptor that holds it.
//!
//! - Full: a [`Crew`] of threads walks every process into an [`OwnerTable`].
//! - [`Incremental`]: a ledger is kept, and only what is new is looked for.

mod answer;
mod budget;
mod crew;
mod incremental;
mod join;
mod ledger;
mod search;
mod table;
mod walk;
mod world;

pub use answer::{Owners, OwnersIter};
pub use budget::{Budget, LeftOut};
pub(crate) use crew::Crew;
pub(crate) use incremental::Incremental;
pub(crate) use join::Join;
pub(crate) use ledger::{Link, Seat};
pub(crate) use table::OwnerTable;

use procnet_core::Inode;

use crate::file::RelativePath;

/// What a join knows of sockets while tables are read.
pub(crate) trait Register {
    /// Whether anyone is known to hold a socket.
    fn is_owned(&self, inode: Inode) -> bool;

    /// Whether this is the first row of a socket; `None` for a socket that is not registered.
    fn is_first(&self, inode: Inode) -> Option<bool>;

    /// Whether [`is_first`](Register::is_first) was asked of a socket that is registered.
    fn was_seen(&self, inode: Inode) -> bool;
}

/// A descriptor that was seen to hold a network namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// The namespace's inode.
    pub(crate) namespace: u64,
    /// Where the descriptor is, below the root.
    pub(crate) door: RelativePath,
}

impl Held {
    /// Notes a descriptor, unless its namespace is known to be held by another.
    fn note(known: &mut Vec<Held>, namespace: u64, directory: &[u8], fd: u32) {
        // A host has some hundred of them.
        const MOST: usize = 4096;
        if known.len() < MOST && !known.iter().any(|held| held.namespace == namespace) {
            let directory = String::from_utf8_lossy(directory);
            let door = crate::file::path(format_args!("{directory}/{fd}"));
            known.push(Held { namespace, door });
        }
    }
}
