//! Errors in expressions.

use std::fmt;

use procnet_core::escape::Escaped;

/// An expression that is not a valid [`Filter`](crate::Filter).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    text: Box<str>,
    offset: usize,
    length: usize,
    expected: &'static str,
}

impl FilterError {
    pub(super) fn new(text: &str, offset: usize, length: usize, expected: &'static str) -> Self {
        FilterError { text: text.into(), offset, length, expected }
    }

    /// The whole expression.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The offset at which something else was expected, in bytes.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The text found there; empty at the end.
    #[must_use]
    pub fn found(&self) -> &str {
        self.text.get(self.offset..self.offset + self.length).unwrap_or_default()
    }

    /// What was expected.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        self.expected
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FilterError { text, offset, expected, .. } = self;
        write!(f, "column {}: expected {expected}, but ", offset + 1)?;
        match self.found() {
            "" => write!(f, "it ends there")?,
            found => write!(f, "found \"{}\"", Escaped(found.as_bytes()))?,
        }
        write!(f, ": {}", Escaped(text.as_bytes()))
    }
}

impl std::error::Error for FilterError {}
