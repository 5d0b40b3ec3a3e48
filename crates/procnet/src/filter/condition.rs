//! A single condition.

use procnet_core::{State, table::SocketType};

use super::{pattern::Pattern, prefix::Prefix, states::States, within::Within};
use crate::{Kind, Kinds};

/// A condition on one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Condition {
    States(States),
    /// The socket waits for others.
    Listening,
    /// It is of one of these kinds.
    Kinds(Kinds),
    Type(SocketType),
    Port(End, Order, u16),
    Address(End, Prefix),
    /// The name of a unix socket, which is empty if it has none.
    Name(Pattern),
    Autobound,
    Uid(Order, u32),
    Inode(u64),
    Pid(u32),
    Comm(Pattern),
    /// The control group of a process that holds it names one that matches.
    RunsIn(Within, Pattern),
    ControlGroup(ControlGroup),
    /// No mark is equal if `mark` has bits outside `mask`.
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
    /// A number is an index.
    pub(super) fn of(word: &str) -> Interface {
        let index = number(word).and_then(|index| u32::try_from(index).ok());
        index.map_or_else(|| Interface::Name(word.into()), Interface::Index)
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

/// Kinds besides TCP of which only a listener listens: others are connected, or of no use yet.
const STREAMS: Kinds = Kinds::MPTCP.or(Kinds::SCTP).or(Kinds::DCCP).or(Kinds::SMC);

/// The states in which a socket of a kind waits for others. `ss -l` lists all sockets in `LISTEN`
/// and `CLOSE`; those of TCP in `CLOSE` are in no table.
pub(crate) fn listening_states(kind: Kind) -> States {
    let (listen, close) = (State::LISTEN, State::CLOSE);
    match kind {
        kind if kind.is_tcp() || STREAMS.contains(kind) => [listen].into_iter().collect(),
        Kind::Unix | Kind::Vsock | Kind::Tipc => [listen, close].into_iter().collect(),
        _ => [close].into_iter().collect(),
    }
}

/// The type of every socket of a kind, if they all have the same.
pub(super) fn type_of(kind: Kind) -> Option<SocketType> {
    match kind {
        Kind::Tcp | Kind::Tcp6 | Kind::Mptcp | Kind::Mptcp6 | Kind::Smc => Some(SocketType::STREAM),
        Kind::Raw | Kind::Raw6 => Some(SocketType::RAW),
        Kind::Xdp => Some(SocketType::RAW),
        // `SOCK_DCCP` (include/linux/net.h).
        Kind::Dccp | Kind::Dccp6 => Some(SocketType(6)),
        Kind::Unix | Kind::Packet | Kind::Netlink | Kind::Vsock | Kind::Tipc => None,
        // Streams and sequenced packets, and the source does not say which.
        Kind::Sctp | Kind::Sctp6 => None,
        _ => Some(SocketType::DGRAM),
    }
}

/// A number as `strtoul` reads it in base 0: `22`, `0x16`, or octal with a leading 0, `026`.
pub(super) fn number(word: &str) -> Option<u64> {
    let (digits, base) = match word.strip_prefix("0x").or(word.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if word.len() > 1 && word.starts_with('0') => (&word[1..], 8),
        None => (word, 10),
    };
    // `from_str_radix` takes a sign.
    let is_digit = |letter: char| letter.is_digit(base);
    digits.chars().all(is_digit).then(|| u64::from_str_radix(digits, base).ok()).flatten()
}
