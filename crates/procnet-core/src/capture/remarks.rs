//! What is remarkable about a text.

use core::fmt;

/// What was forgiven of a text, and what is doubtful about it.
///
/// `Display` lists what was forgiven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remarks {
    /// Forgiven: the text began with a UTF-8 byte order mark.
    pub byte_order_mark: bool,
    /// Forgiven: lines ended in carriage returns.
    pub carriage_returns: bool,
    /// Forgiven: there were blank lines before the table.
    pub blank_lines: bool,
    /// Forgiven: the table was indented.
    pub indent: bool,
    /// Forgiven: there were tabs in place of blanks.
    pub tabs: bool,
    /// Forgiven: there were blanks in place of tabs.
    pub blanks: bool,
    /// Forgiven: the text was compressed. A [`Repair`](super::Repair) does not set this: whoever
    /// decompressed the text does.
    pub compressed: bool,
    /// Doubtful: there is nothing in it, though every kernel prints something.
    pub empty: bool,
    /// Doubtful: the heading that every kernel prints is missing, and perhaps rows after it.
    pub no_heading: bool,
    /// Doubtful: the text ends within a line. Rows may be missing, and in the last one whatever
    /// comes last may be cut: a cut number is another number.
    pub cut: bool,
    /// Refused: the text is UTF-16.
    pub utf16: bool,
}

impl Remarks {
    /// Whether nothing was forgiven.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.forgiven().next().is_none()
    }

    /// Whether nothing is doubtful.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.doubts().next().is_none()
    }

    /// What was forgiven, in words.
    pub fn forgiven(&self) -> impl Iterator<Item = &'static str> + use<> {
        let all = [
            (self.compressed, "gzip"),
            (self.byte_order_mark, "a byte order mark"),
            (self.carriage_returns, "carriage returns"),
            (self.blank_lines, "blank lines before the table"),
            (self.indent, "an indentation"),
            (self.tabs, "tabs for blanks"),
            (self.blanks, "blanks for tabs"),
        ];
        all.into_iter().filter(|(applies, _)| *applies).map(|(_, words)| words)
    }

    /// What is doubtful, in words.
    pub fn doubts(&self) -> impl Iterator<Item = &'static str> + use<> {
        let all = [
            (self.utf16, "provides nothing: it is UTF-16 text, which has to be converted to UTF-8"),
            (self.empty, "provides nothing: it is empty, but every kernel prints something here"),
            (
                self.no_heading,
                "is not a whole table: the heading that every kernel prints is missing",
            ),
            (self.cut, "ends within a line: its last row may be cut, and rows may be missing"),
        ];
        all.into_iter().filter(|(applies, _)| *applies).map(|(_, words)| words)
    }

    /// The remarks of two texts.
    #[must_use]
    pub fn and(self, other: Remarks) -> Remarks {
        Remarks {
            byte_order_mark: self.byte_order_mark || other.byte_order_mark,
            carriage_returns: self.carriage_returns || other.carriage_returns,
            blank_lines: self.blank_lines || other.blank_lines,
            indent: self.indent || other.indent,
            tabs: self.tabs || other.tabs,
            blanks: self.blanks || other.blanks,
            compressed: self.compressed || other.compressed,
            empty: self.empty || other.empty,
            no_heading: self.no_heading || other.no_heading,
            cut: self.cut || other.cut,
            utf16: self.utf16 || other.utf16,
        }
    }
}

impl fmt::Display for Remarks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, words) in self.forgiven().enumerate() {
            write!(f, "{}{words}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
