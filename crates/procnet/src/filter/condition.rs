//! A single condition.

use procnet_core::State;

use super::{pattern::Pattern, prefix::Prefix, states::States};
use crate::Kind;

/// A condition on one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Condition {
    States(States),
    /// The socket waits for others.
    Listening,
    Port(End, Order, u16),
    /// The address of an end; without a prefix, that it has an address at all.
    Address(End, Option<Prefix>),
    /// The name of a unix socket.
    Name(Pattern),
    Autobound,
    Uid(Order, u32),
    Inode(u64),
    Pid(u32),
    Comm(Pattern),
    ControlGroup(ControlGroup),
    /// `mark` has no bits outside `mask`.
    Mark {
        mark: u32,
        mask: u32,
    },
    Interface(Interface),
}

/// An end of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum End {
    Local,
    Remote,
}

/// How a number is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    Equal,
    AtLeast,
    AtMost,
}

impl Order {
    pub(super) fn holds<T: Ord>(self, is: &T, asked: &T) -> bool {
        match self {
            Order::Equal => is == asked,
            Order::AtLeast => is >= asked,
            Order::AtMost => is <= asked,
        }
    }
}

/// An interface; 0 is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Interface {
    Index(u32),
    Name(Box<str>),
}

impl Interface {
    /// A number is an index, as for `ss`.
    pub(super) fn of(word: &str) -> Interface {
        word.parse().map_or_else(|_| Interface::Name(word.into()), Interface::Index)
    }
}

/// A version 2 control group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ControlGroup {
    Id(u64),
    Path(Box<str>),
}

impl ControlGroup {
    pub(super) fn of(word: &str) -> ControlGroup {
        word.parse().map_or_else(|_| ControlGroup::Path(word.into()), ControlGroup::Id)
    }
}

/// The states in which a socket of a kind waits for others, as `ss -l` lists them.
pub(super) fn listening_states(kind: Kind) -> States {
    let state = if kind.is_tcp() || kind == Kind::Unix { State::LISTEN } else { State::CLOSE };
    [state].into_iter().collect()
}
