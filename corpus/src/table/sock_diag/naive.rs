//! The naive decoder: each number is read from its offset, and everything is owned.

use std::collections::BTreeMap;

use procnet_core::ByteOrder;

/// A message: its header and its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `nlmsg_type`.
    pub kind: u16,
    /// `nlmsg_flags`.
    pub flags: u16,
    /// `nlmsg_seq`.
    pub sequence: u32,
    /// `nlmsg_pid`.
    pub port: u32,
    /// The payload.
    pub payload: Vec<u8>,
}

/// The messages of a datagram, and whether they are all of it.
#[must_use]
pub fn messages(bytes: &[u8], order: ByteOrder) -> (Vec<Message>, bool) {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let Some(length) = number(bytes, at, 4, order).map(|length| length as usize) else {
            return (found, false);
        };
        if length < 16 || at + length > bytes.len() {
            return (found, false);
        }
        let message = &bytes[at..at + length];
        let part = |at, size| number(message, at, size, order).expect("the header") as u32;
        found.push(Message {
            kind: part(4, 2) as u16,
            flags: part(6, 2) as u16,
            sequence: part(8, 4),
            port: part(12, 4),
            payload: message[16..].to_vec(),
        });
        at += length.next_multiple_of(4);
    }
    (found, true)
}

/// The code of `NLMSG_DONE` or `NLMSG_ERROR`, which is 0 or negative.
#[must_use]
pub fn code(payload: &[u8], order: ByteOrder) -> Option<i32> {
    let code = number(payload, 0, 4, order)? as u32 as i32;
    (code <= 0).then_some(code)
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number of 8 bits.
    Byte(u8),
    /// Numbers of 32 bits.
    Words(Vec<u32>),
    /// A number of 64 bits.
    Wide(u64),
    /// Text, without the NUL that ends it.
    Text(Vec<u8>),
    /// Numbers of the given sizes.
    Numbers(Vec<(usize, u64)>),
    /// Bit fields of one bit, the first one first.
    Bits(Vec<bool>),
    /// Keys of MD5 signatures: family, prefix length, address, key.
    Keys(Vec<(u8, u8, [u8; 16], Vec<u8>)>),
    /// An upper layer protocol: its parts by their types; type 0 of one stands for all of it.
    Layer(BTreeMap<(u16, u16), Value>),
    /// Storage of BPF maps, by the ID of the map.
    Storages(Vec<(u32, Vec<u8>)>),
    /// Anything else.
    Bytes(Vec<u8>),
}

/// The attributes: types and values, `None` for one that does not decode.
pub type Attributes = Vec<Option<(u16, Value)>>;

/// An inet socket, with the kernel's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inet {
    /// `AF_INET` or `AF_INET6`.
    pub family: u8,
    /// State, timer, retransmits.
    pub state: [u8; 3],
    /// Source and destination.
    pub ports: [u16; 2],
    /// Source and destination; an IPv4 address is in the first four bytes.
    pub addresses: [[u8; 16]; 2],
    /// The interface.
    pub interface: u32,
    /// The cookie.
    pub cookie: u64,
    /// `expires`, `rqueue`, `wqueue`, `uid`, `inode`.
    pub numbers: [u32; 5],
    /// The attributes.
    pub attributes: Attributes,
}

/// A unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unix {
    /// Type and state.
    pub state: [u8; 2],
    /// The inode.
    pub inode: u32,
    /// The cookie.
    pub cookie: u64,
    /// The attributes.
    pub attributes: Attributes,
}

