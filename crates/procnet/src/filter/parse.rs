//! Parses an expression into a filter (iproute2, misc/ssfilter.y and misc/ss.c).
//!
//! As in `ss`, `and` and `or` have the same precedence and associate from left to right; `not`
//! applies to the operand that follows it.

mod host;
mod scan;
mod value;

use std::str::FromStr;

use self::scan::Scan;
pub(super) use self::scan::{ESCAPE, QUOTE, ends_value};
use super::{Condition, ControlGroup, End, Filter, FilterError, Interface, Within, words};
use crate::{
    Kinds,
    filter::{condition::number, pattern::Pattern, states::States},
};

/// The maximum nesting depth of parentheses and negations.
const DEEPEST: u32 = 100;

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Filter, FilterError> {
        Filter::parse_for(text, Kinds::ALL)
    }
}

impl Filter {
    /// Parses an expression that is asked of these kinds of sockets, as `ss` does if options select
    /// them.
    ///
    /// For unix sockets alone, the value of `src` is a pattern of names, even if it looks like an
    /// address. An address that no socket of these kinds can have is an error.
    ///
    /// ```
    /// use procnet::{Filter, Kinds};
    ///
    /// assert_eq!(Filter::parse_for("src *docker*", Kinds::UNIX)?, Filter::name("*docker*"));
    /// assert!(Filter::parse_for("dst [::1]", Kinds::TCP4).is_err());
    /// # Ok::<(), procnet::filter::FilterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is not an expression, with the position of what is wrong.
    pub fn parse_for(text: &str, kinds: impl Into<Kinds>) -> Result<Filter, FilterError> {
        let kinds = kinds.into();
        let mut scan = Scan::new(text, if kinds.is_empty() { Kinds::ALL } else { kinds });
        if scan.is_at_end() {
            return Ok(Filter::everything());
        }
        let filter = expression(&mut scan, DEEPEST, true)?;
        if scan.is_at_end() {
            Ok(filter)
        } else {
            Err(scan.error("\"and\", \"or\" or a condition"))
        }
    }
}

/// Parses conditions up to the end or a closing parenthesis.
fn expression(scan: &mut Scan<'_>, deepest: u32, is_first: bool) -> Result<Filter, FilterError> {
    let begins_with_state =
        scan.is_word("state") || scan.is_word("exclude") || scan.is_word("excl");
    let mut filter = part(scan, deepest)?;
    // `ss` takes states before the expression, and they apply to all of it.
    if is_first && begins_with_state && !scan.is_at_end() && !scan.is_joined() {
        return Ok(filter.and(expression(scan, deepest, false)?));
    }
    loop {
        if scan.take_word(&["and", "&&", "&"]) {
            filter = filter.and(part(scan, deepest)?);
        } else if scan.take_word(&["or", "||", "|"]) {
            filter = filter.or(part(scan, deepest)?);
        } else if scan.is_at_end() || scan.is_word(")") {
            return Ok(filter);
        } else {
            filter = filter.and(part(scan, deepest)?);
        }
    }
}

fn part(scan: &mut Scan<'_>, deepest: u32) -> Result<Filter, FilterError> {
    let Some(deeper) = deepest.checked_sub(1) else {
        return Err(scan.error("less in each other"));
    };
    if scan.take_word(&["not", "!"]) {
        return Ok(!part(scan, deeper)?);
    }
    if scan.take_word(&["("]) {
        let filter = expression(scan, deeper, false)?;
        let closes = scan.take_word(&[")"]);
        return if closes { Ok(filter) } else { Err(scan.error("\")\", \"and\" or \"or\"")) };
    }
    condition(scan)
}

