//! What a table gave, and what of it could not be seen.

use std::fmt;

use procnet_core::Error as DecodeError;
use smallvec::SmallVec;

use crate::Failure;

/// How many examples of a fault are kept beside its count.
const EXAMPLES: usize = 4;

/// The rows of a table, to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing<T> {
    /// The rows, in the kernel's order.
    pub rows: Vec<T>,
    /// What could not be seen.
    pub coverage: TableCoverage,
}

impl<T> Default for Listing<T> {
    fn default() -> Listing<T> {
        Listing { rows: Vec::new(), coverage: TableCoverage::default() }
    }
}

/// What an answer from tables covers, and what of them could not be seen.
///
/// `Display` writes a line for each thing that is missing from the answer, and nothing if it
/// [is complete](TableCoverage::is_complete).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableCoverage {
    /// Rows that the kernel gave, those that do not decode among them.
    pub rows: u64,
    /// Rows that do not decode; none, from a kernel.
    pub undecodable: u64,
    /// The first of them.
    pub first: SmallVec<[BadLine; EXAMPLES]>,
    /// Tables that this kernel does not have: without IPv6, those of IPv6. Nothing is missing.
    pub absent: SmallVec<[&'static str; 2]>,
    /// Tables that are there, but could not be read to their end.
    pub unreadable: SmallVec<[(&'static str, Failure); 2]>,
}

/// A line of a table that does not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadLine {
    /// The table, by its name under `/proc/net`.
    pub table: &'static str,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, and what is wrong with it.
    pub error: DecodeError,
}

impl TableCoverage {
    /// Whether all that was asked for was seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.undecodable == 0 && self.unreadable.is_empty()
    }

    pub(super) fn count(&mut self, table: &'static str, line: usize, error: Option<&DecodeError>) {
        self.rows += 1;
        let Some(error) = error else { return };
        self.undecodable += 1;
        if self.first.len() < EXAMPLES {
            self.first.push(BadLine { table, line, error: *error });
        }
    }
}

impl fmt::Display for TableCoverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (table, failure) in &self.unreadable {
            writeln!(f, "table {table}: {failure}")?;
        }
        for row in &self.first {
            writeln!(f, "{row}")?;
        }
        match self.undecodable - self.first.len() as u64 {
            0 => Ok(()),
            more => writeln!(f, "{more} more rows that do not decode"),
        }
    }
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadLine { table, line, error } = self;
        let (at, name, what) = (error.offset() + 1, error.column(), error.kind());
        write!(f, "table {table}, line {line}, column {at}: {name}: {what}")
    }
}
