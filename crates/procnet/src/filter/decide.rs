//! Whether a socket matches a filter, as far as its attributes are known.

use std::net::SocketAddr;

use procnet_core::State;

use super::{
    Condition, End, Filter, Node, ResolvedNames, condition::listening_state, pattern::Pattern,
};
use crate::{
    Kind, Owner, Socket,
    socket::{Interface, UnixName},
};

/// A subject for which a condition is true, false or unknown.
pub(crate) trait Known {
    /// Whether the condition holds, if that is known.
    fn holds(&self, condition: &Condition) -> Option<bool>;
}

impl Filter {
    /// Whether the filter matches, if the known attributes decide that.
    pub(crate) fn decide(&self, known: &impl Known) -> Option<bool> {
        self.0.decide(known)
    }
}

impl Node {
    /// Kleene's three-valued logic: an unknown part decides nothing.
    fn decide(&self, known: &impl Known) -> Option<bool> {
        match self {
            Node::Is(condition) => known.holds(condition),
            Node::Not(node) => node.decide(known).map(|holds| !holds),
            Node::All(nodes) => dominated(nodes, known, false),
            Node::Any(nodes) => dominated(nodes, known, true),
        }
    }
}

/// A single part with the value `by` decides; otherwise every part has to be known.
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

/// What is known about sockets of a kind, and possibly of a state, before any is read.
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
            Condition::Listening => self.state.map(|state| state == listening_state(self.kind)),
            Condition::Port(..) | Condition::Address(..) if !self.kind.has_addresses() => {
                Some(false)
            }
            Condition::Mark { .. } | Condition::Interface(_) if is_unix => Some(false),
            Condition::Address(_, None) => Some(true),
            // IPv4 addresses also match mapped ones.
            Condition::Address(_, Some(prefix)) => {
                (prefix.address().is_ipv6() && self.kind.is_ipv4()).then_some(false)
            }
            Condition::Name(_) if !is_unix => Some(false),
            _ => None,
        }
    }
}

/// What is known about a socket.
#[derive(Clone, Copy)]
pub(crate) struct OfSocket<'a, 'f> {
    pub(crate) socket: &'a Socket<'a>,
    pub(crate) names: &'a ResolvedNames<'f>,
    pub(crate) owners: OwnersSeen,
}

/// How complete the owners of a socket are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnersSeen {
    /// Not looked up yet.
    No,
    /// Some processes could not be read: a socket without owners may have one among them.
    Some,
    /// Every process was read: a socket without owners has none.
    All,
}

impl Known for OfSocket<'_, '_> {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        let OfSocket { socket, names, .. } = self;
        match condition {
            Condition::States(states) => Some(states.contains(socket.state)),
            Condition::Listening => Some(socket.state == listening_state(socket.kind)),
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
                let full_names = &owner.process.full_names;
                if full_names.iter().chain([comm]).any(|name| pattern.matches(name, |byte| byte)) {
                    return Some(true);
                }
                // A capture may lack the name; the whole name may need more privilege.
                let is_known = !comm.is_empty() || owner.process.start_time.is_some();
                (is_known && !full_names.is_denied).then_some(false)
            }),
            Condition::ControlGroup(group) => {
                let is = socket.fields().control_group?;
                names.control_group(group).map(|asked| asked == Some(is))
            }
            Condition::Mark { mark, mask } => match socket.fields().mark {
                Some(is) => Some(is & mask == *mark),
                None if socket.kind == Kind::Unix => Some(false),
                None => None,
            },
            Condition::Interface(interface) => {
                let is = match socket.fields().interface {
                    Interface::Index(index) => index.get(),
                    Interface::Any => 0,
                    // Only sockets with addresses, and packet sockets, can be bound to an
                    // interface.
                    Interface::Unknown if socket.kind.has_addresses() => return None,
                    Interface::Unknown => return Some(false),
                };
                names.interface(interface).map(|asked| asked == Some(is))
            }
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

    /// No source reports it: this is the guess that `ss` makes.
    fn is_autobound(&self) -> Option<bool> {
        let Some(local) = self.socket.local() else {
            let digits = match self.socket.name() {
                Some(UnixName::Printed(name)) => name.as_bytes().strip_prefix(b"@"),
                Some(UnixName::Exact(name)) => name.as_bytes().strip_prefix(b"\0"),
                None => None,
            };
            let is_autobound =
                |digits: &[u8]| digits.len() == 5 && digits.iter().all(u8::is_ascii_hexdigit);
            return Some(digits.is_some_and(is_autobound));
        };
        Some(self.names.ephemeral_ports()?.contains(&local.port()))
    }

    fn has_owner(&self, is_it: impl Fn(Owner<'_>) -> Option<bool>) -> Option<bool> {
        let OfSocket { socket, owners, .. } = self;
        if socket.inode.is_none() || (socket.is_kernels() && socket.owners.is_empty()) {
            // A socket without a file has no descriptors; the kernel has none.
            return Some(false);
        }
        if *owners == OwnersSeen::No || (*owners == OwnersSeen::Some && socket.owners.is_empty()) {
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

/// Compares the name in the form every source can show: with `@` for each NUL of an abstract name.
fn is_named(pattern: &Pattern, name: UnixName<'_>) -> bool {
    match name {
        UnixName::Printed(name) => pattern.matches(name.as_bytes(), |byte| byte),
        UnixName::Exact(name) if name.is_abstract() => {
            pattern.matches(name.as_bytes(), |byte| if byte == 0 { b'@' } else { byte })
        }
        UnixName::Exact(name) => pattern.matches(name.as_bytes(), |byte| byte),
    }
}
