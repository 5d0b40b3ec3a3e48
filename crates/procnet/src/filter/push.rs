//! The part of a filter that the kernel can decide.
//!
//! A condition that it cannot decide is replaced by one that excludes nothing: true, or false
//! within a negation. So the kernel leaves out only sockets that do not match the filter, which is
//! evaluated again for each socket the kernel reports.
//!
//! Neither does it leave out a socket for which the filter is undecided, and which has to be counted.
//! The kernel takes an attribute that it does not know as 0 (net/ipv4/inet_diag.c `inet_diag_bc_sk`),
//! so a condition on it also passes 0; within a negation, it never holds for 0.

use std::net::Ipv6Addr;

use procnet_core::netlink::{TooSmall, inet::Bytecode};

use super::{Condition, End, Filter, Node, Order, ResolvedNames, condition::type_of};
use crate::{Kind, Kinds};

/// The tables a filter is compiled for, and what is known about the kernel.
#[derive(Clone, Copy)]
pub(crate) struct Push<'q> {
    pub(crate) names: &'q ResolvedNames<'q>,
    /// The tables; never that of unix sockets.
    pub(crate) kinds: Kinds,
    pub(crate) refused: Refused,
    /// Whether the kernel knows the marks of `TIME_WAIT` sockets.
    pub(crate) knows_all_marks: bool,
    /// The sockets that are asked for: those whose port was named in `bind`, or all others; `None`
    /// for both.
    pub(crate) port_locked: Option<bool>,
}

/// Conditions that the kernel has refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Marks, for lack of `CAP_NET_ADMIN`.
    pub(crate) marks: bool,
    /// Marks, interfaces and control groups: the kernel does not support one of them.
    pub(crate) newer: bool,
}

/// What the kernel can do with a condition.
enum Instruction {
    /// The kernel decides it.
    Compiled,
    /// It has the same value for all sockets.
    Constant(bool),
    /// The kernel cannot decide it.
    Unsupported,
}

impl Filter {
    /// Compiles the part that the kernel can decide, as far as it fits.
    pub(crate) fn push(&self, code: &mut Bytecode<'_>, push: &Push<'_>) {
        let all = match &self.0 {
            Node::All(nodes) => nodes,
            node => std::slice::from_ref(node),
        };
        // In an empty buffer both fit.
        let _ = match push.port_locked {
            Some(false) => code.autobound().map(drop),
            Some(true) => code.negated(|code| code.autobound().map(drop)).map(drop),
            None => Ok(()),
        };
        for node in all {
            // A condition that does not fit is evaluated in user space only.
            let _ = code.all(|code| node.push(code, push, true));
        }
    }

    /// Whether a condition is on marks.
    pub(crate) fn has_marks(&self) -> bool {
        let mut has = false;
        self.conditions(&mut |it| has |= matches!(it, Condition::Mark { .. }));
        has
    }

    /// The conditions in it that the kernel may refuse, and has not refused yet.
    pub(crate) fn may_be_refused(&self, refused: Refused) -> Refused {
        let mut may = Refused::default();
        self.conditions(&mut |condition| match condition {
            Condition::Mark { .. } => {
                may.marks |= !refused.marks && !refused.newer;
                may.newer |= may.marks;
            }
            Condition::Interface(_) | Condition::ControlGroup(_) => may.newer |= !refused.newer,
            _ => {}
        });
        may
    }
}

impl Node {
    /// Compiles the part that the kernel can decide; `holds` replaces all other conditions.
    fn push(&self, code: &mut Bytecode<'_>, push: &Push<'_>, holds: bool) -> Result<(), TooSmall> {
        if !self.is_compiled(push, holds) {
            return constant(code, holds);
        }
        match self {
            Node::Is(condition) => match push.instruction(condition) {
                Instruction::Compiled => {
                    let part = code.all(|code| {
                        condition.push(code, push.names)?;
                        condition.push_unknown(code, push, holds)
                    });
                    part.map(drop)
                }
                Instruction::Constant(known) => constant(code, known),
                Instruction::Unsupported => constant(code, holds),
            },
            Node::Not(node) => code.negated(|code| node.push(code, push, !holds)).map(drop),
            Node::All(nodes) => {
                let mut nodes = nodes.iter();
                code.all(|code| nodes.try_for_each(|node| node.push(code, push, holds))).map(drop)
            }
            Node::Any(nodes) => {
                let Some((first, others)) = nodes.split_first() else { return Ok(()) };
                let either = code.all(|code| {
                    code.all(|code| first.push(code, push, holds))?;
                    for node in others {
                        code.or(|code| node.push(code, push, holds))?;
                    }
                    Ok(())
                });
                either.map(drop)
            }
        }
    }

    /// Whether the kernel can decide any relevant part of it.
    fn is_compiled(&self, push: &Push<'_>, holds: bool) -> bool {
        let is_compiled = |node: &Node| node.is_compiled(push, holds);
        match (self, holds) {
            (Node::Is(condition), _) => {
                !matches!(push.instruction(condition), Instruction::Unsupported)
            }
            (Node::Not(node), _) => node.is_compiled(push, !holds),
            (Node::All(nodes), true) | (Node::Any(nodes), false) => nodes.iter().any(is_compiled),
            (Node::All(nodes), false) | (Node::Any(nodes), true) => nodes.iter().all(is_compiled),
        }
    }
}