fn condition(scan: &mut Scan<'_>) -> Result<Filter, FilterError> {
    if scan.is_word("state") || scan.is_word("exclude") || scan.is_word("excl") {
        return states(scan);
    }
    let is = |condition: Condition| Filter::is(condition);
    if scan.take_word(&["autobound"]) {
        return Ok(is(Condition::Autobound));
    }
    if scan.take_word(&["listening"]) {
        return Ok(is(Condition::Listening));
    }
    for (word, end) in [("sport", End::Local), ("dport", End::Remote)] {
        if scan.take_word(&[word]) {
            let compares = scan.compares()?;
            let port = scan.value("a port, as :443 or :https", value::port)?;
            return Ok(value::number(compares, port, |order, port| {
                Condition::Port(end, order, port)
            }));
        }
    }
    for (word, end) in [("src", End::Local), ("dst", End::Remote)] {
        if scan.take_word(&[word]) {
            let holds = scan.equals()?;
            let kinds = scan.kinds;
            let expected = match end {
                End::Local => "an address, as 10.0.0.0/8, [::1]:443 or :https, or a path",
                End::Remote => "an address, as 10.0.0.0/8, [::1]:443 or :https",
            };
            return Ok(negated(scan.value(expected, |word| host::host(end, word, kinds))?, holds));
        }
    }
    if scan.take_word(&["uid"]) {
        let compares = scan.compares()?;
        let uid = scan.value("the number of a user", value::small_number)?;
        return Ok(value::number(compares, uid, Condition::Uid));
    }
    if scan.take_word(&["comm"]) {
        return pattern(scan, "the name of a process", Condition::Comm);
    }
    for within in Within::ALL {
        if scan.take_word(&[within.word()]) {
            return pattern(scan, within.expected(), |name| Condition::RunsIn(within, name));
        }
    }
    let (expected, parse): (_, fn(&str) -> Option<Condition>) = if scan.take_word(&["inode"]) {
        ("the number of an inode", |word| number(word).map(Condition::Inode))
    } else if scan.take_word(&["kind"]) {
        ("a kind, as tcp, udp6, unix or packet", value::kinds)
    } else if scan.take_word(&["type"]) {
        ("stream, dgram, seqpacket or raw", value::socket_type)
    } else if scan.take_word(&["pid"]) {
        ("the number of a process", |word| value::small_number(word).map(Condition::Pid))
    } else if scan.take_word(&["mark", "fwmark"]) {
        ("a mark, as 1, 0x10 or 0x10/0xff", value::mark)
    } else if scan.take_word(&["dev"]) {
        ("an interface", |word| Some(Condition::Interface(Interface::of(word))))
    } else if scan.take_word(&["cgroup"]) {
        ("the path or the number of a control group", |word| {
            Some(Condition::ControlGroup(ControlGroup::of(word)))
        })
    } else {
        return Err(scan.error(
            "a condition (sport, dport, src, dst, state, exclude, listening, autobound, uid, \
             inode, pid, comm, unit, container, pod, cgroup, mark, dev, kind, type)",
        ));
    };
    let holds = scan.equals()?;
    Ok(negated(is(scan.value(expected, parse)?), holds))
}

/// A pattern, or a text that the name contains.
fn pattern(
    scan: &mut Scan<'_>,
    expected: &'static str,
    condition: impl FnOnce(Pattern) -> Condition,
) -> Result<Filter, FilterError> {
    let contains = scan.contains();
    let holds = match contains {
        Some(holds) => holds,
        None => scan.equals()?,
    };
    let pattern = scan.value(expected, |word| {
        Some(if contains.is_some() { Pattern::containing(word) } else { Pattern::new(word) })
    })?;
    Ok(negated(Filter::is(condition(pattern)), holds))
}

/// Consecutive states are one set, as in `ss`.
fn states(scan: &mut Scan<'_>) -> Result<Filter, FilterError> {
    let mut set = None;
    loop {
        let adds = scan.take_word(&["state"]);
        if !adds && !scan.take_word(&["exclude", "excl"]) {
            return Ok(Filter::is(Condition::States(set.unwrap_or(States::ALL))));
        }
        let states = scan
            .value("a state, or connected, synchronized, bucket, big, all", |word| {
                words::states(word)
            })?;
        let before = set.unwrap_or(if adds { States::default() } else { States::ALL });
        set = Some(if adds {
            before.iter().chain(states.iter()).collect()
        } else {
            before.without(states.iter())
        });
    }
}

fn negated(filter: Filter, holds: bool) -> Filter {
    if holds { filter } else { !filter }
}
