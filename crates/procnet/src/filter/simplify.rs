//! A filter without what does not matter for the tables that are read.
//!
//! The laws of Kleene's logic hold for unknown values, too: a filter and its simplified form have
//! the same value for every socket of these tables, and are unknown for the same ones.

use std::{collections::HashSet, sync::Arc};

use super::{
    Condition, Filter, Node, OfKind, States, condition::listening_states, decide::Known as _,
};
use crate::{Kinds, Query};

/// The filter of a query, simplified for the tables that may have matching sockets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Simplified {
    /// `None` if every socket of these tables matches.
    pub(crate) filter: Option<Arc<Filter>>,
    /// The kinds of the query that can match.
    pub(crate) kinds: Kinds,
}

/// The last query's filter, so that a query that is repeated is simplified only once.
#[derive(Debug, Default)]
pub(crate) struct LastSimplified {
    of: Option<(Arc<Filter>, Kinds)>,
    simplified: Simplified,
}

impl LastSimplified {
    /// The simplified filter of a query.
    pub(crate) fn of(&mut self, query: &Query) -> Simplified {
        let Some(filter) = &query.filter else {
            return Simplified { filter: None, kinds: query.kinds };
        };
        let is_last = |(last, kinds): &(Arc<Filter>, Kinds)| {
            *kinds == query.kinds && (Arc::ptr_eq(last, filter) || last == filter)
        };
        if !self.of.as_ref().is_some_and(is_last) {
            self.simplified = filter.simplified(query.kinds);
            self.of = Some((filter.clone(), query.kinds));
        }
        self.simplified.clone()
    }
}

/// A part of a filter: the value that it has for all sockets, or what decides it.
enum Part {
    Constant(bool),
    Node(Node),
}

impl Filter {
    /// The filter for sockets of these kinds.
    pub(crate) fn simplified(&self, kinds: Kinds) -> Simplified {
        let matching = |filter: &Filter, kinds: Kinds| -> Kinds {
            kinds.iter().filter(|kind| !filter.possible_states(*kind).is_empty()).collect()
        };
        let kinds = matching(self, kinds);
        if kinds.is_empty() {
            return Simplified::default();
        }
        match self.0.simplified(kinds, true) {
            Part::Constant(true) => Simplified { filter: None, kinds },
            Part::Constant(false) => Simplified::default(),
            Part::Node(node) => {
                let filter = Filter(node);
                // What was dropped may be all that some kinds could match.
                if matching(&filter, kinds) != kinds {
                    return filter.simplified(kinds);
                }
                Simplified { filter: Some(Arc::new(filter)), kinds }
            }
        }
    }
}

impl Node {
    /// Simplifies the node, or its negation. Only conditions are negated in the result.
    fn simplified(&self, kinds: Kinds, holds: bool) -> Part {
        match self {
            Node::Is(condition) => condition.simplified(kinds, holds),
            Node::Not(node) => node.simplified(kinds, !holds),
            Node::All(nodes) => joined(nodes, kinds, holds, !holds),
            Node::Any(nodes) => joined(nodes, kinds, holds, holds),
        }
    }
}

/// Simplifies nodes joined by an operator; a part with the value `by` decides. By de Morgan's laws,
/// the operator of a negation is the other one.
fn joined(nodes: &[Node], kinds: Kinds, holds: bool, by: bool) -> Part {
    let mut parts = Vec::with_capacity(nodes.len());
    // All sets of states become one, in the place of the first.
    let mut states: Option<(usize, States)> = None;
    let mut push = |node: Node| match (node, &mut states) {
        (Node::Is(Condition::States(set)), Some((_, before))) => {
            *before = if by { before.or(set) } else { before.and(set) };
        }
        (node, states) => {
            if let Node::Is(Condition::States(set)) = node {
                *states = Some((parts.len(), set));
            }
            parts.push(node);
        }
    };
    for node in nodes {
        match node.simplified(kinds, holds) {
            Part::Constant(value) if value == by => return Part::Constant(by),
            Part::Constant(_) => {}
            Part::Node(Node::Any(inner)) if by => inner.into_iter().for_each(&mut push),
            Part::Node(Node::All(inner)) if !by => inner.into_iter().for_each(&mut push),
            Part::Node(node) => push(node),
        }
    }
    if let Some((at, states)) = states {
        match Part::of_states(states) {
            Part::Constant(value) if value == by => return Part::Constant(by),
            Part::Constant(_) => drop(parts.remove(at)),
            Part::Node(node) => parts[at] = node,
        }
    }
    if decides_itself(&mut parts) {
        return Part::Constant(by);
    }
    match parts.len() {
        0 | 1 => parts.pop().map_or(Part::Constant(!by), Part::Node),
        _ if by => Part::Node(Node::Any(parts)),
        _ => Part::Node(Node::All(parts)),
    }
}

/// Removes repeated parts. Returns whether one of them is the negation of another, and neither can
/// be unknown.
fn decides_itself(parts: &mut Vec<Node>) -> bool {
    let mut seen = HashSet::with_capacity(parts.len());
    let is_new: Vec<bool> = parts.iter().map(|part| seen.insert(part)).collect();
    let is_contrary = |part: &Node| match part {
        Node::Not(negated) => match &**negated {
            Node::Is(condition) => condition.is_always_known() && seen.contains(&**negated),
            _ => false,
        },
        _ => false,
    };
    if parts.iter().any(is_contrary) {
        return true;
    }
    drop(seen);
    let mut is_new = is_new.into_iter();
    parts.retain(|_| is_new.next().unwrap_or(true));
    false
}

impl Part {
    fn of_states(states: States) -> Part {
        if states.is_empty() {
            Part::Constant(false)
        } else if states == States::ALL {
            Part::Constant(true)
        } else {
            Part::Node(Node::Is(Condition::States(states)))
        }
    }
}

impl Condition {
    /// Simplifies the condition, or its negation.
    fn simplified(&self, kinds: Kinds, holds: bool) -> Part {
        if let Some(states) = self.states(kinds) {
            return Part::of_states(if holds { states } else { states.complement() });
        }
        let known = |kind| OfKind { kind, state: None }.holds(self);
        let mut all = kinds.iter().map(known);
        let first = all.next().flatten();
        match first.filter(|_| all.all(|other| other == first)) {
            Some(value) => Part::Constant(value == holds),
            None if holds => Part::Node(Node::Is(self.clone())),
            None => Part::Node(Node::Not(Box::new(Node::Is(self.clone())))),
        }
    }

    /// The states in which it holds, if for sockets of these kinds it is a condition on the state
    /// alone.
    fn states(&self, kinds: Kinds) -> Option<States> {
        match self {
            Condition::States(states) => Some(*states),
            Condition::Listening => {
                let mut all = kinds.iter().map(listening_states);
                let first = all.next()?;
                all.all(|other| other == first).then_some(first)
            }
            _ => None,
        }
    }

    /// Whether every source reports what it is about.
    fn is_always_known(&self) -> bool {
        match self {
            Condition::States(_)
            | Condition::Listening
            | Condition::Kinds(_)
            | Condition::Port(..)
            | Condition::Address(..)
            | Condition::Name(_)
            | Condition::Inode(_) => true,
            Condition::Autobound
            | Condition::Type(_)
            | Condition::Uid(..)
            | Condition::Pid(_)
            | Condition::Comm(_)
            | Condition::RunsIn(..)
            | Condition::ControlGroup(_)
            | Condition::Mark { .. }
            | Condition::Interface(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
