//! `/proc/net/sockstat` and `/proc/net/sockstat6` (net/ipv4/proc.c `sockstat_seq_show`,
//! net/ipv6/proc.c `sockstat6_seq_show`): how many sockets there are, a line for each
//! protocol, names and values by turns.
//!
//! ```text
//! TCP: inuse 5 orphan 0 tw 2 alloc 7 mem 1
//! ```
//!
//! Of a network namespace are `inuse`, `tw` and, since Linux 4.16, `used`; `orphan`, `alloc`
//! and `mem` (in pages) are of the whole host. `inuse` counts sockets that can be found by
//! their address: neither those in `TIME_WAIT`, which `tw` counts for IPv4 and IPv6 together,
//! nor request socks. So a table has no rows if its `inuse` is 0, and, for `tcp6`, if `tw` is
//! 0 as well. That is no proof for `tcp`: a request for an IPv6 listener that came over IPv4
//! stands there.

use crate::{Column, Error, ErrorKind, field::Fields, line::FilledLines};

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
    lines: FilledLines<'a>,
}

impl<'a> Rows<'a> {
    /// The rows of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Rows<'a> {
        Rows { lines: FilledLines::new(bytes) }
    }

    /// The number of the line that the last item came from, counted from 1.
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

/// What one line says of one protocol.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    prefix: &'a [u8],
    values: Fields<'a>,
}

impl<'a> Row<'a> {
    /// Finds the prefix of a line.
    ///
    /// # Errors
    ///
    /// If there is no colon.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let missing = || Error::new(ErrorKind::Separator, PREFIX, line.len());
        let colon = memchr::memchr(b':', line).ok_or_else(missing)?;
        let prefix = line.get(..colon).unwrap_or_default();
        Ok(Row { prefix, values: Fields::new(line, colon + 1) })
    }

    /// What stands before the colon: `TCP`, `UDP6`, `sockets`.
    #[must_use]
    pub fn prefix(&self) -> &'a [u8] {
        self.prefix
    }

    /// The names and their values, in the order of the line.
    #[must_use]
    pub fn values(&self) -> Values<'a> {
        Values { rest: self.values }
    }
}

/// The values of a row: see [`Row::values`].
///
/// A value that is no decimal number is one `Err` item, and the iteration goes on; a name
/// without a value is the last.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    rest: Fields<'a>,
}

/// A value under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// The kernel's name.
    pub name: &'a [u8],
    /// The number.
    pub value: i128,
}

impl<'a> Iterator for Values<'a> {
    type Item = Result<Value<'a>, Error>;

    fn next(&mut self) -> Option<Result<Value<'a>, Error>> {
        let name = self.rest.next_if_any(NAME)?.bytes;
        let value = self.rest.next(VALUE).and_then(|value| value.signed());
        Some(value.map(|value| Value { name, value }))
    }
}
