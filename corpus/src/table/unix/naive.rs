//! The naive decoder.

use crate::naive::text;

/// One socket, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `Num`, without its colon.
    pub pointer: Vec<u8>,
    /// `RefCount`
    pub refs: u32,
    /// `Protocol`
    pub protocol: u32,
    /// `Flags`
    pub flags: u32,
    /// `Type`
    pub kind: u16,
    /// `St`
    pub state: u8,
    /// `Inode`, 0 included.
    pub inode: u64,
    /// `Path`
    pub name: Option<Vec<u8>>,
}

/// The row in a line of a file; `None` for the heading, `Some(None)` for a line that is not a row.
#[must_use]
pub fn row(line: &[u8], number: usize) -> Option<Option<Row>> {
    if number == 1 && line.starts_with(b"Num ") { None } else { Some(Row::decode(line)) }
}

impl Row {
    /// Seven columns, and the rest of the line after exactly one blank.
    #[must_use]
    pub fn decode(line: &[u8]) -> Option<Row> {
        let mut rest = line.to_vec();
        let pointer = take(&mut rest)?.strip_suffix(b":")?.to_vec();
        if pointer.is_empty() {
            return None;
        }
        let mut fixed = |digits: usize| {
            let column = take(&mut rest)?;
            if column.len() == digits { text::hex(&column) } else { None }
        };
        Some(Row {
            pointer,
            refs: u32::try_from(fixed(8)?).ok()?,
            protocol: u32::try_from(fixed(8)?).ok()?,
            flags: u32::try_from(fixed(8)?).ok()?,
            kind: u16::try_from(fixed(4)?).ok()?,
            state: u8::try_from(fixed(2)?).ok()?,
            inode: text::decimal(&take(&mut rest)?)?,
            name: if rest.is_empty() { None } else { Some(rest[1..].to_vec()) },
        })
    }
}

/// Removes the first column of a line and the blanks before it, but not those after it.
fn take(rest: &mut Vec<u8>) -> Option<Vec<u8>> {
    let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    while rest.first().is_some_and(blank) {
        rest.remove(0);
    }
    let length = rest.iter().position(blank).unwrap_or(rest.len());
    let column: Vec<u8> = rest.drain(..length).collect();
    (!column.is_empty()).then_some(column)
}
