//! The library itself, as an agent uses it: one scanner for all refreshes.

use std::hint::black_box;

use procnet::{Kinds, Netns, Query, Scanner, Source, owners::Budget, summary::Summary};

use super::{Made, count, timed, version_of};
use crate::protocol::Answer;

/// Sockets of some kinds, by socket diagnostics and nothing else.
pub(super) fn netlink(kinds: Kinds) -> Query {
    Query::new().kinds(kinds).source(Source::Netlink)
}

/// Sockets of some kinds, by the tables of /proc.
pub(super) fn procfs(kinds: Kinds) -> Query {
    Query::new().kinds(kinds).source(Source::Procfs)
}

/// Those of all network namespaces.
pub(super) fn everywhere(query: Query) -> Query {
    query.netns(Netns::All)
}

/// Every socket, without owners.
pub(super) fn visit(query: Query) -> Made {
    visited(query.owners(false), false)
}

/// Every socket with every owner.
pub(super) fn owners(query: Query) -> Made {
    visited(query, true)
}

/// Every socket with every owner; owners are kept, and only those of new sockets looked for.
pub(super) fn incremental(query: Query) -> Made {
    visited(query.incremental(Budget::unlimited()), true)
}

/// Sockets that listen, without owners.
pub(super) fn listeners(query: Query) -> Made {
    visited(query.listening().owners(false), false)
}

/// Sockets that listen, with their owners, which are kept.
pub(super) fn incremental_listeners(query: Query) -> Made {
    visited(query.listening().incremental(Budget::unlimited()), true)
}

/// How many sockets there are, by state, port, user and length of their queues.
pub(super) fn summary(query: Query) -> Made {
    let mut scanner = Scanner::new().map_err(|error| error.to_string())?;
    let mut summary = Summary::default();
    let engine = move || {
        let (_coverage, time) = timed(|| scanner.summarize(&query, &mut summary))?;
        Ok((Answer { sockets: Some(summary.sockets()), owned: None }, time))
    };
    Ok((Box::new(engine), version_of("procnet")))
}

fn visited(query: Query, with_owners: bool) -> Made {
    let mut scanner = Scanner::new().map_err(|error| error.to_string())?;
    let engine = move || {
        let (mut sockets, mut owned) = (0, 0);
        let (_coverage, time) = timed(|| {
            scanner.visit(&query, |socket| {
                sockets += 1;
                owned += u64::from(!black_box(socket).owners.is_empty());
            })
        })?;
        Ok((Answer { sockets: Some(sockets), owned: with_owners.then_some(owned) }, time))
    };
    Ok((Box::new(engine), version_of("procnet")))
}

/// Every socket with every owner, to keep: a list like the ones that the peers return.
pub(super) fn collect(query: Query) -> Made {
    let mut scanner = Scanner::new().map_err(|error| error.to_string())?;
    let engine = move || {
        let (answer, time) = timed(|| scanner.collect(&query))?;
        let owned = answer.sockets.iter().filter(|socket| !socket.owners.is_empty()).count();
        Ok((Answer { sockets: count(answer.sockets.len()), owned: count(owned) }, time))
    };
    Ok((Box::new(engine), version_of("procnet")))
}
