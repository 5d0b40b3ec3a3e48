//! Whether a socket meets a filter, as far as what it asks is told.

use std::net::SocketAddr;

use procnet_core::State;

use super::{Condition, End, Facts, Filter, Node, pattern::Pattern};
use crate::{Detail, Kind, Owner, Socket, UnixName};

/// Something of which conditions are known to hold, or not to, or neither.
pub(crate) trait Known {
    /// Whether it holds, if that is known.
    fn holds(&self, condition: &Condition) -> Option<bool>;
}

impl Filter {
    /// Whether it is met, if what is known decides that.
    pub(crate) fn decide(&self, known: &impl Known) -> Option<bool> {
        self.0.decide(known)
    }
}

impl Node {
    /// Kleene's logic: what is not known decides nothing, and hinders no other part.
    fn decide(&self, known: &impl Known) -> Option<bool> {
        match self {
            Node::Is(condition) => known.holds(condition),
            Node::Not(node) => node.decide(known).map(|holds| !holds),
            Node::All(nodes) => dominated(nodes, known, false),
            Node::Any(nodes) => dominated(nodes, known, true),
        }
    }
}

/// One of `by` decides all; otherwise all have to be known.
fn dominated(nodes: &[Node], known: &impl Known, by: bool) -> Option<bool> {
    let mut all = Some(!by);
    for node in nodes {
        match node.decide(known) {
            Some(holds) if holds == by => return Some(by),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

/// What is known of sockets of a kind, and perhaps of their state, before any is seen.
#[derive(Clone, Copy)]
pub(crate) struct OfKind {
    pub(crate) kind: Kind,
    pub(crate) state: Option<State>,
}

impl Known for OfKind {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        let is_unix = self.kind == Kind::Unix;
        match condition {
            Condition::States(states) => self.state.map(|state| states.contains(state)),
            Condition::Port(..) | Condition::Address(..) if !self.kind.has_addresses() => {
                Some(false)
            }
            Condition::Mark { .. } | Condition::Interface(_) if is_unix => Some(false),
            Condition::Address(_, None) => Some(true),
            // Addresses of IPv4 are also met by mapped ones.
            Condition::Address(_, Some(prefix)) => {
                (prefix.address().is_ipv6() && self.kind.is_ipv4()).then_some(false)
            }
            Condition::Name(_) if !is_unix => Some(false),
            _ => None,
        }
    }
}

/// What is known of a socket.
#[derive(Clone, Copy)]
pub(crate) struct OfSocket<'a, 'f> {
    pub(crate) socket: &'a Socket<'a>,
    pub(crate) facts: &'a Facts<'f>,
    pub(crate) owners: Looked,
}

/// What the owners that a socket has tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looked {
    /// Nothing: they were not looked for yet.
    NotYet,
    /// Processes could not be looked at. A socket without owner may have one there.
    AtSome,
    /// Who is not there holds no socket.
    AtAll,
}

impl Known for OfSocket<'_, '_> {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        let OfSocket { socket, facts, .. } = self;
        match condition {
            Condition::States(states) => Some(states.contains(socket.state)),
            Condition::Port(end, order, port) => {
                Some(self.end(*end).is_some_and(|end| order.holds(&end.port(), port)))
            }
            Condition::Address(end, prefix) => Some(
                self.end(*end)
                    .is_some_and(|end| prefix.is_none_or(|prefix| prefix.holds(end.ip()))),
            ),
            Condition::Name(pattern) => {
                Some(socket.name().is_some_and(|name| is_named(pattern, name)))
            }
            Condition::Autobound => self.is_autobound(),
            Condition::Uid(order, uid) => socket.uid().map(|is| order.holds(&is, uid)),
            Condition::Inode(inode) => {
                Some(socket.inode.map_or(0, procnet_core::Inode::get) == *inode)
            }
            Condition::Pid(pid) => self.has_owner(|owner| Some(owner.pid() == *pid)),
            Condition::Comm(pattern) => self.has_owner(|owner| {
                let comm = owner.comm().as_bytes();
                // A capture need not hold it.
                let is_told = !comm.is_empty() || owner.process.start_time.is_some();
                is_told.then(|| pattern.matches(comm, |byte| byte))
            }),
            Condition::ControlGroup(group) => {
                let Detail::InetDiag(diag) = &socket.detail else { return None };
                let is = diag.control_group?;
                facts.control_group(group).map(|asked| asked == Some(is))
            }
            Condition::Mark { mark, mask } => match &socket.detail {
                Detail::InetDiag(diag) => diag.mark.map(|is| is & mask == *mark),
                Detail::Unix(_) | Detail::UnixDiag(_) => Some(false),
                Detail::Inet(_) | Detail::Packet(_) | Detail::Netlink(_) => None,
            },
            Condition::Interface(interface) => match &socket.detail {
                Detail::InetDiag(diag) => {
                    let is = diag.interface.map_or(0, std::num::NonZeroU32::get);
                    facts.interface(interface).map(|asked| asked == Some(is))
                }
                Detail::Packet(row) => {
                    let is = row.interface.map_or(0, std::num::NonZeroU32::get);
                    facts.interface(interface).map(|asked| asked == Some(is))
                }
                Detail::Unix(_) | Detail::UnixDiag(_) | Detail::Netlink(_) => Some(false),
                Detail::Inet(_) => None,
            },
        }
    }
}

impl OfSocket<'_, '_> {
    fn end(&self, end: End) -> Option<SocketAddr> {
        match end {
            End::Local => self.socket.local(),
            End::Remote => self.socket.remote(),
        }
    }

    /// Neither source tells; a guess as `ss` makes it.
    fn is_autobound(&self) -> Option<bool> {
        let Some(local) = self.socket.local() else {
            let digits = match self.socket.name() {
                Some(UnixName::Printed(name)) => name.as_bytes().strip_prefix(b"@"),
                Some(UnixName::Exact(name)) => name.as_bytes().strip_prefix(b"\0"),
                None => None,
            };
            let is_chosen =
                |digits: &[u8]| digits.len() == 5 && digits.iter().all(u8::is_ascii_hexdigit);
            return Some(digits.is_some_and(is_chosen));
        };
        Some(self.facts.chosen_ports()?.contains(&local.port()))
    }

    fn has_owner(&self, is_it: impl Fn(Owner<'_>) -> Option<bool>) -> Option<bool> {
        let OfSocket { socket, owners, .. } = self;
        if socket.inode.is_none() {
            // No file, no descriptor.
            return Some(false);
        }
        if *owners == Looked::NotYet || (*owners == Looked::AtSome && socket.owners.is_empty()) {
            return None;
        }
        let mut any = Some(false);
        for owner in socket.owners {
            match is_it(owner) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => any = None,
            }
        }
        any
    }
}

#[cfg(test)]
pub(super) mod tests;

/// As both sources show it: each NUL of an abstract name as `@`.
fn is_named(pattern: &Pattern, name: UnixName<'_>) -> bool {
    match name {
        UnixName::Printed(name) => pattern.matches(name.as_bytes(), |byte| byte),
        UnixName::Exact(name) if name.is_abstract() => {
            pattern.matches(name.as_bytes(), |byte| if byte == 0 { b'@' } else { byte })
        }
        UnixName::Exact(name) => pattern.matches(name.as_bytes(), |byte| byte),
    }
}
