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
        let text = std::str::from_utf8(name).ok()?;
        let (protocol, counter) = text.split_once('6').unwrap_or(("", text));
        let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric());
        let is_protocol = !protocol.is_empty() && protocol.chars().all(|c| c.is_ascii_alphabetic());
        let is_counter = is_protocol && is_word(counter) || text == "ifIndex";
        is_counter.then_some(())?;
        Some(Row { name: name.clone(), value: text::decimal(value)? })
    }
}
