//! Filter expressions of `ss`: what they mean, and what `ss` makes of them.
//!
//! For sockets with addresses, `ss` has the kernel evaluate the expression (net/ipv4/inet_diag.c
//! `inet_diag_bc_run`), unless it contains a condition on an interface, and then evaluates it once
//! more by rules of its own (misc/ss.c `run_ssfilter`). What it prints matches by both. Where the
//! rules differ, the difference is in [`may_differ`].

use std::net::{IpAddr, SocketAddr};

/// What filters use of a socket.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its own address and that of its peer; unix sockets have none.
    pub ends: Option<[SocketAddr; 2]>,
    /// The port that a raw socket passed to `connect`, which means nothing.
    pub connected_port: Option<u16>,
    /// The interface that it is bound to, or 0.
    pub interface: u32,
    /// Its mark.
    pub mark: u32,
    /// Whether its port was named in `bind`.
    pub port_locked: bool,
    /// Its inode, and that of its peer: `ss` takes them for the ports of a unix socket.
    pub inodes: [u64; 2],
    /// The name of a unix socket, with `@` for each NUL of an abstract one.
    pub name: Option<Vec<u8>>,
}

/// A condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// On the port of the socket or (`true`) of its peer.
    Port(bool, Order, u16),
    /// On an address with a number of bits, and on a port.
    Host(bool, Option<(IpAddr, u8)>, Option<u16>),
    /// The interface that it is bound to.
    Interface(u32),
    /// The mark, in the bits of a mask.
    Mark(u32, u32),
    /// The kernel chose the port, or the name.
    Autobound,
    /// The name matches a pattern.
    Name(String),
}

/// How ports are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
}

impl Order {
    fn holds(self, is: i64, asked: i64) -> bool {
        match self {
            Order::Equal => is == asked,
            Order::Unequal => is != asked,
            Order::AtLeast => is >= asked,
            Order::AtMost => is <= asked,
            Order::Above => is > asked,
            Order::Below => is < asked,
        }
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub enum Expression {
    /// A condition.
    Is(Condition),
    /// The expression does not match.
    Not(Box<Expression>),
    /// Both match.
    And(Box<Expression>, Box<Expression>),
    /// One of them matches.
    Or(Box<Expression>, Box<Expression>),
}

/// The environment in which expressions are evaluated.
#[derive(Clone, Copy)]
pub struct Rules {
    /// The range from which the kernel chooses ports.
    pub ephemeral: (u16, u16),
    /// `fnmatch(3)` with `FNM_CASEFOLD`.
    pub fnmatch: fn(&str, &[u8]) -> bool,
}

/// What a source reports.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Everything: sock_diag, for a caller with `CAP_NET_ADMIN`.
    Everything,
    /// Neither interface nor mark, nor whether `bind` named the port: the tables.
    Tables,
}

/// Reasons for which `ss` leaves out sockets that match, or shows others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Its own rules compare the bits of addresses of different families.
    FamiliesMixed,
    /// With a condition on an interface, the kernel does not evaluate anything.
    OwnRulesOnly,
    /// The kernel decides whether `bind` named the port, its own rules whether it is ephemeral.
    Autobound,
    /// The port that a raw socket passed to `connect` is compared.
    RawPort,
    /// The inodes of unix sockets are compared with ports.
    InodeAsPort,
}

impl Expression {
    fn any(&self, is: &mut impl FnMut(&Condition, bool) -> bool, negated: bool) -> bool {
        match self {
            Expression::Is(condition) => is(condition, negated),
            Expression::Not(inner) => inner.any(is, !negated),
            Expression::And(a, b) | Expression::Or(a, b) => {
                a.any(is, negated) || b.any(is, negated)
            }
        }
    }

