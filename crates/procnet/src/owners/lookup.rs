//! Looking up owners while a socket is visited.

use std::fmt;

use procnet_core::Inode;

use super::{OwnerCache, OwnerTable, Owners};

/// Where owners are looked up, borrowed while a socket is visited: for those of its peer, which
/// are looked up when they are asked for.
#[derive(Clone, Copy, Default)]
pub(crate) enum OwnerLookup<'a> {
    /// Owners were not asked for.
    #[default]
    None,
    Table(&'a OwnerTable),
    Cache(&'a OwnerCache),
}

impl<'a> OwnerLookup<'a> {
    /// Who holds `inode`.
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
