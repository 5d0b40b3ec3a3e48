//! Borrowed lines of a slice.

use core::iter::FusedIterator;

use crate::field;

/// The lines of a slice, each without its `\n`.
///
/// A last line without `\n` counts; an empty slice has no lines. Only `\n` ends a line: any
/// other byte, including `\r` and NUL, may be part of a name.
///
/// ```
/// let mut lines = procnet_core::Lines::new(b"one\n\nthree");
/// assert_eq!(lines.next(), Some(&b"one"[..]));
/// assert_eq!(lines.next(), Some(&b""[..]));
/// assert_eq!(lines.next(), Some(&b"three"[..]));
/// assert_eq!(lines.next(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    rest: &'a [u8],
    /// The length of the previous line: most rows of a table are equally long.
    predicted: usize,
}

impl<'a> Lines<'a> {
    /// The lines of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Lines<'a> {
        Lines { rest: bytes, predicted: 0 }
    }

    /// The bytes that have not been iterated yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = match self.rest.split_at_checked(self.predicted) {
            Some((line, [b'\n', ..])) if !contains_newline(line) => self.predicted,
            _ => memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len()),
        };
        self.predicted = end;
        let (line, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.get(1..).unwrap_or(&[]);
        Some(line)
    }
}

/// Whether the line contains a `\n`, wherever it is.
///
/// Compares whole vectors, the last of which overlaps the one before, so that the compiler
/// needs no loop over single bytes: for a line of 149 bytes, half the time of `memchr`.
#[inline(always)]
fn contains_newline(line: &[u8]) -> bool {
    const VECTOR: usize = 64;
    let any = |bytes: &[u8; VECTOR]| bytes.iter().fold(false, |any, byte| any | (*byte == b'\n'));
    let Some(last) = line.last_chunk::<VECTOR>() else {
        return line.contains(&b'\n');
    };
    let mut found = any(last);
    for vector in line.chunks_exact(VECTOR).filter_map(<[u8]>::first_chunk) {
        found |= any(vector);
    }
    found
}

impl FusedIterator for Lines<'_> {}

/// The lines of a slice that are not blank.
#[derive(Clone, Debug)]
pub(crate) struct NonBlankLines<'a> {
    lines: Lines<'a>,
    number: usize,
}

impl<'a> NonBlankLines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> NonBlankLines<'a> {
        NonBlankLines { lines: Lines::new(bytes), number: 0 }
    }

    /// The number of the last line that was returned, counted from 1.
    pub(crate) fn number(&self) -> usize {
        self.number
    }
}

impl<'a> Iterator for NonBlankLines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let line = self.lines.next()?;
            self.number += 1;
            if !field::is_blank_line(line) {
                return Some(line);
            }
        }
    }
}