/// An inet socket.
#[must_use]
pub fn inet(payload: &[u8], order: ByteOrder) -> Option<Inet> {
    let family = *payload.first()?;
    if payload.len() < 72 || !(family == 2 || family == 10) {
        return None;
    }
    let word = |at| Some(number(payload, at, 4, order)? as u32);
    let address = |at: usize| -> [u8; 16] {
        let mut address: [u8; 16] = payload[at..at + 16].try_into().expect("16 bytes");
        if family == 2 {
            address[4..].fill(0);
        }
        address
    };
    Some(Inet {
        family,
        state: [payload[1], payload[2], payload[3]],
        ports: [4, 6].map(|at| u16::from(payload[at]) * 256 + u16::from(payload[at + 1])),
        addresses: [address(8), address(24)],
        interface: word(40)?,
        cookie: u64::from(word(48)?) << 32 | u64::from(word(44)?),
        numbers: [word(52)?, word(56)?, word(60)?, word(64)?, word(68)?],
        attributes: attributes(&payload[72..], order, |kind, value| match kind {
            1 | 3 => words(value, 4, 4, order),
            4 => Some(Value::Text(value.split(|byte| *byte == 0).next()?.to_vec())),
            5 | 6 | 8 | 10 => value.first().copied().map(Value::Byte),
            7 => words(value, 7, 9, order),
            9 => numbers(value, &[2, 2, 4, 4, 4], order),
            11 => value.first().map(|byte| Value::Byte(u8::from(*byte != 0))),
            15 | 17 => words(value, 1, 1, order),
            16 => words(value, 5, 5, order),
            18 => keys(value, order),
            19 => layer(value, order),
            20 => storages(value, order),
            22 => bits(value, 11, order),
            21 => number(value, 0, 8, order).map(Value::Wide),
            _ => Some(Value::Bytes(value.to_vec())),
        }),
    })
}

/// A unix socket.
#[must_use]
pub fn unix(payload: &[u8], order: ByteOrder) -> Option<Unix> {
    if payload.len() < 16 || payload[0] != 1 {
        return None;
    }
    let word = |at| Some(number(payload, at, 4, order)? as u32);
    Some(Unix {
        state: [payload[1], payload[2]],
        inode: word(4)?,
        cookie: u64::from(word(12)?) << 32 | u64::from(word(8)?),
        attributes: attributes(&payload[16..], order, |kind, value| match kind {
            0 if value.first() == Some(&0) => Some(Value::Bytes(value.to_vec())),
            0 => Some(Value::Text(value.strip_suffix(b"\0").unwrap_or(value).to_vec())),
            1 | 4 => words(value, 2, 2, order),
            2 | 7 => words(value, 1, 1, order),
            3 if value.len() % 4 == 0 => words(value, 0, usize::MAX, order),
            3 => None,
            5 => words(value, 7, 9, order),
            6 => value.first().copied().map(Value::Byte),
            _ => Some(Value::Bytes(value.to_vec())),
        }),
    })
}

/// Numbers of these sizes, one behind the other.
fn numbers(value: &[u8], sizes: &[usize], order: ByteOrder) -> Option<Value> {
    let mut at = 0;
    let numbers = sizes.iter().map(|size| {
        let found = number(value, at, *size, order)?;
        at += size;
        Some((*size, found))
    });
    numbers.collect::<Option<_>>().map(Value::Numbers)
}

/// The first bits: from the lowest of each byte, or from the highest.
fn bits(value: &[u8], count: usize, order: ByteOrder) -> Option<Value> {
    let bit = |at: usize| {
        let text = format!("{:08b}", value.get(at / 8)?);
        let column = if order == ByteOrder::Big { at % 8 } else { 7 - at % 8 };
        Some(text.as_bytes()[column] == b'1')
    };
    (0..count).map(bit).collect::<Option<_>>().map(Value::Bits)
}

/// Structures of 100 bytes; one whose family is 0 is no key.
fn keys(value: &[u8], order: ByteOrder) -> Option<Value> {
    let mut keys = Vec::new();
    for part in value.chunks(100) {
        let (family, length) = (part[0], number(part, 2, 2, order)? as usize);
        if part.len() < 100 || !matches!(family, 0 | 2 | 10) {
            return None;
        }
        if family == 0 {
            continue;
        }
        let mut address: [u8; 16] = part[4..20].try_into().expect("16 bytes");
        if family == 2 {
            address[4..].fill(0);
        }
        keys.push((family, part[1], address, part[20..].get(..length)?.to_vec()));
    }
    Some(Value::Keys(keys))
}