impl Push<'_> {
    fn instruction(&self, condition: &Condition) -> Instruction {
        let Push { names, kinds, refused, port_locked, .. } = self;
        let number = |found: Option<Option<u64>>| match found {
            None => Instruction::Unsupported,
            Some(_) if refused.newer => Instruction::Unsupported,
            Some(None) => Instruction::Constant(false),
            Some(Some(_)) => Instruction::Compiled,
        };
        match condition {
            // There the kernel compares the value passed to `connect`, which means nothing.
            Condition::Port(End::Remote, ..)
                if kinds.contains(Kind::Raw) || kinds.contains(Kind::Raw6) =>
            {
                Instruction::Unsupported
            }
            Condition::Port(..) | Condition::Address(..) => Instruction::Compiled,
            Condition::Name(_) => Instruction::Constant(false),
            Condition::Kinds(asked) => match (kinds.is_in(*asked), (*kinds & *asked).is_empty()) {
                (true, _) => Instruction::Constant(true),
                (_, true) => Instruction::Constant(false),
                _ => Instruction::Compiled,
            },
            Condition::Type(asked) => {
                let mut all = kinds.iter().map(type_of);
                let first = all.next().flatten();
                match first.filter(|_| all.all(|other| other == first)) {
                    Some(is) => Instruction::Constant(is == *asked),
                    None => Instruction::Unsupported,
                }
            }
            Condition::Autobound => match (*port_locked, names.ephemeral_ports()) {
                (Some(true), _) => Instruction::Constant(false),
                (Some(false), Some(_)) => Instruction::Compiled,
                _ => Instruction::Unsupported,
            },
            Condition::Mark { .. } if refused.marks || refused.newer => Instruction::Unsupported,
            Condition::Mark { .. } => Instruction::Compiled,
            Condition::Interface(interface) => {
                number(names.interface(interface).map(|found| found.map(u64::from)))
            }
            Condition::ControlGroup(group) => number(names.control_group(group)),
            Condition::States(_)
            | Condition::Listening
            | Condition::Uid(..)
            | Condition::Inode(_)
            | Condition::Pid(_)
            | Condition::Comm(_)
            | Condition::RunsIn(..) => Instruction::Unsupported,
        }
    }
}

impl Condition {
    /// Compiles a condition that the kernel can decide.
    fn push(&self, code: &mut Bytecode<'_>, names: &ResolvedNames<'_>) -> Result<(), TooSmall> {
        match self {
            Condition::Port(end, order, port) => {
                let ports = match order {
                    Order::Equal if *end == End::Local => return code.source_port(*port).map(drop),
                    Order::Equal => return code.destination_port(*port).map(drop),
                    Order::AtLeast => *port..=u16::MAX,
                    Order::AtMost => 0..=*port,
                };
                match end {
                    End::Local => code.source_ports(ports),
                    End::Remote => code.destination_ports(ports),
                }
            }
            Condition::Address(end, prefix) => match end {
                End::Local => code.source_prefix(prefix.address(), prefix.bits()),
                End::Remote => code.destination_prefix(prefix.address(), prefix.bits()),
            },
            // Of both tables of TCP, which one dump reports.
            Condition::Kinds(asked) => {
                let is_ipv6 = |code: &mut Bytecode<'_>| {
                    code.source_prefix(Ipv6Addr::UNSPECIFIED.into(), 0).map(drop)
                };
                match asked.contains(Kind::Tcp6) {
                    true => return is_ipv6(code),
                    false => code.negated(is_ipv6),
                }
            }
            // Of the sockets whose port the kernel chose.
            Condition::Autobound => match names.ephemeral_ports() {
                Some(ports) => code.source_ports(ports),
                None => return Ok(()),
            },
            Condition::Mark { mark, mask } => code.mark(*mark, *mask),
            Condition::Interface(interface) => match names.interface(interface).flatten() {
                Some(index) => code.interface(index),
                None => code.nothing(),
            },
            Condition::ControlGroup(group) => match names.control_group(group).flatten() {
                Some(id) => code.control_group(id),
                None => code.nothing(),
            },
            _ => return Ok(()),
        }
        .map(drop)
    }

    /// Adds that the condition `holds` for sockets for which the kernel does not know the attribute.
    fn push_unknown(
        &self,
        code: &mut Bytecode<'_>,
        push: &Push<'_>,
        holds: bool,
    ) -> Result<(), TooSmall> {
        let is_0 = |code: &mut Bytecode<'_>| match self {
            Condition::Mark { .. } => code.mark(0, u32::MAX).map(drop),
            _ => code.control_group(0).map(drop),
        };
        let holds_for_0 = match self {
            Condition::Mark { mark, .. } if !push.knows_all_marks => *mark == 0,
            // `TIME_WAIT` sockets and request socks; every other one is in a control group.
            Condition::ControlGroup(group) => push.names.control_group(group).flatten() == Some(0),
            _ => return Ok(()),
        };
        match (holds_for_0, holds) {
            (false, true) => code.or(is_0).map(drop),
            (true, false) => code.negated(is_0).map(drop),
            _ => Ok(()),
        }
    }
}

/// A condition that every socket matches, or none.
fn constant(code: &mut Bytecode<'_>, holds: bool) -> Result<(), TooSmall> {
    if holds { Ok(()) } else { code.nothing().map(drop) }
}

#[cfg(test)]
mod tests;
