//! What one visit has to do, independent of any source: derived once from its query.

use procnet_core::State;

use crate::{
    Filter, Kind, Kinds, ProcRoot, Query,
    details::Details,
    filter::{ResolvedNames, Simplified, States},
};

/// A query, and what is derived from it.
#[derive(Debug)]
pub(crate) struct Plan<'q> {
    pub(crate) query: &'q Query,
    /// The conditions on a socket of the kinds that can match, simplified.
    filter: Option<&'q Filter>,
    pub(crate) names: ResolvedNames<'q>,
    /// The kinds that can match.
    pub(crate) kinds: Kinds,
    /// The states in which a socket of each kind can match.
    states: [States; Kind::ALL.len()],
}

impl<'q> Plan<'q> {
    pub(crate) fn new(
        query: &'q Query,
        simplified: &'q Simplified,
        root: &ProcRoot,
        text: &mut Vec<u8>,
    ) -> Plan<'q> {
        let filter = simplified.filter.as_deref();
        let states = Kind::ALL.map(|kind| match filter {
            Some(filter) if query.kinds.contains(kind) => filter.possible_states(kind),
            _ => States::ALL,
        });
        let names = ResolvedNames::of(query, filter, root, text);
        Plan { query, filter, names, kinds: simplified.kinds, states }
    }

    /// The conditions on a socket; `None` if every socket of these kinds matches.
    pub(crate) fn filter(&self) -> Option<&'q Filter> {
        self.filter
    }

    /// Whether processes have to be walked, for the answer or for the filter.
    pub(crate) fn needs_owners(&self) -> bool {
        self.query.owners || self.filter.is_some_and(Filter::needs_owners)
    }

    /// The states in which a socket of a kind can match.
    pub(crate) fn states(&self, kind: Kind) -> States {
        self.states[kind.index()]
    }

    /// Whether only TCP listeners of this kind can match: they are in a hash of their own.
    pub(crate) fn is_listeners(&self, kind: Kind) -> bool {
        let listen: States = [State::LISTEN].into_iter().collect();
        kind.is_tcp() && self.states(kind).without(listen.iter()).is_empty()
    }

    /// Whether bound, inactive sockets of a kind are requested.
    pub(crate) fn wants_bound(&self, kind: Kind) -> bool {
        let is_named =
            || self.query.filter.as_ref().is_some_and(|it| it.names_state(State::BOUND_INACTIVE));
        kind.is_tcp()
            && self.states(kind).contains(State::BOUND_INACTIVE)
            && (self.query.bound || is_named())
    }

    /// The details requested for sockets of a kind.
    pub(crate) fn details(&self, kind: Kind) -> Details {
        self.query.details.of(kind)
    }
}
