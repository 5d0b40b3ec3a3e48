//! The naive decoder.

use crate::naive::text;

/// One interface, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: Vec<u8>,
    /// Its 16 counters in the file's order.
    pub counters: [u64; 16],
}

/// The row in a line of a file; `None` for a heading or a blank line, `Some(None)` for a line
/// that is not a row.
#[must_use]
pub fn row(line: &[u8], number: usize) -> Option<Option<Row>> {
    let heading = number <= 2 && line.contains(&b'|');
    let blank = text::columns(line).is_empty();
    if heading || blank { None } else { Some(Row::decode(line)) }
}

impl Row {
    /// A name, the last colon, 16 numbers.
    #[must_use]
    pub fn decode(line: &[u8]) -> Option<Row> {
        let mut parts: Vec<&[u8]> = line.split(|byte| *byte == b':').collect();
        let values = parts.pop()?;
        if parts.is_empty() {
            return None;
        }
        let mut name = parts.join(&b':');
        while name.first().is_some_and(u8::is_ascii_whitespace) {
            name.remove(0);
        }
        let counters: Option<Vec<u64>> =
            text::columns(values).iter().take(16).map(|value| text::decimal(value)).collect();
        let counters = counters?.try_into().ok()?;
        (!name.is_empty()).then_some(Row { name, counters })
    }
}
