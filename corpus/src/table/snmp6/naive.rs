//! The naive decoder.

use crate::naive::text;

/// One counter, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: Vec<u8>,
    /// Its value.
    pub value: u64,
}

/// The row in a line; `None` for a blank line, `Some(None)` for a line that is not a row.
#[must_use]
pub fn row(line: &[u8]) -> Option<Option<Row>> {
    if text::columns(line).is_empty() { None } else { Some(Row::decode(line)) }
}

impl Row {
    /// A name and a number.
    #[must_use]
    pub fn decode(line: &[u8]) -> Option<Row> {
        let columns = text::columns(line);
        let [name, value, ..] = columns.as_slice() else { return None };
        Some(Row { name: name.clone(), value: text::decimal(value)? })
    }
}
