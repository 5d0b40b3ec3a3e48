//! The naive decoder.

use crate::naive::text;

/// A line of names and its line of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The text before the colon.
    pub prefix: Vec<u8>,
    /// The number of the line of names, counted from 1.
    pub line: usize,
    /// The number of the line of values.
    pub values_line: usize,
    /// Names and values, as many as both lines have; `None` for a value that is not a number.
    pub counters: Vec<Option<(Vec<u8>, i128)>>,
    /// Whether one line has more columns than the other.
    pub ragged: bool,
}

/// All pairs of a file; a line without a partner is `Err` with its number.
#[must_use]
pub fn pairs(bytes: &[u8]) -> Vec<Result<Pair, usize>> {
    let mut lines: Vec<(usize, Vec<u8>)> = (1..).zip(text::lines(bytes)).collect();
    lines.retain(|(_, line)| !text::columns(line).is_empty());
    let mut pairs = Vec::new();
    let mut at = 0;
    while let Some((line, names)) = lines.get(at) {
        let pair = lines.get(at + 1).and_then(|next| pair((*line, names), (next.0, &next.1)));
        at += if pair.is_some() { 2 } else { 1 };
        pairs.push(pair.ok_or(*line));
    }
    pairs
}

fn pair(names: (usize, &[u8]), values: (usize, &[u8])) -> Option<Pair> {
    let (prefix, name_text) = text::cut(names.1, b':')?;
    let (other, value_text) = text::cut(values.1, b':')?;
    if prefix != other || text::columns(&prefix) != [prefix.clone()] && !prefix.is_empty() {
        return None;
    }
    let names_found = text::columns(&name_text);
    if names_found.iter().any(|name| b"-0123456789".contains(&name[0])) {
        return None;
    }
    let values_found = text::columns(&value_text);
    let ragged = names_found.len() != values_found.len();
    let counters = names_found
        .into_iter()
        .zip(values_found)
        .map(|(name, value)| text::signed(&value).map(|value| (name, value)))
        .collect();
    Some(Pair { prefix, line: names.0, values_line: values.0, counters, ragged })
}
