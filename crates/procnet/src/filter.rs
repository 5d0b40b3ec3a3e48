//! Conditions on sockets, in the language of `ss`.

mod condition;
mod decide;
mod display;
mod error;
mod parse;
mod pattern;
mod prefix;
mod push;
mod resolved_names;
mod service;
mod simplify;
mod states;
mod words;

use std::{net::IpAddr, num::NonZeroU32, ops::RangeInclusive};

use procnet_core::{Inode, State};

pub(crate) use self::{
    condition::{Condition, ControlGroup, End, Interface, Order, listening_states},
    decide::{Known, OfKind, OfLocked, OfSocket, OwnersSeen, comm_matches},
    push::{Push, Refused},
    resolved_names::ResolvedNames,
    simplify::{LastSimplified, Simplified},
    states::States,
};
pub use self::{error::FilterError, service::service_name};
use self::{pattern::Pattern, prefix::Prefix};
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
    /// Matches every socket: the result of parsing an empty string.
    #[must_use]
    pub fn everything() -> Filter {
        Filter::is(Condition::States(States::ALL))
    }

    /// Sockets bound to this port; unix sockets are bound to none.
    #[must_use]
    pub fn local_port(port: u16) -> Filter {
        Filter::is(Condition::Port(End::Local, Order::Equal, port))
    }

    /// Sockets bound to one of these ports.
    #[must_use]
    pub fn local_ports(ports: RangeInclusive<u16>) -> Filter {
        Filter::ports(End::Local, &ports)
    }

    /// Sockets whose other end has this port.
    #[must_use]
    pub fn remote_port(port: u16) -> Filter {
        Filter::is(Condition::Port(End::Remote, Order::Equal, port))
    }

    /// Sockets whose other end has one of these ports.
    #[must_use]
    pub fn remote_ports(ports: RangeInclusive<u16>) -> Filter {
        Filter::ports(End::Remote, &ports)
    }

    /// Sockets bound to this address. An IPv4 address also matches the same address mapped into
    /// IPv6 (`::ffff:a.b.c.d`).
    #[must_use]
    pub fn local(address: IpAddr) -> Filter {
        Filter::local_prefix(address, u8::MAX)
    }

    /// Sockets bound to an address that begins with the first `bits` bits of this one; a number
    /// beyond its length means all of them.
    #[must_use]
    pub fn local_prefix(address: IpAddr, bits: u8) -> Filter {
        Filter::is(Condition::Address(End::Local, Prefix::new(address, bits)))
    }

    /// Sockets whose other end has this address, as for [`local`](Filter::local).
    #[must_use]
    pub fn remote(address: IpAddr) -> Filter {
        Filter::remote_prefix(address, u8::MAX)
    }

    /// Sockets whose other end has an address that begins with the first `bits` bits of this one.
    #[must_use]
    pub fn remote_prefix(address: IpAddr, bits: u8) -> Filter {
        Filter::is(Condition::Address(End::Remote, Prefix::new(address, bits)))
    }

    /// Unix sockets whose name matches a pattern, as fnmatch(3) compares it without regard to the
    /// case of ASCII letters: `*` stands for any bytes, `?` for one byte, `[a-z]` for one of those
    /// listed, and `\` makes the next character literal. Besides, `\xNN` stands for a byte that is
    /// printed in this form. `@` stands for each NUL of an abstract name; a socket without a name has
    /// an empty one, which `*` matches.
    #[must_use]
    pub fn name(pattern: &str) -> Filter {
        Filter::is(Condition::Name(Pattern::new(pattern)))
    }

    /// Sockets in one of these states.
    #[must_use]
    pub fn states(states: impl IntoIterator<Item = State>) -> Filter {
        Filter::is(Condition::States(states.into_iter().collect()))
    }

    /// Sockets that wait for others, as `ss -l` lists them: TCP and unix sockets that listen, and
    /// sockets of all kinds but TCP that are not connected.
    #[must_use]
    pub fn listening() -> Filter {
        Filter::is(Condition::Listening)
    }

    /// Sockets of this user.
    #[must_use]
    pub fn uid(uid: u32) -> Filter {
        Filter::is(Condition::Uid(Order::Equal, uid))
    }

    /// The socket with this inode.
    #[must_use]
    pub fn inode(inode: Inode) -> Filter {
        Filter::is(Condition::Inode(inode.get()))
    }

    /// Sockets that this process holds, possibly together with others.
    ///
    /// Unlike with [`Query::pid`](crate::Query::pid), every process is walked, and the sockets are
    /// those of the host's network namespace.
    #[must_use]
    pub fn pid(pid: u32) -> Filter {
        Filter::is(Condition::Pid(pid))
    }

    /// Sockets held by a process whose name matches a pattern, as for [`name`](Filter::name), but the
    /// case of letters matters.
    ///
    /// The kernel cuts names at 15 bytes. Of a process with a name that long, the whole name may
    /// match as well: the last component of the path of its executable, or of one of the first three
    /// words of its command line (a script follows its interpreter), if it begins with the 15 bytes.
    #[must_use]
    pub fn comm(pattern: &str) -> Filter {
        Filter::is(Condition::Comm(Pattern::new(pattern)))
    }

    /// Sockets with this mark, compared in the bits of `mask`. Only sock_diag reports it, and only
    /// with `CAP_NET_ADMIN`.
    #[must_use]
    pub fn mark(mark: u32, mask: u32) -> Filter {
        Filter::is(Condition::Mark { mark: mark & mask, mask })
    }

    /// Sockets bound to the interface with this index, or with `None` to no interface. Only
    /// sock_diag reports it.
    #[must_use]
    pub fn interface(index: Option<NonZeroU32>) -> Filter {
        let index = index.map_or(0, NonZeroU32::get);
        Filter::is(Condition::Interface(Interface::Index(index)))
    }

    /// Sockets bound to the interface that has this name at the time of the visit.
    #[must_use]
    pub fn interface_named(name: &str) -> Filter {
        Filter::is(Condition::Interface(Interface::of(name)))
    }

    /// Sockets of a version 2 control group, by its id, which is the inode of its directory. Only
    /// sock_diag reports it, since Linux 5.8, for sockets with addresses.
    #[must_use]
    pub fn control_group(id: u64) -> Filter {
        Filter::is(Condition::ControlGroup(ControlGroup::Id(id)))
    }

    /// Sockets of the control group with this path at the time of the visit. The path starts at the
    /// root of the hierarchy, or includes its mount point.
    #[must_use]
    pub fn control_group_at(path: &str) -> Filter {
        Filter::is(Condition::ControlGroup(ControlGroup::of(path)))
    }

    /// Sockets whose port the kernel chose: one in the ephemeral range that was not named in `bind`.
    /// Unix sockets without a name, or with one that the kernel chose; packet sockets bound to
    /// nothing; netlink sockets with a negative port id.
    ///
    /// Only sock_diag can decide for which sockets `bind` named the port
    /// (net/ipv4/inet_diag.c `INET_DIAG_BC_AUTO`); otherwise it is unknown for a port in that range.
    #[must_use]
    pub fn autobound() -> Filter {
        Filter::is(Condition::Autobound)
    }

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
        self.conditions(&mut |it| needs |= matches!(it, Condition::Pid(_) | Condition::Comm(_)));
        needs
    }

    /// Whether it has conditions on the names of processes.
    pub(crate) fn names_processes(&self) -> bool {
        let mut names = false;
        self.conditions(&mut |it| names |= matches!(it, Condition::Comm(_)));
        names
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

    /// The states in which a socket of a kind may match.
    pub(crate) fn possible_states(&self, kind: Kind) -> States {
        self.0.states(kind).possible
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

    fn ports(end: End, ports: &RangeInclusive<u16>) -> Filter {
        if ports.is_empty() {
            return Filter::states([]);
        }
        let bound = |order, port: &u16| Filter::is(Condition::Port(end, order, *port));
        bound(Order::AtLeast, ports.start()).and(bound(Order::AtMost, ports.end()))
    }

    /// Passes every condition to `each`, from left to right.
    pub(crate) fn conditions<'f>(&'f self, each: &mut impl FnMut(&'f Condition)) {
        self.0.conditions(each);
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
                    Condition::Listening => condition::listening_states(kind),
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