/// The parts of an upper layer that are known; of several with the same type, the last one.
fn layer(value: &[u8], order: ByteOrder) -> Option<Value> {
    let mut parts = BTreeMap::new();
    for part in raw(value, order)? {
        let (kind, value) = part;
        if kind == 1 {
            parts.insert((1, 0), Value::Text(value.split(|byte| *byte == 0).next()?.to_vec()));
        }
        if kind != 2 && kind != 3 {
            continue;
        }
        parts.retain(|(outer, _), _| *outer != kind);
        parts.insert((kind, 0), Value::Bytes(Vec::new()));
        for (inner, value) in raw(&value, order)? {
            let size = match (kind, inner) {
                (2, 5 | 6) => 0,
                (2, 1..=7) | (3, 7) => 2,
                (3, 4) => 8,
                (3, 9 | 10) => 1,
                (3, 1..=8) => 4,
                _ => continue,
            };
            parts.insert((kind, inner), numbers(&value, &[size], order)?);
        }
    }
    Some(Value::Layer(parts))
}

/// The maps and their values.
fn storages(value: &[u8], order: ByteOrder) -> Option<Value> {
    let mut storages = Vec::new();
    for (kind, value) in raw(value, order)? {
        if kind != 1 {
            continue;
        }
        let (mut map, mut stored) = (None, Vec::new());
        for (kind, value) in raw(&value, order)? {
            match kind {
                2 => map = Some(number(&value, 0, 4, order)? as u32),
                3 => stored = value,
                _ => {}
            }
        }
        storages.push((map?, stored));
    }
    Some(Value::Storages(storages))
}

/// The attributes as they are, if all have a valid length.
fn raw(bytes: &[u8], order: ByteOrder) -> Option<Vec<(u16, Vec<u8>)>> {
    let all = attributes(bytes, order, |_, value| Some(Value::Bytes(value.to_vec())));
    let bytes = |(kind, value)| match value {
        Value::Bytes(bytes) => (kind, bytes),
        other => panic!("{other:?}"),
    };
    all.into_iter().map(|attribute| attribute.map(bytes)).collect()
}

/// A member of `tcp_info`, if the kernel sent it.
#[must_use]
pub fn tcp_info(bytes: &[u8], at: usize, size: usize, order: ByteOrder) -> Option<u64> {
    number(bytes, at, size, order)
}

/// A bit field of `tcp_info` within the byte `at`: `width` bits after `first` others.
#[must_use]
pub fn tcp_info_bits(
    bytes: &[u8],
    at: usize,
    first: usize,
    width: usize,
    order: ByteOrder,
) -> Option<u64> {
    let Value::Bits(all) = bits(bytes.get(at..=at)?, 8, order)? else { return None };
    let field = &all[first..first + width];
    let add = |number: u64, bit: &bool| number * 2 + u64::from(*bit);
    Some(match order {
        ByteOrder::Big => field.iter().fold(0, add),
        ByteOrder::Little => field.iter().rev().fold(0, add),
    })
}

/// Attributes up to the first with an invalid length, which does not decode.
fn attributes(
    bytes: &[u8],
    order: ByteOrder,
    value: impl Fn(u16, &[u8]) -> Option<Value>,
) -> Attributes {
    let (mut found, mut at) = (Attributes::new(), 0);
    while at < bytes.len() {
        let head = number(bytes, at, 2, order).zip(number(bytes, at + 2, 2, order));
        let body = head.and_then(|(length, kind)| {
            Some((kind as u16 & 0x3FFF, bytes.get(at + 4..at + length as usize)?, length))
        });
        let Some((kind, body, length)) = body else {
            found.push(None);
            break;
        };
        found.push(value(kind, body).map(|value| (kind, value)));
        at += (length as usize).next_multiple_of(4);
    }
    found
}

/// All words up to `most`, if there are at least `least`.
fn words(value: &[u8], least: usize, most: usize, order: ByteOrder) -> Option<Value> {
    let words = value.chunks_exact(4).take(most);
    let words: Vec<u32> =
        words.map(|word| number(word, 0, 4, order).expect("a word") as u32).collect();
    (words.len() >= least).then_some(Value::Words(words))
}

/// The number of `size` bytes at an offset.
pub(super) fn number(bytes: &[u8], at: usize, size: usize, order: ByteOrder) -> Option<u64> {
    let bytes = bytes.get(at..at + size)?;
    let add = |number: u64, byte: &u8| number * 256 + u64::from(*byte);
    Some(match order {
        ByteOrder::Big => bytes.iter().fold(0, add),
        ByteOrder::Little => bytes.iter().rev().fold(0, add),
    })
}
