//! Looks up owners during the visit of a socket.

use std::fmt;

use procnet_core::Inode;

use super::{OwnerCache, OwnerTable, Owners};

/// Where owners are looked up, borrowed during the visit of a socket: for the owners of its peer,
/// which are looked up on request.
#[derive(Clone, Copy, Default)]
pub(crate) enum OwnerLookup<'a> {
    /// Owners were not requested.
    #[default]
    None,
    Table(&'a OwnerTable),
    Cache(&'a OwnerCache),
}

impl<'a> OwnerLookup<'a> {
    /// The owners of `inode`.
    pub(crate) fn of(self, inode: Inode) -> Owners<'a> {
        match self {
            OwnerLookup::None => Owners::default(),
            OwnerLookup::Table(table) => table.of(inode),
            OwnerLookup::Cache(cache) => cache.of(inode),
        }
    }
}

impl fmt::Debug for OwnerLookup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OwnerLookup::None => "None",
            OwnerLookup::Table(_) => "Table",
            OwnerLookup::Cache(_) => "Cache",
        })
    }
}
