//! What one visit has to do, in nobody's dialect: worked out once from its query.

use procnet_core::State;

use crate::{
    Filter, Kind, Kinds, ProcRoot, Query,
    details::Details,
    filter::{ResolvedNames, States},
};

/// A query, and what follows from it.
#[derive(Debug)]
pub(crate) struct Plan<'q> {
    pub(crate) query: &'q Query,
    pub(crate) names: ResolvedNames<'q>,
    /// The kinds that any socket asked for can be of.
    pub(crate) kinds: Kinds,
    /// The states in which a socket of each kind can be what is asked for.
    states: [States; Kind::ALL.len()],
}

impl<'q> Plan<'q> {
    pub(crate) fn new(query: &'q Query, root: &ProcRoot, text: &mut Vec<u8>) -> Plan<'q> {
        let filter = query.filter.as_deref();
        let states = Kind::ALL.map(|kind| match filter {
            Some(filter) if query.kinds.contains(kind) => filter.possible_states(kind),
            _ => States::ALL,
        });
        let possible = |kind: &Kind| !states[kind.index()].is_empty();
        Plan {
            query,
            names: ResolvedNames::of(query, root, text),
            kinds: query.kinds.iter().filter(possible).collect(),
            states,
        }
    }

    /// The conditions on a socket.
    pub(crate) fn filter(&self) -> Option<&'q Filter> {
        self.query.filter.as_deref()
    }

    /// The states in which a socket of a kind can be what is asked for.
    pub(crate) fn states(&self, kind: Kind) -> States {
        self.states[kind.index()]
    }

    /// Whether nothing but TCP listeners of this kind can be asked for: they are in a hash of
    /// their own.
    pub(crate) fn is_listeners(&self, kind: Kind) -> bool {
        let listen: States = [State::LISTEN].into_iter().collect();
        kind.is_tcp() && self.states(kind).without(listen.iter()).is_empty()
    }

    /// Whether bound, inactive sockets of a kind are asked for.
    pub(crate) fn wants_bound(&self, kind: Kind) -> bool {
        let is_named =
            || self.filter().is_some_and(|filter| filter.names_state(State::BOUND_INACTIVE));
        kind.is_tcp()
            && self.states(kind).contains(State::BOUND_INACTIVE)
            && (self.query.bound || is_named())
    }

    /// The details asked for of sockets of a kind.
    pub(crate) fn details(&self, kind: Kind) -> Details {
        self.query.details.of(kind)
    }
}
