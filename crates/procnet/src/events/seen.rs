//! Whether a socket that a visit saw matches the query of a subscription.

use crate::{
    Filter, ProcRoot, Query, Socket,
    coverage::Processes,
    filter::{OfSocket, OwnersSeen, ResolvedNames},
};

/// As it was seen then, with the owners that were found in these processes.
pub(super) fn matches(
    query: &Query,
    filter: Option<&Filter>,
    root: &ProcRoot,
    seen: &Socket<'_>,
    processes: Option<&Processes>,
) -> Option<bool> {
    let owners = match processes {
        Some(processes) if processes.is_whole() => OwnersSeen::All,
        _ => OwnersSeen::Some,
    };
    let of_process = query.pid.map_or(Some(true), |pid| {
        let is_owned = seen.owners.iter().any(|owner| owner.pid() == pid);
        let is_known = owners == OwnersSeen::All || !seen.owners.is_empty();
        is_known.then_some(is_owned)
    });
    let matches = filter.map_or(Some(true), |filter| {
        let names = &ResolvedNames::of(query, Some(filter), root, &mut Vec::new());
        filter.decide(&OfSocket { socket: seen, names, owners })
    });
    match (of_process, matches) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (of_process, matches) => of_process.and(matches),
    }
}
