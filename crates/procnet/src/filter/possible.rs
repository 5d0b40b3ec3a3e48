//! The states in which a socket of a kind may match.

use super::{
    Condition, Filter, Node, OfKind, States, condition::listening_states, decide::Known as _,
};
use crate::Kind;

impl Filter {
    /// The states in which a socket of a kind may match.
    pub(crate) fn possible_states(&self, kind: Kind) -> States {
        self.0.states(kind).possible
    }
}

/// The states of a kind in which a condition may hold, and those in which it certainly does.
#[derive(Clone, Copy)]
struct KindStates {
    possible: States,
    certain: States,
}

impl Node {
    fn states(&self, kind: Kind) -> KindStates {
        match self {
            Node::Is(condition) => {
                let states = match condition {
                    Condition::States(states) => *states,
                    Condition::Listening => listening_states(kind),
                    other => {
                        let holds = OfKind { kind, state: None }.holds(other);
                        let (possible, certain) = (holds != Some(false), holds == Some(true));
                        let all = |holds| if holds { States::ALL } else { States::NONE };
                        return KindStates { possible: all(possible), certain: all(certain) };
                    }
                };
                KindStates { possible: states, certain: states }
            }
            Node::Not(node) => {
                let KindStates { possible, certain } = node.states(kind);
                KindStates { possible: certain.complement(), certain: possible.complement() }
            }
            Node::All(nodes) => {
                let all = KindStates { possible: States::ALL, certain: States::ALL };
                nodes.iter().map(|node| node.states(kind)).fold(all, |all, node| KindStates {
                    possible: all.possible.and(node.possible),
                    certain: all.certain.and(node.certain),
                })
            }
            Node::Any(nodes) => {
                let none = KindStates { possible: States::NONE, certain: States::NONE };
                nodes.iter().map(|node| node.states(kind)).fold(none, |any, node| KindStates {
                    possible: any.possible.or(node.possible),
                    certain: any.certain.or(node.certain),
                })
            }
        }
    }
}
