//! Conditions on sockets, in the language of `ss`.

mod build;
mod condition;
mod decide;
mod display;
mod error;
mod parse;
mod pattern;
mod possible;
mod prefix;
mod push;
mod resolved_names;
mod service;
mod simplify;
mod states;
mod within;
mod words;

use procnet_core::State;

pub(crate) use self::{
    condition::{Condition, ControlGroup, End, Interface, Order, listening_states},
    decide::{Known, OfKind, OfLocked, OfSocket, OwnersSeen, comm_matches},
    push::{Push, Refused},
    resolved_names::ResolvedNames,
    simplify::{LastSimplified, Simplified},
    states::States,
    within::Within,
};
pub use self::{error::FilterError, service::service_name};
use crate::Kind;

/// A condition on sockets, for [`Query::filter`](crate::Query::filter).
///
/// It parses from an expression of `ss`, or is built from parts; `Display` writes an expression
/// that parses to the same filter.
///
/// ```
/// use procnet::Filter;
///
/// let typed: Filter = "( sport = :https or dst 10.0.0.0/8 ) and not state time-wait".parse()?;
/// let built = Filter::local_port(443)
///     .or(Filter::remote_prefix([10, 0, 0, 0].into(), 8))
///     .and(!Filter::states([procnet::State::TIME_WAIT]));
/// assert_eq!(typed, built);
/// assert_eq!(
///     built.to_string(),
///     "( sport = :443 or dst 10.0.0.0/8 ) and not state time-wait"
/// );
///
/// let wrong = "sport = :htttps".parse::<Filter>().unwrap_err();
/// assert_eq!(wrong.offset(), 8);
/// # Ok::<(), procnet::filter::FilterError>(())
/// ```
///
/// # Unknown attributes
///
/// No source reports everything: the table of unix sockets has no user, `/proc` no interface, and
/// the sockets of a process that may not be read are unknown. A condition on an unknown attribute
/// is neither true nor false, nor is its negation: unless the rest of the filter decides, such a
/// socket is left out and counted in [`Coverage::undecided`](crate::Coverage::undecided). A
/// condition on an attribute the socket cannot have, such as the port of a unix socket, is false,
/// and its negation true.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter(Node);

/// `All` and `Any` have at least two parts, none of their own variant; `Not` does not contain a
/// `Not`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    Is(Condition),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

impl Filter {
    /// Sockets that match both.
    #[must_use]
    pub fn and(self, other: Filter) -> Filter {
        let mut all = match self.0 {
            Node::All(nodes) => nodes,
            node => vec![node],
        };
        match other.0 {
            Node::All(nodes) => all.extend(nodes),
            node => all.push(node),
        }
        Filter(Node::All(all))
    }

    /// Sockets that match either.
    #[must_use]
    pub fn or(self, other: Filter) -> Filter {
        let mut any = match self.0 {
            Node::Any(nodes) => nodes,
            node => vec![node],
        };
        match other.0 {
            Node::Any(nodes) => any.extend(nodes),
            node => any.push(node),
        }
        Filter(Node::Any(any))
    }

    /// Whether it has conditions on owners, so that processes have to be walked.
    #[must_use]
    pub fn needs_owners(&self) -> bool {
        let mut needs = false;
        self.conditions(&mut |it| {
            needs |= matches!(it, Condition::Pid(_) | Condition::Comm(_) | Condition::RunsIn(..));
        });
        needs
    }

    /// Whether it has conditions on the names of processes.
    pub(crate) fn names_processes(&self) -> bool {
        let mut names = false;
        self.conditions(&mut |it| names |= matches!(it, Condition::Comm(_)));
        names
    }

    /// Whether it has conditions on the control groups of processes.
    pub(crate) fn needs_control_groups(&self) -> bool {
        let mut needs = false;
        self.conditions(&mut |it| needs |= matches!(it, Condition::RunsIn(..)));
        needs
    }

    /// Whether it has conditions on values that only netlink attributes report.
    pub(crate) fn needs_attributes(&self) -> bool {
        let mut needs = false;
        self.conditions(&mut |it| {
            needs |= matches!(it, Condition::Mark { .. } | Condition::ControlGroup(_));
        });
        needs
    }

    /// Whether it has conditions on whether `bind` named the port of a socket.
    pub(crate) fn needs_port_locks(&self) -> bool {
        let mut needs = false;
        self.conditions(&mut |it| needs |= matches!(it, Condition::Autobound));
        needs
    }

    /// Whether a socket of a kind with addresses may match if `bind` named its port.
    pub(crate) fn may_match_locked(&self, kind: Kind) -> bool {
        self.decide(&OfLocked(OfKind { kind, state: None })) != Some(false)
    }

    /// Whether a condition names a state, rather than excluding other states.
    pub(crate) fn names_state(&self, state: State) -> bool {
        let mut names = false;
        self.conditions(&mut |it| {
            // An exclusion is stored as the set of all other states.
            let is_named = |states: &States| states.contains(state) && states.iter().count() < 128;
            names |= matches!(it, Condition::States(states) if is_named(states));
        });
        names
    }

    /// The port of an end without which nothing matches, if there is only one.
    pub(crate) fn only_port(&self, end: End) -> Option<u16> {
        let all = match &self.0 {
            Node::All(nodes) => nodes,
            node => std::slice::from_ref(node),
        };
        let port = all.iter().find_map(|node| match node {
            Node::Is(Condition::Port(of, Order::Equal, port)) if *of == end => Some(*port),
            _ => None,
        });
        port.filter(|port| *port != 0)
    }

    fn is(condition: Condition) -> Filter {
        Filter(Node::Is(condition))
    }

    /// Passes every condition to `each`, from left to right.
    pub(crate) fn conditions<'f>(&'f self, each: &mut impl FnMut(&'f Condition)) {
        self.0.conditions(each);
    }
}

impl Node {
    fn conditions<'f>(&'f self, each: &mut impl FnMut(&'f Condition)) {
        match self {
            Node::Is(condition) => each(condition),
            Node::Not(node) => node.conditions(each),
            Node::All(nodes) | Node::Any(nodes) => {
                nodes.iter().for_each(|node| node.conditions(each));
            }
        }
    }
}

/// Sockets that do not match. If the result is unknown, so is its negation.
impl std::ops::Not for Filter {
    type Output = Filter;

    fn not(self) -> Filter {
        match self.0 {
            Node::Not(node) => Filter(*node),
            node => Filter(Node::Not(Box::new(node))),
        }
    }
}

#[cfg(test)]
mod tests;
