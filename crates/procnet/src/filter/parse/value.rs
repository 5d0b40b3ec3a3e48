//! The values in conditions.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::scan::Compares;
use crate::filter::{Condition, End, Filter, Order, pattern::Pattern, prefix::Prefix, service};

/// `:443`, `443`, `*:443`, `:https`.
pub(super) fn port(word: &str) -> Option<u16> {
    let word = word.strip_prefix('*').filter(|rest| rest.starts_with(':')).unwrap_or(word);
    let word = word.strip_prefix(':').unwrap_or(word);
    if word.starts_with(|letter: char| letter.is_ascii_digit()) {
        word.parse().ok()
    } else {
        service::port(word)
    }
}

/// A comparison with a number. `> n` becomes `>= n + 1` rather than the negation of `<= n`, which
/// everything without such a number would also satisfy.
pub(super) fn number<T: Copy + TryFrom<u64> + Into<u64>>(
    compares: Compares,
    number: T,
    condition: impl FnOnce(Order, T) -> Condition,
) -> Filter {
    let (order, number) = match compares {
        Compares::Equal => (Order::Equal, Some(number)),
        Compares::Unequal => return !Filter::is(condition(Order::Equal, number)),
        Compares::AtLeast => (Order::AtLeast, Some(number)),
        Compares::AtMost => (Order::AtMost, Some(number)),
        Compares::Above => (Order::AtLeast, T::try_from(number.into() + 1).ok()),
        Compares::Below => {
            let before = number.into().checked_sub(1);
            (Order::AtMost, before.and_then(|before| T::try_from(before).ok()))
        }
    };
    match number {
        Some(number) => Filter::is(condition(order, number)),
        None => Filter::states([]),
    }
}

/// `10.0.0.1`, `10/8`, `::1`, `[::1]/64:443`, `*:443`, `:443`, `inet6:*`; for the local end also
/// `/run/*.sock`, `@name`, `unix:name`.
pub(super) fn host(end: End, word: &str) -> Option<Filter> {
    let pattern = word.strip_prefix("unix:").or(word.starts_with(['/', '@']).then_some(word));
    if let Some(pattern) = pattern {
        // The name of the other end is not reported.
        return (end == End::Local).then(|| Filter::is(Condition::Name(Pattern::new(pattern))));
    }
    let (any, word) = match (word.strip_prefix("inet:"), word.strip_prefix("inet6:")) {
        (Some(rest), _) => (Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), rest),
        (_, Some(rest)) => (Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED)), rest),
        _ => (None, word),
    };
    let (address, port_word) = split(word)?;
    let prefix = match address {
        "" | "*" => any.map(|any| Prefix::new(any, 0)),
        address => Some(prefix(address)?),
    };
    if any.is_some_and(|any| prefix.is_some_and(|it| it.address().is_ipv4() != any.is_ipv4())) {
        return None;
    }
    let address_condition = || Filter::is(Condition::Address(end, prefix));
    match port_word {
        None | Some("" | "*") => (!address.is_empty()).then(address_condition),
        Some(word) => {
            let port = Filter::is(Condition::Port(end, Order::Equal, port(word)?));
            Some(if prefix.is_some() { address_condition().and(port) } else { port })
        }
    }
}

/// The address with its length, and the port. An IPv6 address needs no brackets if no port follows.
fn split(word: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = word.strip_prefix('[') {
        let (_, behind) = rest.split_once(']')?;
        let colon = behind.find(':').map(|at| word.len() - behind.len() + at);
        return Some(match colon {
            Some(colon) => (&word[..colon], Some(&word[colon + 1..])),
            None => (word, None),
        });
    }
    let is_v6 = word.matches(':').count() > 1;
    Some(match word.split_once(':') {
        Some((address, port)) if !is_v6 => (address, Some(port)),
        _ => (word, None),
    })
}

fn prefix(word: &str) -> Option<Prefix> {
    let (address, bits) = match word.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (word, None),
    };
    let most = |address: &IpAddr| if address.is_ipv4() { 32 } else { 128 };
    let address = match address.strip_prefix('[') {
        Some(rest) => IpAddr::V6(rest.strip_suffix(']')?.parse().ok()?),
        None => match address.parse().ok() {
            Some(address) => address,
            // `10/8`, as in ip.
            None if bits.is_some() => short(address)?.into(),
            None => return None,
        },
    };
    let bits = match bits {
        Some(bits) => bits.parse().ok().filter(|bits| *bits <= most(&address))?,
        None => most(&address),
    };
    Some(Prefix::new(address, bits))
}

/// The first numbers of an IPv4 address; the others are 0.
fn short(word: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut places = octets.iter_mut();
    for number in word.split('.') {
        *places.next()? = number.parse().ok()?;
    }
    Some(octets.into())
}

/// `1`, `0x10`, `0x10/0xff`; bits of the mark outside the mask do not count.
pub(super) fn mark(word: &str) -> Option<Condition> {
    let number = |word: &str| match word.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    };
    let (mark, mask) = match word.split_once('/') {
        Some((mark, mask)) => (number(mark)?, number(mask)?),
        None => (number(word)?, u32::MAX),
    };
    Some(Condition::Mark { mark: mark & mask, mask })
}
