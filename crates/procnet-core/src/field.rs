//! Columns of a line, separated by blanks (spaces and tabs), and the numbers in them.

use crate::{Column, Error, ErrorKind, number};

/// Reads the columns of a line from left to right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    line: &'a [u8],
    /// Where the search for the next column starts; at most the length of the line.
    at: usize,
}

/// One column: its bytes, never empty and without blanks, and their offset in the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) offset: usize,
    pub(crate) column: Column,
}

/// Whether a byte separates columns.
pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Whether a line is empty or consists of blanks.
pub(crate) fn is_blank_line(line: &[u8]) -> bool {
    line.iter().all(|byte| is_blank(*byte))
}

/// The first word of a line; empty if there is none.
pub(crate) fn first_word(line: &[u8]) -> &[u8] {
    line.split(|byte| is_blank(*byte)).find(|word| !word.is_empty()).unwrap_or_default()
}

impl<'a> Fields<'a> {
    /// The columns of `line` from offset `at` on.
    #[inline]
    pub(crate) fn new(line: &'a [u8], at: usize) -> Fields<'a> {
        Fields { line, at: at.min(line.len()) }
    }

    /// The whole line.
    pub(crate) fn line(&self) -> &'a [u8] {
        self.line
    }

    /// The bytes after the last column.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// The next column, or `None` at the end of the line.
    #[inline]
    pub(crate) fn next_if_any(&mut self, column: Column) -> Option<Field<'a>> {
        let rest = self.rest();
        let start = rest.iter().position(|byte| !is_blank(*byte))?;
        let rest = rest.get(start..)?;
        let length = rest.iter().position(|byte| is_blank(*byte)).unwrap_or(rest.len());
        let offset = self.at + start;
        self.at = offset + length;
        Some(Field { bytes: rest.get(..length)?, offset, column })
    }

    /// The next column.
    #[inline]
    pub(crate) fn next(&mut self, column: Column) -> Result<Field<'a>, Error> {
        match self.next_if_any(column) {
            Some(field) => Ok(field),
            None => Err(Error::new(ErrorKind::Missing, column, self.line.len())),
        }
    }

    /// Skips a column.
    #[inline]
    pub(crate) fn skip(&mut self, column: Column) -> Result<(), Error> {
        self.next(column).map(drop)
    }
}

impl<'a> Field<'a> {
    #[cold]
    pub(crate) fn error(&self, kind: ErrorKind, at: usize) -> Error {
        Error::new(kind, self.column, self.offset + at)
    }

    #[cold]
    fn failed(&self, failure: number::Failure) -> Error {
        self.error(failure.kind, failure.at)
    }

    #[cold]
    fn overflow(&self) -> Error {
        self.error(ErrorKind::Overflow, 0)
    }

    /// The part before the first `separator` and the part after it.
    pub(crate) fn split(
        &self,
        separator: u8,
        column: Column,
    ) -> Result<(Field<'a>, Field<'a>), Error> {
        let missing = || self.error(ErrorKind::Separator, self.bytes.len());
        let at = self.bytes.iter().position(|byte| *byte == separator).ok_or_else(missing)?;
        let (before, after) = self.bytes.split_at_checked(at).ok_or_else(missing)?;
        let after = after.get(1..).unwrap_or_default();
        let before = Field { bytes: before, ..*self };
        Ok((before, Field { bytes: after, offset: self.offset + at + 1, column }))
    }

