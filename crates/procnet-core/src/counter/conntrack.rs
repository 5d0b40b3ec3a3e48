//! `/proc/net/stat/nf_conntrack` (net/netfilter/nf_conntrack_standalone.c
//! `ct_cpu_seq_show`): a line of names, then a line of hexadecimal values per CPU.
//!
//! Columns were renamed, added and removed between kernels, so values are identified by the names
//! in the heading, whose first is always `entries`. That is the number of tracked connections in the
//! network namespace, **the same on every line**; do not sum it over CPUs. Without a heading no
//! value has a name, so each row is an [`Error`].

use crate::{
    Error,
    field::{self, Fields, Paired},
    line::NonBlankLines,
};

/// The name of the column whose value is repeated on every line.
pub const ENTRIES: &[u8] = b"entries";

/// The rows of a whole file, one per CPU.
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
    lines: NonBlankLines<'a>,
    names: &'a [u8],
}

impl<'a> Rows<'a> {
    /// The rows of `bytes`, whose first non-blank line contains the names.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Rows<'a> {
        let lines = NonBlankLines::new(bytes);
        let mut after = lines.clone();
        match after.next().filter(|line| field::first_word(line) == ENTRIES) {
            Some(names) => Rows { lines: after, names },
            None => Rows { lines, names: &[] },
        }
    }

    /// The line of names; empty if there is none.
    #[must_use]
    pub fn names(&self) -> &'a [u8] {
        self.names
    }

    /// The names of the columns, as [`Row::columns`] pairs them with values.
    pub fn column_names(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let names = self.names.split(|byte| field::is_blank(*byte));
        names.filter(|name| !name.is_empty())
    }

    /// The line number of the last item, counted from 1.
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
    /// The columns, in file order.
    ///
    /// A value that is not a hexadecimal number of 32 bits is an `Err` item. If the numbers of names and
    /// values differ, the last item is an `Err`.
    #[must_use]
    pub fn columns(&self) -> Columns<'a> {
        Columns(Paired::new(Fields::new(self.names, 0), Fields::new(self.values, 0)))
    }
}

/// One value of one CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// The name of the column in the heading.
    pub name: &'a [u8],
    /// A counter, which wraps; for [`ENTRIES`], a gauge.
    pub value: u32,
}

/// The columns of a [`Row`].
#[derive(Clone, Debug)]
pub struct Columns<'a>(Paired<'a>);

impl<'a> Iterator for Columns<'a> {
    type Item = Result<Value<'a>, Error>;

    fn next(&mut self) -> Option<Result<Value<'a>, Error>> {
        let column = self.0.next()?.and_then(|(name, value)| {
            let value = value.hex32()?;
            Ok(Value { name, value })
        });
        Some(column)
    }
}
