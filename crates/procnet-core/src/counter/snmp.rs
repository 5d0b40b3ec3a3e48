//! `/proc/net/snmp` and `/proc/net/netstat` (net/ipv4/proc.c `snmp_seq_show`,
//! `netstat_seq_show`): a line of names, then a line of values, both with the same prefix.
//!
//! ```text
//! Udp: InDatagrams NoPorts InErrors
//! Udp: 1407 12 0
//! ```
//!
//! Kernels insert and remove columns, so values are identified by name. A prefix may be repeated
//! (`IcmpMsg` beyond 16 message types) or absent. The input may be anything: a line of names
//! without its values is an [`Error`], and so is a line of values without its names, as no name
//! begins with a digit: values are never taken for names. The pairs after it are still found.

use crate::{
    Column, Error, ErrorKind,
    field::{self, Fields, Paired},
    line::NonBlankLines,
};

const PREFIX: Column = Column::new(&"prefix");
const NAME: Column = Column::new(&"name");

/// The pairs of a whole file.
///
/// ```
/// use procnet_core::counter::snmp;
///
/// let file = b"Tcp: RtoMin MaxConn\nTcp: 200 -1\n";
/// let pair = snmp::Pairs::new(file).next().unwrap()?;
/// assert_eq!(pair.prefix(), b"Tcp");
/// let max_conn = pair.counters().nth(1).unwrap()?;
/// assert_eq!((max_conn.name, max_conn.value), (&b"MaxConn"[..], -1));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    lines: NonBlankLines<'a>,
    /// The line of names of the last item.
    line: usize,
}

impl<'a> Pairs<'a> {
    /// The pairs of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Pairs<'a> {
        Pairs { lines: NonBlankLines::new(bytes), line: 0 }
    }

    /// The number of the line of names of the last item, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Result<Pair<'a>, Error>;

    fn next(&mut self) -> Option<Result<Pair<'a>, Error>> {
        let names = self.lines.next()?;
        self.line = self.lines.number();
        let prefix = match prefix(names) {
            Ok(prefix) => prefix,
            Err(error) => return Some(Err(error)),
        };
        if let Some(error) = unnamed(names, prefix.len() + 1) {
            return Some(Err(error));
        }
        let mut after = self.lines.clone();
        match after.next() {
            Some(values) if self::prefix(values) == Ok(prefix) => {
                let (line, values_line) = (self.line, after.number());
                self.lines = after;
                Some(Ok(Pair { prefix, names, values, line, values_line }))
            }
            // The second line is read again: it may be the line of names of another pair.
            _ => Some(Err(Error::new(ErrorKind::Unpaired, PREFIX, 0))),
        }
    }
}

/// The text before the first colon of a line, which has no blanks.
fn prefix(line: &[u8]) -> Result<&[u8], Error> {
    let colon = memchr::memchr(b':', line);
    let colon = colon.ok_or_else(|| Error::new(ErrorKind::Separator, PREFIX, line.len()))?;
    let prefix = line.get(..colon).unwrap_or_default();
    match prefix.iter().position(|byte| field::is_blank(*byte)) {
        Some(blank) => Err(Error::new(ErrorKind::Unexpected, PREFIX, blank)),
        None => Ok(prefix),
    }
}

/// The error, if the columns after a prefix are values instead of names.
fn unnamed(line: &[u8], start: usize) -> Option<Error> {
    let mut names = Fields::new(line, start);
    while let Some(name) = names.next_if_any(NAME) {
        if matches!(name.bytes.first(), Some(b'0'..=b'9' | b'-')) {
            return Some(name.error(ErrorKind::Unnamed, 0));
        }
    }
    None
}

/// A line of names and its line of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    prefix: &'a [u8],
    names: &'a [u8],
    values: &'a [u8],
    line: usize,
    values_line: usize,
}

impl<'a> Pair<'a> {
    /// The protocol, without the colon: `Ip`, `Icmp`, `IcmpMsg`, `Tcp`, `Udp`, `TcpExt`, …
    #[must_use]
    pub fn prefix(&self) -> &'a [u8] {
        self.prefix
    }

    /// The number of the line of names, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The number of the line of values, to which errors of [`counters`](Pair::counters) refer.
    #[must_use]
    pub fn values_line(&self) -> usize {
        self.values_line
    }

    /// The counters, in file order.
    ///
    /// A value that is not a number is an `Err` item. If the numbers of names and values differ,
    /// the last item is an `Err`.
    #[must_use]
    pub fn counters(&self) -> Counters<'a> {
        let start = self.prefix.len() + 1;
        Counters(Paired::new(Fields::new(self.names, start), Fields::new(self.values, start)))
    }
}

/// One counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter<'a> {
    /// The name of the counter (that of a MIB object, as in RFC 4022 and others).
    pub name: &'a [u8],
    /// The value. Unsigned and at most 64 bits, except `MaxConn` of `Tcp`, where -1 means that
    /// there is no limit.
    pub value: i128,
}

/// The counters of a [`Pair`].
#[derive(Clone, Debug)]
pub struct Counters<'a>(Paired<'a>);

impl<'a> Iterator for Counters<'a> {
    type Item = Result<Counter<'a>, Error>;

    fn next(&mut self) -> Option<Result<Counter<'a>, Error>> {
        let counter = self.0.next()?.and_then(|(name, value)| {
            let value = value.signed()?;
            Ok(Counter { name, value })
        });
        Some(counter)
    }
}
