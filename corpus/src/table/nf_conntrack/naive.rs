//! The naive decoder.

use procnet_core::network::nf_conntrack::{Direction, Offload, Protocol, Row, Table};

use crate::naive::{
    fields::{address, decimal, hex, words},
    text,
};

/// The row in a line.
#[must_use]
pub fn row(_: Table, line: &[u8], _number: usize) -> Option<Option<Row<'_>>> {
    (!words(line).is_empty()).then(|| decode(line))
}

/// All keys and values of a row, in order.
struct Values<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Values<'a> {
    /// The parsed values of a key; `None` if one does not parse, or there are more than `most`.
    fn take<T>(
        &self,
        key: &str,
        most: usize,
        parse: impl Fn(&'a [u8]) -> Option<T>,
    ) -> Option<Vec<T>> {
        let values = self.0.iter().filter(|(name, _)| *name == key.as_bytes());
        let values: Option<Vec<T>> = values.map(|(_, value)| parse(value)).collect();
        values.filter(|values| values.len() <= most)
    }

    /// The value of a key that occurs at most once.
    fn one<T>(&self, key: &str, parse: impl Fn(&'a [u8]) -> Option<T>) -> Option<Option<T>> {
        self.take(key, 1, parse).map(|mut values| values.pop())
    }

    /// The values of both directions.
    fn both<T>(&self, key: &str, parse: impl Fn(&'a [u8]) -> Option<T>) -> Option<[Option<T>; 2]> {
        let mut values = self.take(key, 2, parse)?.into_iter();
        Some([values.next(), values.next()])
    }
}

/// The keys that may follow a security context, which may contain blanks.
const BEHIND_CONTEXT: [&[u8]; 3] = [b"zone=", b"delta-time=", b"use="];

fn decode(line: &[u8]) -> Option<Row<'_>> {
    let mut all = words(line);
    let protocol = |name, number| Some(Protocol { name, number: decimal(number)? });
    let numeric = |word: &&[u8]| word[0].is_ascii_digit() || word[0] == b'-';
    // No protocol has a name that starts like a number.
    all.first().filter(|word| !numeric(word))?;
    let first = protocol(*all.first()?, all.get(1)?)?;
    let (network, transport) = if all.get(2).is_some_and(numeric) {
        all.drain(..2);
        (Protocol { name: b"ipv4", number: 2 }, first)
    } else {
        let second = protocol(*all.get(2)?, all.get(3)?)?;
        all.drain(..4);
        (first, second)
    };
    let mut timeout = None;
    if all.first().is_some_and(numeric) {
        timeout = Some(text::signed(all.remove(0))?.try_into().ok()?);
    }
    // What vendors print behind the row is not of it, unless it is another row.
    let is_use = |word: &&[u8]| word.starts_with(b"use=");
    let uses = all.iter().position(is_use)?;
    if all.drain(uses + 1..).any(|word| is_use(&word)) {
        return None;
    }
    let secctx = context(line, &mut all);
    let [mut original, mut reply] = [Direction::default(); 2];
    let mut state = None;
    let mut started = false;
    let mut brackets = Vec::new();
    let mut values = Values(Vec::new());
    for word in all {
        if word[0] == b'[' {
            brackets.push(word);
        } else if let Some(at) = word.iter().position(|byte| *byte == b'=') {
            let key = &word[..at];
            values.0.push((key, &word[at + 1..]));
            // Of a direction, or of GRE.
            let known: [&[u8]; 14] = [
                b"src",
                b"dst",
                b"sport",
                b"dport",
                b"type",
                b"code",
                b"id",
                b"srckey",
                b"dstkey",
                b"packets",
                b"bytes",
                b"zone-orig",
                b"timeout",
                b"stream_timeout",
            ];
            started |= known.contains(&key);
        } else if !is_word(word) {
            return None;
        } else if !started && state.is_none() {
            state = Some(word);
        }
    }
    if secctx.is_some() {
        values.one("secctx", |_| Some(()))?;
    }
    [original.source, reply.source] = values.both("src", address)?;
    [original.destination, reply.destination] = values.both("dst", address)?;
    [original.source_port, reply.source_port] = values.both("sport", decimal)?;
    [original.destination_port, reply.destination_port] = values.both("dport", decimal)?;
    [original.icmp_type, reply.icmp_type] = values.both("type", decimal)?;
    [original.icmp_code, reply.icmp_code] = values.both("code", decimal)?;
    [original.icmp_id, reply.icmp_id] = values.both("id", decimal)?;
    let key = |value: &[u8]| hex(value.strip_prefix(b"0x")?);
    [original.source_key, reply.source_key] = values.both("srckey", key)?;
    [original.destination_key, reply.destination_key] = values.both("dstkey", key)?;
    [original.packets, reply.packets] = values.both("packets", decimal)?;
    [original.bytes, reply.bytes] = values.both("bytes", decimal)?;
    original.zone = values.one("zone-orig", decimal)?;
    reply.zone = values.one("zone-reply", decimal)?;
    if matches!(network.number, 2 | 10) {
        reply.source.and(reply.destination)?;
    }
    Some(Row {
        network,
        transport,
        timeout,
        state,
        gre_timeouts: gre_timeouts(&values)?,
        original,
        reply,
        unreplied: brackets.contains(&&b"[UNREPLIED]"[..]),
        assured: brackets.contains(&&b"[ASSURED]"[..]),
        offload: brackets.iter().rev().find_map(|word| match *word {
            b"[OFFLOAD]" => Some(Offload::Software),
            b"[HW_OFFLOAD]" => Some(Offload::Hardware),
            _ => None,
        }),
        mark: values.one("mark", decimal)?,
        secctx,
        secmark: values.one("secmark", decimal)?,
        zone: values.one("zone", decimal)?,
        delta_time: values.one("delta-time", decimal)?,
        uses: values.one("use", text::either_sign)??,
    })
}

/// A state, or a word of a vendor; not the rest of something else.
fn is_word(word: &[u8]) -> bool {
    let text = std::str::from_utf8(word).unwrap_or("?");
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+,-.:_".contains(letter);
    text.starts_with(|letter: char| letter.is_ascii_alphabetic()) && text.chars().all(is_part)
}

/// `timeout=30, stream_timeout=180`: neither without the other.
fn gre_timeouts(values: &Values<'_>) -> Option<Option<(u32, u32)>> {
    let seconds = |value: &[u8]| decimal(value.strip_suffix(b",").unwrap_or(value));
    match (values.one("timeout", seconds)?, values.one("stream_timeout", seconds)?) {
        (None, None) => Some(None),
        (timeout, stream) => Some(Some((timeout?, stream?))),
    }
}

/// The security context, whose words are removed from `all`.
fn context<'a>(line: &'a [u8], all: &mut Vec<&'a [u8]>) -> Option<&'a [u8]> {
    let start = all.iter().position(|word| word.starts_with(b"secctx="))?;
    let behind = |word: &&[u8]| BEHIND_CONTEXT.iter().any(|key| word.starts_with(key));
    let more = all[start + 1..].iter().take_while(|word| !behind(word)).count();
    let place = |word: &[u8]| word.as_ptr().addr() - line.as_ptr().addr();
    let last = all[start + more];
    let context = &line[place(all[start]) + b"secctx=".len()..place(last) + last.len()];
    all.drain(start + 1..=start + more);
    Some(context)
}
