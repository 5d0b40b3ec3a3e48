//! `/proc/net/sockstat` and `/proc/net/sockstat6` (net/ipv4/proc.c `sockstat_seq_show`,
//! net/ipv6/proc.c `sockstat6_seq_show`): the number of sockets, one line per protocol,
//! names and values alternating.
//!
//! ```text
//! TCP: inuse 5 orphan 0 tw 2 alloc 7 mem 1
//! ```
//!
//! `inuse`, `tw` and, since Linux 4.16, `used` are per network namespace; `orphan`, `alloc` and
//! `mem` (in pages) are host-wide. `inuse` counts hashed sockets: neither those in `TIME_WAIT`,
//! which `tw` counts for IPv4 and IPv6 together, nor request socks. So a table has no rows if its
//! `inuse` is 0 and, for `tcp6`, `tw` is 0 as well. For `tcp` that does not hold: its table
//! includes the request socks of connections over IPv4 to an IPv6 listener.
//!
//! There is no heading, but every prefix and name is a word of letters and digits that starts with
//! a letter, so most other text is an [`Error`], and no value is taken for a name.

use crate::{
    Column, Error, ErrorKind,
    field::{Field, Fields},
    line::NonBlankLines,
};

const PREFIX: Column = Column::new(&"prefix");
const NAME: Column = Column::new(&"name");
const VALUE: Column = Column::new(&"value");

/// The lines of a whole file.
///
/// ```
/// use procnet_core::counter::sockstat;
///
/// let row = sockstat::Rows::new(b"TCP6: inuse 3\n").next().unwrap()?;
/// assert_eq!(row.prefix(), b"TCP6");
/// let inuse = row.values().next().unwrap()?;
/// assert_eq!((inuse.name, inuse.value), (&b"inuse"[..], 3));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    lines: NonBlankLines<'a>,
}

impl<'a> Rows<'a> {
    /// The rows of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Rows<'a> {
        Rows { lines: NonBlankLines::new(bytes) }
    }

    /// The line number of the last item, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.lines.number()
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Row<'a>, Error>;

    fn next(&mut self) -> Option<Result<Row<'a>, Error>> {
        self.lines.next().map(Row::decode)
    }
}

/// The values of one protocol.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    prefix: &'a [u8],
    values: Fields<'a>,
}

impl<'a> Row<'a> {
    /// Locates the prefix of a line.
    ///
    /// # Errors
    ///
    /// If there is no colon, or what is before it is not a word.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let missing = || Error::new(ErrorKind::Separator, PREFIX, line.len());
        let colon = memchr::memchr(b':', line).ok_or_else(missing)?;
        let bytes = line.get(..colon).unwrap_or_default();
        let prefix = word(&Field { bytes, offset: 0, column: PREFIX })?;
        Ok(Row { prefix, values: Fields::new(line, colon + 1) })
    }

    /// The text before the colon: `TCP`, `UDP6`, `sockets`.
    #[must_use]
    pub fn prefix(&self) -> &'a [u8] {
        self.prefix
    }

    /// The names and values, in the order of the line.
    #[must_use]
    pub fn values(&self) -> Values<'a> {
        Values { rest: self.values }
    }
}

/// The values of a row: see [`Row::values`].
///
/// A name that is not a word, or a value that is not a decimal number, is one `Err` item, and the
/// iteration continues; a name without a value is an `Err` and the last item.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    rest: Fields<'a>,
}

/// A name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// The name.
    pub name: &'a [u8],
    /// The value.
    pub value: i128,
}

impl<'a> Iterator for Values<'a> {
    type Item = Result<Value<'a>, Error>;

    fn next(&mut self) -> Option<Result<Value<'a>, Error>> {
        let name = self.rest.next_if_any(NAME)?;
        let value = self.rest.next(VALUE).and_then(|value| value.signed());
        let named = word(&name).and_then(|name| Ok(Value { name, value: value? }));
        Some(named)
    }
}

/// Letters and digits, of which the first is a letter.
fn word<'a>(field: &Field<'a>) -> Result<&'a [u8], Error> {
    let Some((first, rest)) = field.bytes.split_first() else {
        return Err(field.error(ErrorKind::Missing, 0));
    };
    if !first.is_ascii_alphabetic() {
        return Err(field.error(ErrorKind::Unexpected, 0));
    }
    match rest.iter().position(|byte| !byte.is_ascii_alphanumeric()) {
        Some(at) => Err(field.error(ErrorKind::Unexpected, at + 1)),
        None => Ok(field.bytes),
    }
}
