//! Filters as expressions that parse to the same filter.

use std::fmt;

use super::{
    Condition, ControlGroup, End, Filter, Interface, Node, Order,
    parse::{ESCAPE, QUOTE, ends_value},
    states::States,
    words,
};
use crate::Kinds;

/// An expression that parses to the same filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f)
    }
}

impl Node {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Is(condition) => condition.write(f, true),
            Node::Not(node) => match &**node {
                Node::Is(condition) => condition.write(f, false),
                compound => {
                    f.write_str("not ")?;
                    compound.part(f)
                }
            },
            Node::All(nodes) => join(nodes, " and ", f),
            Node::Any(nodes) => join(nodes, " or ", f),
        }
    }

    /// Writes it as an operand: in parentheses if it contains `and` or `or`.
    fn part(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Is(_) | Node::Not(_) => self.write(f),
            Node::All(_) | Node::Any(_) => {
                f.write_str("( ")?;
                self.write(f)?;
                f.write_str(" )")
            }
        }
    }
}

fn join(nodes: &[Node], word: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            f.write_str(word)?;
        }
        node.part(f)?;
    }
    Ok(())
}

impl Condition {
    /// Writes the condition or its negation.
    fn write(&self, f: &mut fmt::Formatter<'_>, holds: bool) -> fmt::Result {
        let equal = if holds { "=" } else { "!=" };
        // `src 10.0.0.1`, as users type it.
        let is = if holds { "" } else { "!= " };
        match self {
            Condition::States(_)
            | Condition::Listening
            | Condition::Autobound
            | Condition::Port(_, Order::AtLeast | Order::AtMost, _)
            | Condition::Uid(Order::AtLeast | Order::AtMost, _)
                if !holds =>
            {
                f.write_str("not ")?;
                self.write(f, true)
            }
            Condition::States(states) => write_states(*states, f),
            Condition::Listening => f.write_str("listening"),
            Condition::Autobound => f.write_str("autobound"),
            Condition::Port(end, order, port) => {
                let word = end.word("sport", "dport");
                write!(f, "{word} {} :{port}", order.symbol(holds))
            }
            Condition::Address(end, prefix) => {
                write!(f, "{} {is}{prefix}", end.word("src", "dst"))
            }
            Condition::Kinds(Kinds::WITH_IPV4) => write!(f, "src {is}inet:*"),
            Condition::Kinds(Kinds::WITH_IPV6) => write!(f, "src {is}inet6:*"),
            Condition::Kinds(kinds) => {
                // Only sets that have a name can be asked for.
                let named = Kinds::NAMED.into_iter().find(|(_, named)| named == kinds);
                write!(f, "kind {equal} {}", named.map_or("", |(name, _)| name))
            }
            Condition::Type(of) => write!(f, "type {equal} {of}"),
            Condition::Name(pattern) => {
                let pattern = pattern.as_str();
                let is_plain = pattern.starts_with(['/', '@']);
                let prefix = if is_plain { "" } else { "unix:" };
                write!(f, "src {is}{}", Value(&format!("{prefix}{pattern}")))
            }
            Condition::Uid(order, uid) => write!(f, "uid {} {uid}", order.symbol(holds)),
            Condition::Inode(inode) => write!(f, "inode {equal} {inode}"),
            Condition::Pid(pid) => write!(f, "pid {equal} {pid}"),
            Condition::Comm(pattern) => write!(f, "comm {equal} {}", Value(pattern.as_str())),
            Condition::RunsIn(within, pattern) => {
                write!(f, "{} {equal} {}", within.word(), Value(pattern.as_str()))
            }
            Condition::ControlGroup(ControlGroup::Id(id)) => write!(f, "cgroup {equal} {id}"),
            Condition::ControlGroup(ControlGroup::Path(path)) => {
                write!(f, "cgroup {equal} {}", Value(path))
            }
            Condition::Mark { mark, mask: u32::MAX } => write!(f, "mark {equal} {mark:#x}"),
            Condition::Mark { mark, mask } => write!(f, "mark {equal} {mark:#x}/{mask:#x}"),
            Condition::Interface(Interface::Index(index)) => write!(f, "dev {equal} {index}"),
            Condition::Interface(Interface::Name(name)) => {
                write!(f, "dev {equal} {}", Value(name))
            }
        }
    }
}

impl End {
    fn word(self, local: &'static str, remote: &'static str) -> &'static str {
        match self {
            End::Local => local,
            End::Remote => remote,
        }
    }
}

impl Order {
    fn symbol(self, holds: bool) -> &'static str {
        match (self, holds) {
            (Order::Equal, true) => "=",
            (Order::Equal, false) => "!=",
            (Order::AtLeast, _) => ">=",
            (Order::AtMost, _) => "<=",
        }
    }
}

/// A word for the set if there is one, else the states in it or those not in it.
fn write_states(states: States, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for word in ["all", "connected", "synchronized", "bucket", "big"] {
        if words::states(word) == Some(states) {
            return write!(f, "state {word}");
        }
    }
    let missing = States::ALL.without(states.iter());
    let (word, named) = match states.iter().count() {
        0 => return f.write_str("state all exclude all"),
        1..128 => ("state", states),
        _ => ("exclude", missing),
    };
    for (at, state) in named.iter().enumerate() {
        let blank = if at > 0 { " " } else { "" };
        write!(f, "{blank}{word} {}", words::name(state))?;
    }
    Ok(())
}

/// A value, in quotes if it would not be read as one otherwise.
struct Value<'a>(&'a str);

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Value(value) = self;
        let needs_quotes = |letter| letter == QUOTE || ends_value(letter);
        if !value.is_empty() && !value.contains(needs_quotes) && !value.ends_with(ESCAPE) {
            return f.write_str(value);
        }
        write!(f, "{QUOTE}{}{QUOTE}", value.replace(QUOTE, "\"\""))
    }
}
