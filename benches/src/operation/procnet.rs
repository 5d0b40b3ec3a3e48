//! Procnet, used as in an agent: one scanner for all refreshes.

use std::hint::black_box;

use procnet::{
    Kinds, Netns, Query, Scanner, Source,
    owners::{Budget, OwnerSource},
    summary::Summary,
};

use super::{Prepared, count, timed, version_of};
use crate::protocol::Answer;

/// Sockets of some kinds, from socket diagnostics only.
pub(super) fn netlink(kinds: Kinds) -> Query {
    of(kinds).source(Source::Netlink)
}

/// Sockets of some kinds, from whichever source the library chooses.
pub(super) fn auto(kinds: Kinds) -> Query {
    Query::new().kinds(kinds)
}

/// Sockets of some kinds, from the tables of /proc.
pub(super) fn procfs(kinds: Kinds) -> Query {
    of(kinds).source(Source::Procfs)
}

/// If with owners, by a walk.
fn of(kinds: Kinds) -> Query {
    Query::new().kinds(kinds).owner_source(OwnerSource::Walk)
}

/// The sockets of all network namespaces.
pub(super) fn every_namespace(query: Query) -> Query {
    query.netns(Netns::All)
}

/// Every socket, without owners.
pub(super) fn visit(query: Query) -> Prepared {
    visited(query.owners(false), false)
}

/// Every socket with every owner.
pub(super) fn owners(query: Query) -> Prepared {
    visited(query, true)
}

/// The same, where a BPF iterator finds the owners, and not a walk.
pub(super) fn owners_by_bpf(query: Query) -> Prepared {
    visited(query.owner_source(OwnerSource::Bpf), true)
}

/// Every socket with every owner, where only the owners of new sockets are searched.
pub(super) fn incremental(query: Query) -> Prepared {
    visited(query.incremental(Budget::unlimited()), true)
}

/// Listening sockets, without owners.
pub(super) fn listeners(query: Query) -> Prepared {
    visited(query.listening().owners(false), false)
}

/// Listening sockets, with owners that are kept between answers.
pub(super) fn incremental_listeners(query: Query) -> Prepared {
    visited(query.listening().incremental(Budget::unlimited()), true)
}

/// The numbers of sockets by state, port, user and queue length.
pub(super) fn summary(query: Query) -> Prepared {
    let mut scanner = Scanner::new().map_err(|error| error.to_string())?;
    let mut summary = Summary::default();
    let operation = move || {
        let (_coverage, time) = timed(|| scanner.summarize(&query, &mut summary))?;
        Ok((Answer { sockets: Some(summary.sockets()), owned: None }, time))
    };
    Ok((Box::new(operation), version_of("procnet")))
}

fn visited(query: Query, with_owners: bool) -> Prepared {
    let mut scanner = Scanner::new().map_err(|error| error.to_string())?;
    let operation = move || {
        let (mut sockets, mut owned) = (0, 0);
        let (_coverage, time) = timed(|| {
            scanner.visit(&query, |socket| {
                sockets += 1;
                owned += u64::from(!black_box(socket).owners.is_empty());
            })
        })?;
        Ok((Answer { sockets: Some(sockets), owned: with_owners.then_some(owned) }, time))
    };
    Ok((Box::new(operation), version_of("procnet")))
}

/// Every socket with every owner as a list, as the other libraries return it.
pub(super) fn collect(query: Query) -> Prepared {
    let mut scanner = Scanner::new().map_err(|error| error.to_string())?;
    let operation = move || {
        let (answer, time) = timed(|| scanner.collect(&query))?;
        let owned = answer.sockets.iter().filter(|socket| !socket.owners.is_empty()).count();
        Ok((Answer { sockets: count(answer.sockets.len()), owned: count(owned) }, time))
    };
    Ok((Box::new(operation), version_of("procnet")))
}
