//! Texts of rows, one after the other in one buffer that is reused.

use std::fmt::{Display, Write as _};

/// What stands between the items of a list in a cell of a table, where a blank is printed:
/// no text that is escaped has it, so that a list can be cut between items.
pub(crate) const BETWEEN: char = '\x1F';

#[derive(Debug, Default)]
pub(crate) struct Cells {
    text: String,
    /// Where each cell ends in `text`; it begins where the one before it ends.
    ends: Vec<usize>,
}

impl Cells {
    pub(crate) fn push(&mut self, text: impl Display) {
        // Writing into memory does not fail.
        let _ = write!(self.text, "{text}");
        self.ends.push(self.text.len());
    }

    /// Pushes what is there, or an empty cell.
    pub(crate) fn push_option(&mut self, text: Option<impl Display>) {
        match text {
            Some(text) => self.push(text),
            None => self.push(""),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// How many bytes they hold.
    pub(crate) fn size(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let text = &self.text[start..*end];
            start = *end;
            text
        })
    }
}
