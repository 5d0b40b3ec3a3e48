//! `/proc/net/stat/nf_conntrack` (net/netfilter/nf_conntrack_standalone.c
//! `ct_cpu_seq_show`): a line of names, then a line of hexadecimal values for each CPU.
//!
//! The columns changed their meaning and their names between kernels, so they go by the
//! heading's names, whichever they are. `entries` is the number of tracked connections in
//! the network namespace, **the same on every line**: it is not to be added up.

use crate::{
    Error,
    field::{self, Fields, Paired},
    line::FilledLines,
};

/// The name of the column that repeats on every line.
pub const ENTRIES: &[u8] = b"entries";

/// The lines of a whole file, a CPU each.
///
/// ```
/// use procnet_core::counter::conntrack;
///
/// let file = b"entries  searched found\n00000007  00000000 0000001f\n";
/// let row = conntrack::Rows::new(file).next().unwrap();
/// let found = row.columns().nth(2).unwrap()?;
/// assert_eq!((found.name, found.value), (&b"found"[..], 31));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    lines: FilledLines<'a>,
    names: &'a [u8],
}

impl<'a> Rows<'a> {
    /// The rows of `bytes`, whose first line that is not blank holds the names.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Rows<'a> {
        let mut lines = FilledLines::new(bytes);
        let names = lines.next().unwrap_or_default();
        Rows { lines, names }
    }

    /// The line of names.
    #[must_use]
    pub fn names(&self) -> &'a [u8] {
        self.names
    }

    /// The names of the columns, as [`Row::columns`] pairs them with values.
    pub fn column_names(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let blanks = self.names.split(|byte| field::is_blank(*byte));
        blanks.filter(|name| !name.is_empty())
    }

    /// The number of the line that the last item came from, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.lines.number()
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        let values = self.lines.next()?;
        Some(Row { names: self.names, values })
    }
}

/// The values of one CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    names: &'a [u8],
    values: &'a [u8],
}

impl<'a> Row<'a> {
    /// The columns, in the file's order.
    ///
    /// A value that is no hexadecimal number is an `Err` item. Names and values are paired
    /// as far as both go; if one line has more of them, a last `Err` item says so.
    #[must_use]
    pub fn columns(&self) -> Columns<'a> {
        Columns(Paired::new(Fields::new(self.names, 0), Fields::new(self.values, 0)))
    }
}

/// One value of one CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// The heading's name of the column.
    pub name: &'a [u8],
    /// A 32-bit counter, which wraps; for [`ENTRIES`] a gauge.
    pub value: u64,
}

/// The columns of a [`Row`].
#[derive(Clone, Debug)]
pub struct Columns<'a>(Paired<'a>);

impl<'a> Iterator for Columns<'a> {
    type Item = Result<Value<'a>, Error>;

    fn next(&mut self) -> Option<Result<Value<'a>, Error>> {
        let column = self.0.next()?.and_then(|(name, value)| {
            let value = value.hex64()?;
            Ok(Value { name, value })
        });
        Some(column)
    }
}
