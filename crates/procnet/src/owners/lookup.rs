//! Looks up owners during the visit of a socket.

use std::fmt;

use procnet_core::Inode;

use super::{OtherTables, OwnerCache, OwnerTable, Owners};
use crate::ProcRoot;

/// The owners that no descriptor of a process shows, and the root from which they are read.
#[derive(Debug)]
pub(crate) struct OtherOwners<'v> {
    pub(crate) tables: &'v mut OtherTables,
    pub(crate) root: &'v ProcRoot,
}

/// Where owners are looked up, borrowed during the visit of a socket: for the owners of its peer,
/// which are looked up on request.
#[derive(Clone, Copy, Default)]
pub(crate) enum OwnerLookup<'a> {
    /// Owners were not requested.
    #[default]
    None,
    Walked(&'a OwnerTable, &'a OtherTables),
    Cache(&'a OwnerCache),
    /// They were looked up before: those of the peer, whose inode is the only one asked for.
    Kept(Owners<'a>),
}

impl<'a> OwnerLookup<'a> {
    /// The owners of `inode`.
    pub(crate) fn of(self, inode: Inode) -> Owners<'a> {
        match self {
            OwnerLookup::None => Owners::default(),
            OwnerLookup::Walked(table, other) => match table.of(inode) {
                owners if owners.is_empty() => other.of(inode),
                owners => owners,
            },
            OwnerLookup::Cache(cache) => cache.of(inode),
            OwnerLookup::Kept(owners) => owners,
        }
    }
}

impl fmt::Debug for OwnerLookup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OwnerLookup::None => "None",
            OwnerLookup::Walked(..) => "Walked",
            OwnerLookup::Cache(_) => "Cache",
            OwnerLookup::Kept(_) => "Kept",
        })
    }
}
