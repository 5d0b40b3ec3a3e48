//! Decode errors: small, `Copy`, and without a borrow of the input.

use core::fmt;

/// A column of a table or a member of a message, under the kernel's name.
///
/// Each module declares its own columns.
#[derive(Clone, Copy, Eq)]
pub struct Column(
    /// A reference to a reference, so that an [`Error`] fits in 16 bytes.
    &'static &'static str,
);

impl Column {
    pub(crate) const fn new(name: &'static &'static str) -> Column {
        Column(name)
    }

    /// The column's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Column) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong with a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The line ends before the column.
    Missing,
    /// A byte that is not a hexadecimal digit.
    NotHex,
    /// A byte that is not a decimal digit.
    NotDecimal,
    /// The number does not fit the column's type.
    Overflow,
    /// The column does not have the number of digits that the kernel prints.
    Width,
    /// A separator (`:`, a blank, a parenthesis) is missing.
    Separator,
    /// A blank line where a row is expected.
    Blank,
    /// The line does not fit the buffer.
    TooLong,
    /// A line of names is not followed by a line of values with the same prefix.
    Unpaired,
    /// The numbers of names and values differ.
    Mismatch,
    /// A line of values without its line of names.
    Unnamed,
    /// The input ends within this line: whatever comes last in it may be cut.
    Cut,
    /// The structure ends before this member.
    Short,
    /// A length field exceeds the enclosing message, attribute or datagram.
    Beyond,
    /// A value that is not valid here, such as an unknown address family.
    Unexpected,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            ErrorKind::Missing => "the line ends before this column",
            ErrorKind::NotHex => "not a hexadecimal digit",
            ErrorKind::NotDecimal => "not a decimal digit",
            ErrorKind::Overflow => "the number is too large",
            ErrorKind::Width => "not the number of digits that the kernel prints",
            ErrorKind::Separator => "not the separator that the kernel prints",
            ErrorKind::Blank => "a blank line",
            ErrorKind::TooLong => "the line does not fit the buffer",
            ErrorKind::Unpaired => "the line of names has no line of values",
            ErrorKind::Mismatch => "the numbers of names and values differ",
            ErrorKind::Unnamed => "values without a line of names",
            ErrorKind::Cut => "the text ends within this line, which may be cut",
            ErrorKind::Short => "the structure ends before this member",
            ErrorKind::Beyond => "the length exceeds the enclosing data",
            ErrorKind::Unexpected => "unexpected value",
        })
    }
}

/// A line, a column or a message that did not decode.
///
/// It holds the column and the offset. Line numbers are up to the caller, as a decoder sees
/// one line at a time.
///
/// ```
/// use procnet_core::{ByteOrder, table::inet};
///
/// let table = inet::Table::tcp4(ByteOrder::Little);
/// let error = inet::Row::decode(b"0: 0100007F:ZZ", table).unwrap_err();
/// assert_eq!(error.column().name(), "rem_address");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    column: Column,
    offset: u32,
    kind: ErrorKind,
}

impl Error {
    #[cold]
    #[inline(never)]
    pub(crate) fn new(kind: ErrorKind, column: Column, offset: usize) -> Error {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        Error { column, offset, kind }
    }

    /// A line does not fit the buffer of a [`Window`](crate::Window).
    #[cold]
    #[must_use]
    pub fn too_long(length: usize) -> Error {
        const LINE: Column = Column::new(&"line");
        Error::new(ErrorKind::TooLong, LINE, length)
    }

    /// The input ends within a line of this length.
    #[cold]
    #[must_use]
    pub fn cut(length: usize) -> Error {
        const LINE: Column = Column::new(&"line");
        Error::new(ErrorKind::Cut, LINE, length)
    }

    /// The same error in a line that has this many more bytes before its first.
    #[must_use]
    pub fn behind(self, bytes: usize) -> Error {
        let offset = self.offset.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        Error { offset, ..self }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The column that did not decode.
    #[must_use]
    pub fn column(&self) -> Column {
        self.column
    }

    /// The offset in the line or datagram, in bytes from 0; at most its length.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset as usize
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error { column, offset, kind } = self;
        write!(f, "{column} at byte {offset}: {kind}")
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_in_sixteen_bytes() {
        assert!(size_of::<Error>() <= 16);
    }
}
