//! The naive decoder.

use crate::naive::text;

/// The names of the first 15 columns; columns that are always 0 have none.
pub const NAMES: [&str; 15] = [
    "processed",
    "dropped",
    "time_squeeze",
    "",
    "",
    "",
    "",
    "",
    "cpu_collision",
    "received_rps",
    "flow_limit_count",
    "backlog_len",
    "cpu",
    "input_qlen",
    "process_qlen",
];

/// The columns of one CPU, at least nine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The first 15, or as many as there are.
    pub columns: Vec<u32>,
    /// The columns after them; `None` for one that is not a number.
    pub further: Vec<Option<u32>>,
}

/// The row in a line; `None` for a blank line, `Some(None)` for a line that is not a row.
#[must_use]
pub fn row(line: &[u8]) -> Option<Option<Row>> {
    if text::columns(line).is_empty() { None } else { Some(Row::decode(line)) }
}

impl Row {
    /// Hexadecimal numbers of 32 bits.
    #[must_use]
    pub fn decode(line: &[u8]) -> Option<Row> {
        let number = |column: &Vec<u8>| u32::try_from(text::hex(column)?).ok();
        let all: Vec<Option<u32>> = text::columns(line).iter().map(number).collect();
        let known = all.len().min(15);
        let columns: Vec<u32> = all[..known].iter().copied().collect::<Option<_>>()?;
        (columns.len() >= 9).then_some(Row { columns, further: all[known..].to_vec() })
    }

    /// The columns that have a name, with it.
    #[must_use]
    pub fn named(&self) -> Vec<(&'static str, u32)> {
        let named = NAMES.into_iter().zip(self.columns.iter().copied());
        named.filter(|(name, _)| !name.is_empty()).collect()
    }
}
