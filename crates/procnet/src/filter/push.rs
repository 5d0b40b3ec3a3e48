//! What of a filter the kernel can decide before it tells of a socket.
//!
//! What it cannot decide is taken for what hinders nothing: as if it held, and within a negation
//! as if it did not. So the kernel leaves out only what does not meet the filter, which is
//! asked again of each socket that it tells.

use procnet_core::netlink::{TooSmall, inet::Bytecode};

use super::{Condition, End, Facts, Filter, Node, Order};
use crate::{Kind, Kinds};

/// To whom a filter is given.
#[derive(Clone, Copy)]
pub(crate) struct Push<'q> {
    pub(crate) facts: &'q Facts<'q>,
    /// The tables, none of which is that of unix sockets.
    pub(crate) kinds: Kinds,
    pub(crate) refused: Refused,
}

/// Conditions that the kernel did not take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Marks, to who has no `CAP_NET_ADMIN`.
    pub(crate) marks: bool,
    /// Marks, interfaces and control groups, by kernels that know one of them not.
    pub(crate) newer: bool,
}

/// What the kernel makes of a condition.
enum Instruction {
    /// What it can be asked.
    Asked,
    /// What is known without asking.
    Known(bool),
    /// Nothing.
    Untold,
}

impl Filter {
    /// Adds what the kernel can decide of it, as far as it fits.
    pub(crate) fn push(&self, code: &mut Bytecode<'_>, push: &Push<'_>) {
        let all = match &self.0 {
            Node::All(nodes) => nodes,
            node => std::slice::from_ref(node),
        };
        for node in all {
            // What does not fit is decided here alone.
            let _ = code.all(|code| node.push(code, push, true));
        }
    }

    /// Whether it has conditions that the kernel may refuse, and has not refused yet.
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
    /// Adds what the kernel can decide; `holds` is what everything else is taken for.
    fn push(&self, code: &mut Bytecode<'_>, push: &Push<'_>, holds: bool) -> Result<(), TooSmall> {
        if !self.tells(push, holds) {
            return constant(code, holds);
        }
        match self {
            Node::Is(condition) => match push.instruction(condition) {
                Instruction::Asked => condition.push(code, push.facts),
                Instruction::Known(known) => constant(code, known),
                Instruction::Untold => constant(code, holds),
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

    /// Whether the kernel can decide anything of it that matters.
    fn tells(&self, push: &Push<'_>, holds: bool) -> bool {
        let tells = |node: &Node| node.tells(push, holds);
        match (self, holds) {
            (Node::Is(condition), _) => !matches!(push.instruction(condition), Instruction::Untold),
            (Node::Not(node), _) => node.tells(push, !holds),
            (Node::All(nodes), true) | (Node::Any(nodes), false) => nodes.iter().any(tells),
            (Node::All(nodes), false) | (Node::Any(nodes), true) => nodes.iter().all(tells),
        }
    }
}

impl Push<'_> {
    fn instruction(&self, condition: &Condition) -> Instruction {
        let Push { facts, kinds, refused } = self;
        let number = |found: Option<Option<u64>>| match found {
            None => Instruction::Untold,
            Some(_) if refused.newer => Instruction::Untold,
            Some(None) => Instruction::Known(false),
            Some(Some(_)) => Instruction::Asked,
        };
        match condition {
            // The kernel has there what was given to `connect`, and the answer does not.
            Condition::Port(End::Remote, ..)
                if kinds.contains(Kind::Raw) || kinds.contains(Kind::Raw6) =>
            {
                Instruction::Untold
            }
            Condition::Port(..) | Condition::Address(_, Some(_)) => Instruction::Asked,
            Condition::Address(_, None) => Instruction::Known(true),
            Condition::Name(_) => Instruction::Known(false),
            Condition::Mark { .. } if refused.marks || refused.newer => Instruction::Untold,
            Condition::Mark { .. } => Instruction::Asked,
            Condition::Interface(interface) => {
                number(facts.interface(interface).map(|found| found.map(u64::from)))
            }
            Condition::ControlGroup(group) => number(facts.control_group(group)),
            Condition::States(_)
            | Condition::Autobound
            | Condition::Uid(..)
            | Condition::Inode(_)
            | Condition::Pid(_)
            | Condition::Comm(_) => Instruction::Untold,
        }
    }
}

impl Condition {
    /// Adds what the kernel can be asked.
    fn push(&self, code: &mut Bytecode<'_>, facts: &Facts<'_>) -> Result<(), TooSmall> {
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
            Condition::Address(end, Some(prefix)) => match end {
                End::Local => code.source_prefix(prefix.address(), prefix.bits()),
                End::Remote => code.destination_prefix(prefix.address(), prefix.bits()),
            },
            Condition::Mark { mark, mask } => code.mark(*mark, *mask),
            Condition::Interface(interface) => match facts.interface(interface).flatten() {
                Some(index) => code.interface(index),
                None => code.nothing(),
            },
            Condition::ControlGroup(group) => match facts.control_group(group).flatten() {
                Some(id) => code.control_group(id),
                None => code.nothing(),
            },
            _ => return Ok(()),
        }
        .map(drop)
    }
}

/// What every socket meets, or none.
fn constant(code: &mut Bytecode<'_>, holds: bool) -> Result<(), TooSmall> {
    if holds { Ok(()) } else { code.nothing().map(drop) }
}

#[cfg(test)]
mod tests;
