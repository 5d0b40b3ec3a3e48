//! Random filter expressions of `ss`, in every way in which it lets one write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::{prelude::*, sample::select};

use crate::naive::ss::{Condition, Expression, Order};

/// A part of an expression, and how it is written.
#[derive(Clone, Debug)]
pub struct Written {
    /// What it says.
    pub expression: Expression,
    /// What `ss` is given.
    pub text: String,
    /// Whether it joins two parts, and needs parentheses within others.
    is_joined: bool,
}

/// The values that conditions compare with.
#[derive(Clone, Debug)]
pub struct Values {
    /// Ports.
    pub ports: Vec<u16>,
    /// Addresses.
    pub addresses: Vec<IpAddr>,
    /// The names and indexes of interfaces.
    pub interfaces: Vec<(&'static str, u32)>,
    /// Marks.
    pub marks: Vec<u32>,
    /// Pieces of the names of unix sockets; none for sockets with addresses.
    pub names: Vec<&'static str>,
}

/// Expressions for sockets with addresses, or for unix sockets if there are names.
pub fn expression(values: &Values) -> BoxedStrategy<Written> {
    let is = |(condition, text): (Condition, String)| Written {
        expression: Expression::Is(condition),
        text,
        is_joined: false,
    };
    let single = if values.names.is_empty() {
        prop_oneof![
            4 => port(values),
            5 => host(values),
            1 => interface(values),
            1 => mark(values),
            2 => Just((Condition::Autobound, "autobound".to_owned())),
        ]
        .boxed()
    } else {
        let auto = Just((Condition::Autobound, "autobound".to_owned()));
        prop_oneof![6 => name(values), 1 => port(values), 1 => auto].boxed()
    };
    let part = single.prop_map(is);
    let expression = part.prop_recursive(3, 8, 2, |part| {
        let negated = (part.clone(), select(vec!["not", "!"])).prop_map(|(part, word)| Written {
            expression: Expression::Not(Box::new(part.expression.clone())),
            text: format!("{word} {}", in_parentheses(&part)),
            is_joined: false,
        });
        let joined = |words: Vec<&'static str>, join: fn(Box<_>, Box<_>) -> Expression| {
            let both = (part.clone(), select(words), part.clone());
            both.prop_map(move |(left, word, right)| Written {
                // Both operators associate to the left, with the same precedence.
                text: format!("{} {word} {}", left.text, in_parentheses(&right)),
                expression: join(Box::new(left.expression), Box::new(right.expression)),
                is_joined: true,
            })
        };
        prop_oneof![
            negated,
            joined(vec!["and", "&&", "&", ""], Expression::And),
            joined(vec!["or", "||", "|"], Expression::Or),
        ]
    });
    expression.boxed()
}

fn in_parentheses(part: &Written) -> String {
    if part.is_joined { format!("( {} )", part.text) } else { part.text.clone() }
}

fn one<T: Clone + std::fmt::Debug + 'static>(of: &[T]) -> impl Strategy<Value = T> + use<T> {
    select(of.to_vec())
}

/// A number as in C.
fn number(number: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(number.to_string()),
        1 => Just(format!("{number:#x}")),
        1 => Just(format!("0{number:o}")),
    ]
}

fn end() -> impl Strategy<Value = bool> {
    any::<bool>()
}

fn port(values: &Values) -> impl Strategy<Value = (Condition, String)> + use<> {
    let order = select(vec![
        (Order::Equal, vec!["=", "==", "eq", ""]),
        (Order::Unequal, vec!["!=", "ne", "neq"]),
        (Order::AtLeast, vec![">=", "ge", "geq"]),
        (Order::AtMost, vec!["<=", "le", "leq"]),
        (Order::Above, vec![">", "gt"]),
        (Order::Below, vec!["<", "lt"]),
    ]);
    let port = one(&values.ports).prop_flat_map(|port| (Just(port), number(port.into())));
    let order = order.prop_flat_map(|(order, words)| (Just(order), select(words)));
    (end(), order, port, select(vec![":", ""])).prop_map(
        |(remote, (order, word), (port, text), colon)| {
            let side = if remote { "dport" } else { "sport" };
            (Condition::Port(remote, order, port), format!("{side} {word} {colon}{text}"))
        },
    )
}

fn host(values: &Values) -> impl Strategy<Value = (Condition, String)> + use<> {
    let port = one(&values.ports);
    let port = prop_oneof![3 => Just(None), 1 => port.prop_map(Some)];
    let port = port.prop_flat_map(|port| (Just(port), number(port.unwrap_or(0).into())));
    let address = one(&values.addresses).prop_flat_map(address);
    let nothing = select(vec!["*", "any", "default", "all"]);
    let address = prop_oneof![
        6 => address,
        1 => nothing.prop_map(|word| (None, word.to_owned())),
    ];
    (end(), address, port, select(vec!["=", "==", ""])).prop_map(
        |(remote, (address, text), (port, number), word)| {
            let side = if remote { "dst" } else { "src" };
            let value = match port {
                Some(_) => format!("{text}:{number}"),
                None => text,
            };
            (Condition::Host(remote, address, port), format!("{side} {word} {value}"))
        },
    )
}

