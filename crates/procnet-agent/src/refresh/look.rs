//! One look at all sockets.

use std::{ops::ControlFlow, time::Instant};

use procnet::{
    Coverage, Error, ErrorKind, Netns, Query, Source,
    details::Details,
    owners::{Budget, OwnerSource},
};

use super::Refresher;
use crate::config::{NamespacesOf, Options, OwnersBy};

impl Refresher {
    /// `None` if the deadline passed.
    pub(super) fn visit(&mut self, begun: Instant) -> Result<Option<Coverage>, Error> {
        let Refresher { scanner, root, sockets, query, options, store, .. } = self;
        let mut counted = sockets.value();
        if let Some(store) = store {
            store.begin(begun, options);
        }
        counted.options.clone_from(options);
        let aggregates = &mut counted.aggregates;
        aggregates.begin(options);
        let mut visited = 0_u32;
        let visit = scanner.visit(query, |socket| {
            aggregates.add(socket, root);
            if let Some(store) = store {
                store.push(socket, aggregates, root);
            }
            visited = visited.wrapping_add(1);
            if visited.is_multiple_of(1024) && begun.elapsed() > options.deadline {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let is_late = matches!(visit, Ok((_, Some(())))) || begun.elapsed() > options.deadline;
        if visit.is_ok() && !is_late {
            counted.aggregates.finish(&self.options);
        }
        drop(counted);
        // One that is refused is made again, and the look goes on.
        if !self.is_refused(&visit) {
            let late = is_late.then_some(self.options.deadline);
            if let Some(store) = &mut self.store {
                store.end(&visit, late);
            }
        }
        let (coverage, _) = visit?;
        Ok((!is_late).then_some(coverage))
    }

    /// Whether owners were asked of BPF, which is not permitted, and can be found otherwise.
    pub(super) fn is_refused<T>(&self, visited: &Result<T, Error>) -> bool {
        self.choice.has_another_way()
            && visited.as_ref().is_err_and(|error| error.kind() == ErrorKind::NoBpf)
    }
}

/// What a refresh asks for.
pub(super) fn query(options: &Options, by_bpf: bool) -> Query {
    let query = Query::new().kinds(options.kinds).source(Source::Auto);
    let query = match options.namespaces {
        NamespacesOf::All => query.netns(Netns::All),
        NamespacesOf::Own => query,
    };
    // Of unix sockets, the queues of listeners.
    let details =
        if options.tcp_info { Details::TCP_INFO | Details::QUEUE } else { Details::QUEUE };
    let query = query.details(details);
    match options.owners {
        OwnersBy::None => query.owners(false),
        // Rows that are written have the cookies by which they are found among events.
        _ if by_bpf => {
            query.owner_source(OwnerSource::Bpf).one_pass(options.store_directory.is_none())
        }
        _ => query.incremental(Budget::unlimited().time(options.deadline / 2)),
    }
}
