//! Lines of a slice, borrowed.

use core::iter::FusedIterator;

/// The lines of a slice, each without its `\n`.
///
/// A last line without `\n` is a line too; an empty slice has none. Only `\n` ends a
/// line: every other byte, `\r` and NUL included, may be part of a name.
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
}

impl<'a> Lines<'a> {
    /// The lines of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Lines<'a> {
        Lines { rest: bytes }
    }

    /// What has not been iterated yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.get(1..).unwrap_or(&[]);
        Some(line)
    }
}

impl FusedIterator for Lines<'_> {}