/// An address with a number of bits, as it is written.
fn address(ip: IpAddr) -> BoxedStrategy<(Option<(IpAddr, u8)>, String)> {
    match ip {
        IpAddr::V4(ip) => {
            let bits = prop_oneof![2 => Just(32_u8), 1 => select(vec![0_u8, 1, 8, 16, 24, 31])];
            (bits, 0..5_u8)
                .prop_map(move |(bits, form)| {
                    let text = v4(ip, bits, form);
                    (Some((IpAddr::V4(ip), bits)), text)
                })
                .boxed()
        }
        IpAddr::V6(ip) => {
            let bits =
                prop_oneof![2 => Just(128_u8), 1 => select(vec![0_u8, 8, 16, 64, 96, 104, 127])];
            (bits, any::<bool>())
                .prop_map(move |(bits, brackets)| {
                    let inside = match bits {
                        128 => ip.to_string(),
                        bits => format!("{ip}/{bits}"),
                    };
                    // Without brackets, `ss` takes the last number of an address for a port.
                    let text = match brackets || bits == 128 {
                        true => format!("[{inside}]"),
                        false => inside,
                    };
                    (Some((IpAddr::V6(ip), bits)), text)
                })
                .boxed()
        }
    }
}

fn v4(ip: Ipv4Addr, bits: u8, form: u8) -> String {
    let [a, b, c, d] = ip.octets();
    let address = match form {
        1 => format!("{a:#x}.{b}.0{c:o}.{d}"),
        2 if [b, c, d] == [0; 3] => a.to_string(),
        3 if d == 0 => format!("{a}.{b}.{c}"),
        4 => format!("[{ip}]"),
        _ => ip.to_string(),
    };
    if bits == 32 {
        return address;
    }
    let length = match form {
        1 => format!("{bits:#x}"),
        2 => Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)).to_string(),
        _ => bits.to_string(),
    };
    match address.strip_suffix(']') {
        Some(inside) => format!("{inside}/{length}]"),
        None => format!("{address}/{length}"),
    }
}

fn interface(values: &Values) -> impl Strategy<Value = (Condition, String)> + use<> {
    let form = (one(&values.interfaces), 0..4_u8);
    (form, select(vec!["=", "==", ""])).prop_map(|(((name, index), form), word)| {
        let value = match form {
            0 if index > 0 => name.to_owned(),
            1 if index > 0 => format!("if{index}"),
            2 => format!("{index:#x}"),
            _ => index.to_string(),
        };
        (Condition::Interface(index), format!("dev {word} {value}"))
    })
}

fn mark(values: &Values) -> impl Strategy<Value = (Condition, String)> + use<> {
    let mask = prop_oneof![Just(None), select(vec![0_u32, 1, 0xF0, 0xFF, 0x100]).prop_map(Some)];
    (one(&values.marks), mask).prop_map(|(mark, mask)| match mask {
        Some(mask) => (Condition::Mark(mark, mask), format!("fwmark = {mark:#x}/{mask:#x}")),
        None => (Condition::Mark(mark, u32::MAX), format!("fwmark = {mark}")),
    })
}

/// Pieces of names, changed in case or replaced by what matches them.
fn name(values: &Values) -> impl Strategy<Value = (Condition, String)> + use<> {
    let piece = (one(&values.names), 0..6_u8).prop_map(|(piece, change)| match change {
        0 => piece.to_uppercase(),
        1 => "*".to_owned(),
        2 => "?".repeat(piece.len()),
        3 => match piece.chars().next() {
            Some(first) if first.is_ascii_alphanumeric() => {
                format!("[{first}-{first}{}]{}", first.to_ascii_uppercase(), &piece[1..])
            }
            _ => piece.to_owned(),
        },
        4 => format!("[!~]{}", piece.get(1..).unwrap_or_default()),
        _ => piece.to_owned(),
    });
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| {
        let pattern = pieces.concat();
        let text = format!("src = unix:{pattern}");
        (Condition::Name(pattern), text)
    })
}

/// Addresses that begin as those of sockets do, or differ in their last bits.
#[must_use]
pub fn near(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut all: Vec<IpAddr> = addresses.to_vec();
    for ip in addresses {
        all.push(match ip {
            IpAddr::V4(ip) => Ipv4Addr::from(ip.to_bits() ^ 1).into(),
            IpAddr::V6(ip) => Ipv6Addr::from(ip.to_bits() ^ 1).into(),
        });
    }
    all.push(Ipv4Addr::UNSPECIFIED.into());
    all.push(Ipv6Addr::UNSPECIFIED.into());
    all
}