    /// The digits after a `0x`.
    pub(crate) fn after_0x(&self) -> Result<Field<'a>, Error> {
        match self.bytes.strip_prefix(b"0x") {
            Some(digits) => Ok(Field { bytes: digits, offset: self.offset + 2, ..*self }),
            None => Err(self.error(ErrorKind::NotHex, 0)),
        }
    }

    /// The bytes as an array, if there are exactly `N`.
    #[inline]
    pub(crate) fn array<const N: usize>(&self) -> Result<&'a [u8; N], Error> {
        self.bytes.try_into().map_err(|_| {
            let at = self.bytes.len().min(N);
            self.error(ErrorKind::Width, at)
        })
    }

    /// A hexadecimal number that fits 64 bits, with any number of leading zeros.
    #[inline]
    pub(crate) fn hex64(&self) -> Result<u64, Error> {
        number::hex(self.bytes).map_err(|failure| self.failed(failure))
    }

    /// A hexadecimal number that fits 32 bits.
    #[inline]
    pub(crate) fn hex32(&self) -> Result<u32, Error> {
        u32::try_from(self.hex64()?).map_err(|_| self.overflow())
    }

    /// A hexadecimal number that fits 16 bits.
    pub(crate) fn hex16(&self) -> Result<u16, Error> {
        u16::try_from(self.hex64()?).map_err(|_| self.overflow())
    }

    /// A hexadecimal number that fits 8 bits.
    pub(crate) fn hex8(&self) -> Result<u8, Error> {
        u8::try_from(self.hex64()?).map_err(|_| self.overflow())
    }

    /// A decimal number that fits 64 bits.
    #[inline]
    pub(crate) fn decimal64(&self) -> Result<u64, Error> {
        number::decimal(self.bytes).map_err(|failure| self.failed(failure))
    }

    /// A decimal number that fits 32 bits.
    #[inline]
    pub(crate) fn decimal32(&self) -> Result<u32, Error> {
        u32::try_from(self.decimal64()?).map_err(|_| self.overflow())
    }

    /// A decimal number that fits 16 bits.
    pub(crate) fn decimal16(&self) -> Result<u16, Error> {
        u16::try_from(self.decimal64()?).map_err(|_| self.overflow())
    }

    /// A decimal number that fits 8 bits.
    pub(crate) fn decimal8(&self) -> Result<u8, Error> {
        u8::try_from(self.decimal64()?).map_err(|_| self.overflow())
    }

    /// A decimal number with an optional `-`, whose magnitude fits 64 bits.
    pub(crate) fn signed(&self) -> Result<i128, Error> {
        match self.bytes.split_first() {
            Some((b'-', digits)) => {
                let digits = Field { bytes: digits, offset: self.offset + 1, ..*self };
                digits.decimal64().map(|magnitude| -i128::from(magnitude))
            }
            _ => self.decimal64().map(i128::from),
        }
    }

    /// A 32-bit number that the kernel printed with `%u` or, in some versions, with `%d`:
    /// `-1` and `4294967295` are the same value.
    #[inline]
    pub(crate) fn either_sign32(&self) -> Result<u32, Error> {
        if self.bytes.first() != Some(&b'-') {
            return self.decimal32();
        }
        let value = i32::try_from(self.signed()?).map_err(|_| self.overflow())?;
        Ok(value as u32)
    }

    /// A signed 64-bit decimal number.
    pub(crate) fn signed64(&self) -> Result<i64, Error> {
        i64::try_from(self.signed()?).map_err(|_| self.overflow())
    }

    /// A signed 32-bit decimal number.
    pub(crate) fn signed32(&self) -> Result<i32, Error> {
        i32::try_from(self.signed()?).map_err(|_| self.overflow())
    }
}

/// A line of names and a line of values, iterated in parallel.
#[derive(Clone, Debug)]
pub(crate) struct Paired<'a> {
    names: Fields<'a>,
    values: Fields<'a>,
    ended: bool,
}

impl<'a> Paired<'a> {
    pub(crate) fn new(names: Fields<'a>, values: Fields<'a>) -> Paired<'a> {
        Paired { names, values, ended: false }
    }

    /// The next name and its value. If one line has more columns than the other, a last item
    /// is an error.
    pub(crate) fn next(&mut self) -> Option<Result<(&'a [u8], Field<'a>), Error>> {
        const NAME: Column = Column::new(&"name");
        const VALUE: Column = Column::new(&"value");
        if self.ended {
            return None;
        }
        match (self.names.next_if_any(NAME), self.values.next_if_any(VALUE)) {
            (Some(name), Some(value)) => Some(Ok((name.bytes, value))),
            (None, None) => None,
            (_, value) => {
                self.ended = true;
                let offset = value.map_or(self.values.at, |value| value.offset);
                Some(Err(Error::new(ErrorKind::Mismatch, VALUE, offset)))
            }
        }
    }
}
