//! Messages as the kernel sends them.

use procnet_core::ByteOrder;

use super::naive::{Attributes, Inet, Message, Unix, Value};

/// A message and its padding: net/netlink/af_netlink.c `__nlmsg_put`.
#[must_use]
pub fn message(message: &Message, order: ByteOrder) -> Vec<u8> {
    let mut bytes = number((16 + message.payload.len()) as u64, 4, order);
    bytes.extend(number(message.kind.into(), 2, order));
    bytes.extend(number(message.flags.into(), 2, order));
    bytes.extend(number(message.sequence.into(), 4, order));
    bytes.extend(number(message.port.into(), 4, order));
    bytes.extend(&message.payload);
    padded(bytes)
}

/// The payload of an inet socket: `struct inet_diag_msg`.
#[must_use]
pub fn inet(socket: &Inet, order: ByteOrder) -> Vec<u8> {
    let mut bytes = [&[socket.family], &socket.state[..]].concat();
    bytes.extend(socket.ports.map(u16::to_be_bytes).concat());
    bytes.extend(socket.addresses.concat());
    bytes.extend(number(socket.interface.into(), 4, order));
    bytes.extend(cookie(socket.cookie, order));
    socket.numbers.iter().for_each(|word| bytes.extend(number((*word).into(), 4, order)));
    bytes.extend(attributes(&socket.attributes, order));
    bytes
}

/// The payload of a unix socket: `struct unix_diag_msg`.
#[must_use]
pub fn unix(socket: &Unix, order: ByteOrder) -> Vec<u8> {
    let mut bytes = [&[1], &socket.state[..], &[0]].concat();
    bytes.extend(number(socket.inode.into(), 4, order));
    bytes.extend(cookie(socket.cookie, order));
    bytes.extend(attributes(&socket.attributes, order));
    bytes
}

/// net/core/sock_diag.c `sock_diag_save_cookie`.
fn cookie(cookie: u64, order: ByteOrder) -> Vec<u8> {
    [number(cookie & 0xFFFF_FFFF, 4, order), number(cookie >> 32, 4, order)].concat()
}

/// The attributes that decoded: lib/nlattr.c `nla_put`.
pub(super) fn attributes(attributes: &Attributes, order: ByteOrder) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, value) in attributes.iter().flatten() {
        bytes.extend(attribute(*kind, &bytes_of(value, order), order));
    }
    bytes
}

/// An attribute and its padding.
fn attribute(kind: u16, value: &[u8], order: ByteOrder) -> Vec<u8> {
    let length = number(value.len() as u64 + 4, 2, order);
    padded([&length, &number(kind.into(), 2, order), value].concat())
}

/// The value of an attribute.
pub(super) fn bytes_of(value: &Value, order: ByteOrder) -> Vec<u8> {
    match value {
        Value::Byte(byte) => vec![*byte],
        Value::Words(words) => {
            words.iter().flat_map(|word| number((*word).into(), 4, order)).collect()
        }
        Value::Wide(wide) => number(*wide, 8, order),
        // An empty name has no NUL either.
        Value::Text(text) if text.is_empty() => Vec::new(),
        Value::Text(text) => [text, &b"\0"[..]].concat(),
        Value::Numbers(numbers) => {
            numbers.iter().flat_map(|(size, value)| number(*value, *size, order)).collect()
        }
        Value::Bits(bits) => bits.chunks(8).map(|bits| byte_of(bits, order)).collect(),
        Value::Keys(keys) => keys
            .iter()
            .flat_map(|(family, prefix, address, key)| {
                let length = number(key.len() as u64, 2, order);
                let mut bytes = [&[*family, *prefix], &length[..], address, key].concat();
                bytes.resize(100, 0);
                bytes
            })
            .collect(),
        Value::Layer(parts) => {
            let outer = parts.iter().filter(|((_, inner), _)| *inner == 0);
            let outer = outer.map(|((kind, _), value)| {
                let inner = parts.iter().filter(|((other, inner), _)| other == kind && *inner > 0);
                let inner = inner
                    .map(|((_, kind), value)| attribute(*kind, &bytes_of(value, order), order));
                let nested = inner.collect::<Vec<_>>().concat();
                attribute(*kind, &[bytes_of(value, order), nested].concat(), order)
            });
            outer.collect::<Vec<_>>().concat()
        }
        Value::Storages(storages) => storages
            .iter()
            .flat_map(|(map, value)| {
                let map = attribute(2, &number((*map).into(), 4, order), order);
                attribute(1, &[map, attribute(3, value, order)].concat(), order)
            })
            .collect(),
        Value::Bytes(bytes) => bytes.clone(),
    }
}

/// Bits as a byte, from the lowest or from the highest.
fn byte_of(bits: &[bool], order: ByteOrder) -> u8 {
    let place = |at: usize| if order == ByteOrder::Big { 7 - at } else { at };
    bits.iter().enumerate().map(|(at, bit)| u8::from(*bit) << place(at)).sum()
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// The lowest `size` bytes of a number.
fn number(number: u64, size: usize, order: ByteOrder) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let bytes = bytes[8 - size..].iter().copied();
    match order {
        ByteOrder::Big => bytes.collect(),
        ByteOrder::Little => bytes.rev().collect(),
    }
}
