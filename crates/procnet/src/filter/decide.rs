//! Whether a socket matches a filter, as far as its attributes are known.

use std::net::SocketAddr;

use procnet_core::{State, table::SocketType};

use super::{
    Condition, End, Filter, Node, Order, ResolvedNames,
    condition::{listening_states, type_of},
    pattern::{Case, Pattern},
};
use crate::{
    Kind, Owner, Socket,
    socket::{Interface, Own, UnixName},
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
            Condition::Listening => {
                self.state.map(|state| listening_states(self.kind).contains(state))
            }
            Condition::Kinds(kinds) => Some(kinds.contains(self.kind)),
            Condition::Type(asked) => type_of(self.kind).map(|is| is == *asked),
            Condition::Port(..) | Condition::Address(..) if !self.kind.has_addresses() => {
                Some(false)
            }
            Condition::Mark { .. } | Condition::Interface(_) if is_unix => Some(false),
            // It has addresses of either version.
            Condition::Address(..) if self.kind == Kind::Smc => None,
            Condition::Mark { mark, mask } if mark & !mask != 0 => Some(false),
            // IPv4 addresses also match mapped ones.
            Condition::Address(_, prefix) => {
                match prefix.address().is_ipv4() == self.kind.is_ipv4() {
                    true => (prefix.bits() == 0).then_some(true),
                    false => self.kind.is_ipv4().then_some(false),
                }
            }
            Condition::Port(_, Order::AtLeast, 0) | Condition::Port(_, Order::AtMost, u16::MAX) => {
                Some(true)
            }
            Condition::Name(_) if !is_unix => Some(false),
            _ => None,
        }
    }
}

/// What is known about sockets of a kind with addresses whose port was named in `bind`.
#[derive(Clone, Copy)]
pub(crate) struct OfLocked(pub(crate) OfKind);

impl Known for OfLocked {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Autobound => Some(false),
            other => self.0.holds(other),
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
            Condition::Listening => Some(listening_states(socket.kind).contains(socket.state)),
            Condition::Port(end, order, port) => {
                Some(self.end(*end).is_some_and(|end| order.holds(&end.port(), port)))
            }
            Condition::Kinds(kinds) => Some(kinds.contains(socket.kind)),
            Condition::Type(asked) => self.socket_type().map(|is| is == *asked),
            Condition::Address(end, prefix) => {
                Some(self.end(*end).is_some_and(|end| prefix.holds(end.ip())))
            }
            Condition::Name(pattern) => {
                Some(socket.kind == Kind::Unix && is_named(pattern, socket.name()))
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
                if full_names
                    .iter()
                    .chain([comm])
                    .any(|name| pattern.matches(name, Case::Matters, |byte| byte))
                {
                    return Some(true);
                }
                // A capture may lack the name; the whole name may need more privilege.
                let is_known = !comm.is_empty() || owner.process.start_time.is_some();
                (is_known && !full_names.is_denied).then_some(false)
            }),
            Condition::RunsIn(within, pattern) => {
                self.has_owner(|owner| within.holds(&owner.process.control_group, pattern))
            }
            Condition::ControlGroup(group) => {
                let is = socket.fields().control_group?;
                names.control_group(group).map(|asked| asked == Some(is))
            }
            Condition::Mark { mark, mask } if mark & !mask != 0 => Some(false),
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

    fn socket_type(&self) -> Option<SocketType> {
        match self.socket.fields().own {
            Own::Unix { kind, .. } => Some(kind),
            Own::Packet(packet) => Some(packet.kind),
            Own::Vsock(vsock) => Some(vsock.kind),
            Own::Tipc(tipc) => Some(tipc.kind),
            _ => type_of(self.socket.kind),
        }
    }

    /// Whether the kernel chose its address.
    fn is_autobound(&self) -> Option<bool> {
        let Some(local) = self.socket.local() else { return Some(self.has_no_chosen_name()) };
        let is_ephemeral = self.names.ephemeral_ports().map(|ports| ports.contains(&local.port()));
        let is_locked = self.socket.fields().port_locked.or_else(|| {
            // Minisockets have no locks.
            let is_mini = matches!(self.socket.state, State::TIME_WAIT | State::SYN_RECV)
                && self.socket.inode.is_none();
            is_mini.then_some(false)
        });
        match (is_ephemeral, is_locked) {
            (Some(false), _) | (_, Some(true)) => Some(false),
            (Some(true), Some(false)) => Some(true),
            _ => None,
        }
    }

    /// Whether a socket without addresses has no name, or one that the kernel chose: as
    /// misc/ss.c `run_ssfilter` has it.
    fn has_no_chosen_name(&self) -> bool {
        match self.socket.fields().own {
            // The kernel prints `%05x` (net/unix/af_unix.c `unix_autobind`).
            Own::Unix { .. } => self.socket.name().is_none_or(|name| {
                let digits = match name {
                    UnixName::Printed(name) => name.as_bytes().strip_prefix(b"@"),
                    UnixName::Exact(name) => name.as_bytes().strip_prefix(b"\0"),
                };
                let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                digits.is_some_and(|digits| digits.len() == 5 && digits.iter().all(is_digit))
            }),
            Own::Packet(packet) => packet.interface.is_none() && packet.protocol == 0,
            // Port ids that the kernel makes up are negative (net/netlink/af_netlink.c
            // `netlink_autobind`).
            Own::Netlink(netlink) => netlink.port > i32::MAX as u32,
            _ => false,
        }
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

/// Whether a process has a name, of which only `comm` is known: at most 15 bytes (include/linux/sched.h
/// `TASK_COMM_LEN`), so that a longer name may be cut.
pub(crate) fn comm_matches(pattern: &Pattern, comm: &[u8]) -> Option<bool> {
    let matches = pattern.matches(comm, Case::Matters, |byte| byte);
    (matches || comm.len() < 15).then_some(matches)
}

#[cfg(test)]
pub(super) mod tests;

/// Compares the name in the form every source can show: with `@` for each NUL of an abstract name.
fn is_named(pattern: &Pattern, name: Option<UnixName<'_>>) -> bool {
    let matches = |name: &[u8], byte: fn(u8) -> u8| pattern.matches(name, Case::Folded, byte);
    match name {
        None => matches(b"", |byte| byte),
        Some(UnixName::Printed(name)) => matches(name.as_bytes(), |byte| byte),
        Some(UnixName::Exact(name)) if name.is_abstract() => {
            matches(name.as_bytes(), |byte| if byte == 0 { b'@' } else { byte })
        }
        Some(UnixName::Exact(name)) => matches(name.as_bytes(), |byte| byte),
    }
}
