//! The values of `src` and `dst` (misc/ss.c `parse_hostcond`, lib/utils.c `get_prefix_1`).

use std::net::{IpAddr, Ipv4Addr};

use super::value::port;
use crate::{
    Kind, Kinds,
    filter::{Condition, End, Filter, Order, condition::number, pattern::Pattern, prefix::Prefix},
};

/// `10.0.0.1`, `10/8`, `10.0.0.0/255.0.0.0`, `::1`, `[::1]:443`, `[fe80::/64]`, `*:443`, `:443`,
/// `inet6:*`; for the local end also `/run/*.sock`, `@name`, `unix:name`. Addresses that no socket
/// of `kinds` can have are refused; if all are unix sockets, every value is a name.
pub(super) fn host(end: End, word: &str, kinds: Kinds) -> Option<Filter> {
    let is_unix = kinds.is_in(Kinds::UNIX);
    let name = word.strip_prefix("unix:");
    let name = name.or((is_unix || word.starts_with(['/', '@'])).then_some(word));
    if let Some(pattern) = name {
        // The name of the other end is not reported.
        let is_known = end == End::Local && kinds.contains(Kind::Unix);
        return is_known.then(|| Filter::is(Condition::Name(Pattern::new(pattern))));
    }
    let (family, word) = family(word);
    if family.is_some_and(|family| (family & kinds).is_empty()) {
        return None;
    }
    let (address, port_word) = split(word)?;
    let prefix = match address {
        "" | "*" | "any" | "all" | "default" => None,
        address => Some(prefix(address)?),
    };
    let can_have = |prefix: &Prefix| {
        let of = if prefix.address().is_ipv4() {
            // Also mapped into IPv6.
            family.unwrap_or(Kinds::WITH_IPV4 | Kinds::WITH_IPV6)
        } else {
            Kinds::WITH_IPV6
        };
        !(of & kinds & family.unwrap_or(Kinds::ALL)).is_empty()
            && family.is_none_or(|family| family.contains(Kind::Tcp) == prefix.address().is_ipv4())
    };
    if prefix.is_some_and(|prefix| !can_have(&prefix)) {
        return None;
    }
    let port = match port_word {
        None if address.is_empty() && family.is_none() => return None,
        None | Some("" | "*") => None,
        Some(word) => Some(Condition::Port(end, Order::Equal, port(word)?)),
    };
    let all = [family.map(Condition::Kinds), prefix.map(|it| Condition::Address(end, it)), port];
    let all = all.into_iter().flatten().map(Filter::is);
    Some(all.reduce(Filter::and).unwrap_or_else(Filter::everything))
}

/// The kinds of the family that precedes an address, and the rest.
fn family(word: &str) -> (Option<Kinds>, &str) {
    for (prefix, kinds) in [("inet:", Kinds::WITH_IPV4), ("inet6:", Kinds::WITH_IPV6)] {
        if let Some(rest) = word.strip_prefix(prefix) {
            return (Some(kinds), rest);
        }
    }
    match word {
        "link:" | "link:*" => (Some(Kinds::PACKET), "*"),
        "netlink:" | "netlink:*" => (Some(Kinds::NETLINK), "*"),
        word => (None, word),
    }
}

/// The address with its length, and the port; `None` if an IPv6 address without brackets may or
/// may not end with a port.
fn split(word: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = word.strip_prefix('[') {
        let (_, behind) = rest.split_once(']')?;
        return Some(match behind.find(':') {
            Some(colon) => {
                let at = word.len() - behind.len() + colon;
                (&word[..at], Some(&word[at + 1..]))
            }
            None => (word, None),
        });
    }
    let length = word.find('/').unwrap_or(0);
    let Some(colon) = word[length..].rfind(':').map(|at| length + at) else {
        return Some((word, None));
    };
    let with_port = (&word[..colon], Some(&word[colon + 1..]));
    if length > 0 || !word[..colon].contains(':') {
        return Some(with_port);
    }
    let is_address = |word: &str| prefix(word).is_some();
    let may_have_port = is_address(with_port.0) && port(&word[colon + 1..]).is_some();
    match (is_address(word), may_have_port) {
        (true, true) => None,
        (true, false) => Some((word, None)),
        (false, _) => Some(with_port),
    }
}

/// An address with the number of bits that count, in brackets or without; the number may be inside
/// the brackets or behind them.
fn prefix(word: &str) -> Option<Prefix> {
    let word = match word.strip_prefix('[') {
        None => word.to_owned(),
        Some(rest) => {
            let (inside, behind) = rest.split_once(']')?;
            // Else `[::1]22` would be `::122`.
            let is_length = behind.is_empty() || behind.starts_with('/');
            is_length.then(|| [inside, behind].concat())?
        }
    };
    let (address, bits) = match word.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (&*word, None),
    };
    let address: IpAddr = match address.contains(':') {
        true => IpAddr::V6(address.parse().ok()?),
        false => ipv4(address)?.into(),
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| length(bits).filter(|bits| *bits <= most))?;
    Some(Prefix::new(address, bits))
}

/// The first numbers of an IPv4 address, each as in C; the others are 0.
fn ipv4(word: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut places = octets.iter_mut();
    for part in word.split('.') {
        *places.next()? = number(part).and_then(|octet| u8::try_from(octet).ok())?;
    }
    Some(octets.into())
}

/// A number of bits, or the mask of an IPv4 network.
fn length(word: &str) -> Option<u8> {
    if let Some(bits) = number(word) {
        return u8::try_from(bits).ok();
    }
    let mask = ipv4(word)?.to_bits();
    let bits = mask.leading_ones();
    (mask.count_ones() == bits).then_some(bits as u8)
}