    fn evaluate(&self, is: &impl Fn(&Condition) -> Option<bool>) -> Option<bool> {
        match self {
            Expression::Is(condition) => is(condition),
            Expression::Not(inner) => inner.evaluate(is).map(|holds| !holds),
            Expression::And(a, b) => match (a.evaluate(is), b.evaluate(is)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Expression::Or(a, b) => match (a.evaluate(is), b.evaluate(is)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
        }
    }
}

/// Whether a socket matches, as far as a source can tell: by the kernel's rules, and if there are
/// none, by those of `ss`.
#[must_use]
pub fn means(
    expression: &Expression,
    subject: &Subject,
    rules: &Rules,
    known: Known,
) -> Option<bool> {
    expression.evaluate(&|condition| match condition {
        Condition::Port(remote, order, port) => Some(
            subject.ends.is_some_and(|ends| {
                order.holds(ends[usize::from(*remote)].port().into(), (*port).into())
            }) || (subject.ends.is_none() && *order == Order::Unequal),
        ),
        Condition::Host(remote, address, port) => {
            let Some(ends) = subject.ends else {
                return Some(address.is_none() && port.is_none());
            };
            let end = ends[usize::from(*remote)];
            Some(
                port.is_none_or(|port| end.port() == port)
                    && address.is_none_or(|(prefix, bits)| in_prefix(end.ip(), prefix, bits)),
            )
        }
        Condition::Interface(index) => match subject.ends {
            None => Some(false),
            Some(_) => (known == Known::Everything).then_some(subject.interface == *index),
        },
        Condition::Mark(mark, mask) if mark & !mask != 0 || subject.ends.is_none() => Some(false),
        Condition::Mark(mark, mask) => {
            (known == Known::Everything).then_some(subject.mark & mask == *mark)
        }
        Condition::Autobound => match subject.ends {
            None => Some(is_unnamed_or_chosen(subject)),
            Some(ends) if !is_ephemeral(ends[0].port().into(), rules) => Some(false),
            // A minisock was not bound; the tables show which ones are.
            Some(_) if known == Known::Everything || subject.inodes[0] == 0 => {
                Some(!subject.port_locked)
            }
            Some(_) => None,
        },
        Condition::Name(pattern) => {
            Some(subject.ends.is_none() && has_name(subject, pattern, rules))
        }
    })
}

/// Whether `ss` prints a socket.
#[must_use]
pub fn prints(expression: &Expression, subject: &Subject, rules: &Rules) -> bool {
    let is_compiled = !expression.any(&mut |it, _| matches!(it, Condition::Interface(_)), false);
    let by_kernel = match subject.ends {
        Some(ends) if is_compiled => expression.evaluate(&|it| Some(kernel(it, subject, ends))),
        _ => Some(true),
    };
    let parsed = parsed(expression, &mut false);
    by_kernel == Some(true) && parsed.evaluate(&|it| Some(own(it, subject, rules))) == Some(true)
}

/// What `ss` makes of an expression: after a pattern of names it reads everything as one, ports
/// included (`parse_hostcond`, which keeps the family of the last address).
fn parsed(expression: &Expression, after_name: &mut bool) -> Expression {
    let is_true = |holds: bool| {
        let always = Expression::Is(Condition::Host(false, None, None));
        if holds { always } else { Expression::Not(Box::new(always)) }
    };
    match expression {
        Expression::Is(Condition::Port(_, order, port)) if *after_name => {
            let name = Expression::Is(Condition::Name(format!(":{port}")));
            match order {
                Order::Equal => name,
                Order::Unequal => Expression::Not(Box::new(name)),
                // There is no port to compare with: it is -1.
                Order::AtLeast | Order::Above => is_true(true),
                Order::AtMost | Order::Below => is_true(false),
            }
        }
        Expression::Is(condition) => {
            *after_name |= matches!(condition, Condition::Name(_));
            expression.clone()
        }
        Expression::Not(inner) => Expression::Not(Box::new(parsed(inner, after_name))),
        // As they are written: the left one first.
        Expression::And(a, b) => {
            let a = parsed(a, after_name);
            Expression::And(Box::new(a), Box::new(parsed(b, after_name)))
        }
        Expression::Or(a, b) => {
            let a = parsed(a, after_name);
            Expression::Or(Box::new(a), Box::new(parsed(b, after_name)))
        }
    }
}

/// Why `ss` may print a socket that does not match, or not print one that does.
#[must_use]
pub fn may_differ(expression: &Expression, subject: &Subject) -> Vec<Difference> {
    let has = |is: &dyn Fn(&Condition, bool) -> bool| {
        expression.any(&mut |condition, negated| is(condition, negated), false)
    };
    let is_address = |it: &Condition| matches!(it, Condition::Host(_, Some(_), _));
    let autobound = has(&|it, _| matches!(it, Condition::Autobound));
    let Some(_) = subject.ends else {
        let is_port = |it: &Condition, _: bool| {
            matches!(it, Condition::Port(..) | Condition::Host(_, _, Some(_)))
        };
        return has(&is_port).then_some(Difference::InodeAsPort).into_iter().collect();
    };
    let own_rules = has(&|it, _| matches!(it, Condition::Interface(_)))
        && (autobound || has(&|it, _| is_address(it)));
    let families = has(&|it, negated| negated && is_address(it));
    let is_autobound = has(&|it, negated| negated && matches!(it, Condition::Autobound))
        || (autobound && has(&|it, _| is_address(it)));
    let raw = subject.connected_port.is_some_and(|port| port != 0)
        && has(&|it, _| {
            matches!(it, Condition::Port(true, ..) | Condition::Host(true, _, Some(_)))
        });
    let all = [
        families.then_some(Difference::FamiliesMixed),
        own_rules.then_some(Difference::OwnRulesOnly),
        is_autobound.then_some(Difference::Autobound),
        raw.then_some(Difference::RawPort),
    ];
    all.into_iter().flatten().collect()
}

fn port(subject: &Subject, remote: bool, ends: [SocketAddr; 2]) -> u16 {
    match subject.connected_port {
        Some(port) if remote => port,
        _ => ends[usize::from(remote)].port(),
    }
}

/// The kernel's rules.
fn kernel(condition: &Condition, subject: &Subject, ends: [SocketAddr; 2]) -> bool {
    match condition {
        Condition::Port(remote, order, asked) => {
            order.holds(port(subject, *remote, ends).into(), (*asked).into())
        }
        Condition::Host(remote, address, asked) => {
            asked.is_none_or(|asked| port(subject, *remote, ends) == asked)
                && address.is_none_or(|(prefix, bits)| {
                    in_prefix(ends[usize::from(*remote)].ip(), prefix, bits)
                })
        }
        Condition::Interface(index) => subject.interface == *index,
        Condition::Mark(mark, mask) => subject.mark & mask == *mark,
        Condition::Autobound => !subject.port_locked,
        Condition::Name(_) => false,
    }
}

/// The rules of `ss`.
fn own(condition: &Condition, subject: &Subject, rules: &Rules) -> bool {
    let port = |remote: bool| match subject.ends {
        Some(ends) => i64::from(port(subject, remote, ends)),
        None => i64::from(subject.inodes[usize::from(remote)] as i32),
    };
    match condition {
        Condition::Port(remote, order, asked) => order.holds(port(*remote), (*asked).into()),
        Condition::Host(remote, address, asked) => {
            if asked.is_some_and(|asked| port(*remote) != i64::from(asked)) {
                return false;
            }
            let Some((prefix, bits)) = address.filter(|(_, bits)| *bits > 0) else { return true };
            let ip = subject.ends.expect("addresses")[usize::from(*remote)].ip();
            // The words of the addresses, whatever they are.
            let is_mapped = ip.to_canonical().is_ipv4() && ip.is_ipv6() && prefix.is_ipv4();
            same_bits(&words(ip), &words(prefix), bits)
                || (is_mapped && same_bits(&words(ip.to_canonical()), &words(prefix), bits))
        }
        Condition::Interface(index) => subject.interface == *index,
        Condition::Mark(mark, mask) => subject.mark & mask == *mark,
        Condition::Autobound => match subject.ends {
            Some(ends) => is_ephemeral(ends[0].port().into(), rules),
            None => is_unnamed_or_chosen(subject),
        },
        Condition::Name(pattern) => has_name(subject, pattern, rules),
    }
}

fn in_prefix(ip: IpAddr, prefix: IpAddr, bits: u8) -> bool {
    let ip = if prefix.is_ipv4() { ip.to_canonical() } else { ip };
    ip.is_ipv4() == prefix.is_ipv4() && same_bits(&words(ip), &words(prefix), bits)
}

fn words(ip: IpAddr) -> [u8; 16] {
    let mut words = [0; 16];
    match ip {
        IpAddr::V4(ip) => words[..4].copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => words = ip.octets(),
    }
    words
}

fn same_bits(one: &[u8; 16], other: &[u8; 16], bits: u8) -> bool {
    let bit = |of: &[u8; 16], at: u8| of[usize::from(at / 8)] >> (7 - at % 8) & 1;
    (0..bits).all(|at| bit(one, at) == bit(other, at))
}

fn is_ephemeral(port: u32, rules: &Rules) -> bool {
    let (first, last) = rules.ephemeral;
    u32::from(first) <= port && port <= u32::from(last)
}

fn is_unnamed_or_chosen(subject: &Subject) -> bool {
    let Some(name) = &subject.name else { return true };
    let digits = name.strip_prefix(b"@").filter(|digits| digits.len() == 5);
    digits.is_some_and(|digits| digits.iter().all(|it| b"0123456789abcdef".contains(it)))
}

fn has_name(subject: &Subject, pattern: &str, rules: &Rules) -> bool {
    (rules.fnmatch)(pattern, subject.name.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_pattern_of_names_ss_takes_a_port_for_one() {
        let (name, inodes) = (None, [42, 0]);
        let (ends, connected_port, interface, mark, port_locked) = (None, None, 0, 0, false);
        let subject = Subject { ends, connected_port, interface, mark, port_locked, inodes, name };
        let rules =
            Rules { ephemeral: (1, 2), fnmatch: |pattern, name| pattern.as_bytes() == name };
        let prints = |expression: &Expression| prints(expression, &subject, &rules);
        let unnamed = || Box::new(Expression::Is(Condition::Name(String::new())));
        let port = |order, port| Box::new(Expression::Is(Condition::Port(false, order, port)));
        for (order, other, holds) in [
            (Order::Equal, 42, false),
            (Order::Unequal, 42, true),
            (Order::AtLeast, 43, true),
            (Order::Above, 43, true),
            (Order::AtMost, 43, false),
            (Order::Below, 43, false),
        ] {
            // The inode is compared before a pattern, and nothing is after it.
            assert_eq!(
                prints(&Expression::And(port(order, other), unnamed())),
                !holds,
                "{order:?}"
            );
            assert_eq!(prints(&Expression::And(unnamed(), port(order, other))), holds, "{order:?}");
        }
    }
}
