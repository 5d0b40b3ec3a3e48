//! The naive decoder.

use crate::naive::text;

/// The values of one CPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The number of its line, counted from 1.
    pub line: usize,
    /// Names and values, as many as both lines have; `None` for a value that is not a number of 32
    /// bits.
    pub columns: Vec<Option<(Vec<u8>, u32)>>,
    /// Whether the row has more or fewer columns than the heading.
    pub ragged: bool,
}

/// All rows of a file, whose first line that is not blank contains the names, `entries` first.
/// Without it, every line is a row whose values have no names.
#[must_use]
pub fn rows(bytes: &[u8]) -> Vec<Row> {
    let lines = (1..).zip(text::lines(bytes)).map(|(line, text)| (line, text::columns(&text)));
    let mut lines: Vec<_> = lines.filter(|(_, columns)| !columns.is_empty()).collect();
    let names = match lines.first() {
        Some((_, first)) if first[0] == b"entries" => lines.remove(0).1,
        _ => Vec::new(),
    };
    let row = |(line, values): (usize, Vec<Vec<u8>>)| Row {
        line,
        ragged: names.len() != values.len(),
        columns: names
            .iter()
            .zip(values)
            .map(|(name, value)| {
                let value = u32::try_from(text::hex(&value)?).ok()?;
                Some((name.clone(), value))
            })
            .collect(),
    };
    lines.into_iter().map(row).collect()
}
