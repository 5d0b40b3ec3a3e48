//! Whether a socket matches the query, once its owners are known.

use crate::{
    Coverage, Filter, Owners, Socket,
    coverage::Processes,
    filter::{OfSocket, OwnersSeen},
    owners::{Incremental, OtherOwners, OwnerLookup, OwnerTable},
    plan::Plan,
};

/// The position of an inode's owners in the table.
#[derive(Clone, Copy)]
pub(super) struct OwnersAt(pub(super) usize);

#[inline]
pub(super) fn decide(
    filter: &Filter,
    plan: &Plan<'_>,
    socket: &Socket<'_>,
    owners: OwnersSeen,
) -> Option<bool> {
    filter.decide(&OfSocket { socket, names: &plan.names, owners })
}

/// Adds the owners found by the walk to a socket. Returns whether the socket matches the query.
#[inline]
pub(super) fn add_walked_owners<'s>(
    plan: &Plan<'_>,
    coverage: &mut Coverage,
    table: &'s OwnerTable,
    other: &'s mut OtherOwners<'_>,
    found: Option<OwnersAt>,
    socket: &mut Socket<'s>,
) -> bool {
    let mut owners = match (found, socket.inode) {
        (Some(OwnersAt(position)), Some(_)) => table.at(position),
        (None, Some(inode)) => table.of(inode),
        (_, None) => Owners::default(),
    };
    if let (true, Some(inode), Some(walk)) =
        (owners.is_empty() && !socket.is_kernels(), socket.inode, &mut coverage.processes)
    {
        other.tables.read(other.root, walk);
        owners = other.tables.of(inode);
    }
    if plan.query.pid.is_some() && owners.is_empty() {
        return false;
    }
    socket.set_owners(owners, OwnerLookup::Walked(table, other.tables));
    let takes = takes(plan, coverage, socket, |coverage| {
        let is_whole = coverage.processes.as_ref().is_some_and(Processes::is_whole);
        if is_whole { OwnersSeen::All } else { OwnersSeen::Some }
    });
    hide_owners(plan, socket);
    takes
}

/// Adds the cached owners to a socket. Returns whether it matches the query and need not wait for
/// its owners.
pub(super) fn add_kept_owners<'s>(
    plan: &Plan<'_>,
    coverage: &mut Coverage,
    cache: &'s mut Incremental,
    socket: &mut Socket<'s>,
) -> bool {
    let seen = cache.owners_seen();
    if !cache.note(socket) {
        return false;
    }
    let takes = takes(plan, coverage, socket, |_| seen);
    hide_owners(plan, socket);
    takes
}

/// Removes the owners from a socket if only the filter needed them.
#[inline]
pub(super) fn hide_owners(plan: &Plan<'_>, socket: &mut Socket<'_>) {
    if !plan.query.owners && plan.query.pid.is_none() {
        socket.set_owners(Owners::default(), OwnerLookup::None);
    }
}

/// Whether a socket matches the filter, now that its owners are known. If that is unknown, it is
/// left out and counted. Whether all owners were `seen` is only asked if a condition needs them.
#[inline]
pub(super) fn takes(
    plan: &Plan<'_>,
    coverage: &mut Coverage,
    socket: &Socket<'_>,
    seen: impl FnOnce(&Coverage) -> OwnersSeen,
) -> bool {
    let Some(filter) = plan.filter().filter(|filter| filter.needs_owners()) else { return true };
    let met = decide(filter, plan, socket, seen(coverage));
    coverage.undecided += u64::from(met.is_none());
    met == Some(true)
}
