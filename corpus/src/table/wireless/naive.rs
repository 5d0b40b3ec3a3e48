//! The naive decoder.

use procnet_core::network::wireless::{Quality, Row, Table};

use crate::naive::{
    fields::{hex, words},
    text,
};

/// The row in a line.
#[must_use]
pub fn row(_: Table, line: &[u8], number: usize) -> Option<Option<Row<'_>>> {
    let heading = number <= 2 && line.contains(&b'|') && !line.contains(&b':');
    (!heading && !words(line).is_empty()).then(|| decode(line))
}

fn decode(line: &[u8]) -> Option<Row<'_>> {
    let colon = line.iter().rposition(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_start();
    let [status, link, level, noise, network_id, crypt, fragment, retry, misc, beacon, ..] =
        words(&line[colon + 1..])[..]
    else {
        return None;
    };
    let row = Row {
        name,
        status: hex(status)?,
        link: quality(link)?,
        level: quality(level)?,
        noise: quality(noise)?,
        network_id: text::either_sign(network_id)?,
        crypt: text::either_sign(crypt)?,
        fragment: text::either_sign(fragment)?,
        retry: text::either_sign(retry)?,
        misc: text::either_sign(misc)?,
        beacon: text::either_sign(beacon)?,
    };
    (!name.is_empty()).then_some(row)
}

fn quality(word: &[u8]) -> Option<Quality> {
    let digits = word.strip_suffix(b".");
    let value = text::signed(digits.unwrap_or(word))?.try_into().ok()?;
    Some(Quality { value, updated: digits.is_some() })
}
