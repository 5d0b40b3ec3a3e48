//! Whom to ask who holds a socket, once a visit's sockets have their owners.

use std::fmt;

use procnet_core::Inode;

use super::{OwnerTable, Owners, ledger::Ledger};

/// What a join knows, borrowed while a socket is visited: for the owners of its peer, which
/// are looked up when they are asked for.
#[derive(Clone, Copy, Default)]
pub(crate) enum Join<'a> {
    /// Owners were not asked for.
    #[default]
    None,
    Full(&'a OwnerTable),
    Kept(&'a Ledger),
}

impl<'a> Join<'a> {
    /// Who holds `inode`.
    pub(crate) fn of(self, inode: Inode) -> Owners<'a> {
        match self {
            Join::None => Owners::default(),
            Join::Full(table) => table.of(inode),
            Join::Kept(ledger) => ledger.of(inode),
        }
    }
}

/// Who is to be asked is no part of what a socket is.
impl PartialEq for Join<'_> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Join<'_> {}

impl fmt::Debug for Join<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Join::None => "None",
            Join::Full(_) => "Full",
            Join::Kept(_) => "Kept",
        })
    }
}
