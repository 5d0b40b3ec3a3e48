//! The naive decoder.

use crate::naive::text;

/// A line: the text before the colon, and the names with their values. A value that is missing or
/// not a number is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The text before the colon.
    pub prefix: Vec<u8>,
    /// In the order of the line; without a value if the name is not a word.
    pub values: Vec<(Vec<u8>, Option<i128>)>,
}

/// The lines of a file that are not blank, each with its number; `None` for one without a
/// word and a colon.
#[must_use]
pub fn rows(bytes: &[u8]) -> Vec<(usize, Option<Row>)> {
    let lines = (1..).zip(text::lines(bytes));
    let lines = lines.filter(|(_, line)| !text::columns(line).is_empty());
    lines.map(|(number, line)| (number, row(&line))).collect()
}

fn row(line: &[u8]) -> Option<Row> {
    let (prefix, rest) = text::cut(line, b':')?;
    let columns = text::columns(&rest);
    if !is_word(&prefix) {
        return None;
    }
    let value = |pair: &[Vec<u8>]| {
        pair.get(1).filter(|_| is_word(&pair[0])).and_then(|value| text::signed(value))
    };
    let values = columns.chunks(2).map(|pair| (pair[0].clone(), value(pair))).collect();
    Some(Row { prefix, values })
}

fn is_word(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic) && text.iter().all(u8::is_ascii_alphanumeric)
}
