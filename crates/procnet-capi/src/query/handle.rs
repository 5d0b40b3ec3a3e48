//! The handle: what is set, and the query of the library made from it.

use procnet::{
    Filter, Kinds, Netns, Query, Source, State,
    details::Details,
    owners::{Budget, OwnerSource},
};

/// What a query asks for. Every setter replaces what was set before, which the methods of [`Query`]
/// do not; so the query is made anew.
#[derive(Clone)]
pub struct procnet_query {
    pub(super) kinds: Kinds,
    pub(super) states: Option<u32>,
    pub(super) listening: bool,
    pub(super) filter: Option<Filter>,
    pub(super) pid: Option<u32>,
    pub(super) limit: Option<u64>,
    pub(super) owners: bool,
    pub(super) process_uids: bool,
    pub(super) incremental: Option<Budget>,
    pub(super) source: Source,
    pub(super) owner_source: OwnerSource,
    pub(super) netns: Option<Netns>,
    pub(super) details: Details,
    pub(super) bound: bool,
    /// Made from the others.
    pub(super) made: Query,
}

impl procnet_query {
    pub(super) fn new() -> procnet_query {
        procnet_query {
            kinds: Kinds::DEFAULT,
            states: None,
            listening: false,
            filter: None,
            pid: None,
            limit: None,
            owners: true,
            process_uids: false,
            incremental: None,
            source: Source::Auto,
            owner_source: OwnerSource::Auto,
            netns: None,
            details: Details::NONE,
            bound: false,
            made: Query::new(),
        }
    }

    /// The query of the library.
    pub(crate) fn query(&self) -> &Query {
        &self.made
    }

    pub(super) fn make(&self) -> Query {
        let mut query = Query::new()
            .kinds(self.kinds)
            .owners(self.owners)
            .process_uids(self.process_uids)
            .source(self.source)
            .owner_source(self.owner_source)
            .details(self.details)
            .bound(self.bound);
        if let Some(mask) = self.states {
            query = query.states((0..32).filter(|bit| mask & 1 << bit != 0).map(State));
        }
        if self.listening {
            query = query.listening();
        }
        if let Some(filter) = &self.filter {
            query = query.filter(filter.clone());
        }
        if let Some(pid) = self.pid {
            query = query.pid(pid);
        }
        if let Some(limit) = self.limit {
            query = query.limit(limit);
        }
        if let Some(budget) = self.incremental {
            query = query.incremental(budget);
        }
        if let Some(netns) = &self.netns {
            query = query.netns(netns.clone());
        }
        query
    }
}
