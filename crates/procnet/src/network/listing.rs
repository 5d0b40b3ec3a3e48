//! The rows of a table, and what could not be read of it.

use std::fmt;

use procnet_core::{Error as DecodeError, capture::Remarks};

use crate::coverage::Failure;

/// The number of examples of a fault kept beside its count.
const EXAMPLES: usize = 4;

/// The rows of a table, and its coverage.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing<T> {
    /// The rows, in the kernel's order.
    pub rows: Vec<T>,
    /// What could not be read.
    pub coverage: TableCoverage,
}

impl<T> Default for Listing<T> {
    fn default() -> Listing<T> {
        Listing { rows: Vec::new(), coverage: TableCoverage::default() }
    }
}

/// What was read of the requested tables, and what could not be read.
///
/// `Display` writes a line for each thing missing from the answer, and nothing if it
/// [is complete](TableCoverage::is_complete).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableCoverage {
    /// Rows the kernel returned, including those that do not decode.
    pub rows: u64,
    /// Rows that do not decode: 0 unless a file is corrupt.
    pub undecodable: u64,
    /// The first of them.
    pub first: Vec<BadLine>,
    /// Tables this kernel does not have, such as those of IPv6. Nothing is missing because of them.
    pub absent: Vec<&'static str>,
    /// Tables that could not be read to their end, and why.
    pub unreadable: Vec<(&'static str, Failure)>,
    /// Tables whose text is not exactly the kernel's: what was forgiven, and what is doubtful.
    pub remarks: Vec<(&'static str, Remarks)>,
}

/// A line of a table that does not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadLine {
    /// The name of the table below `/proc/net`.
    pub table: &'static str,
    /// The line number, counted from 1.
    pub line: usize,
    /// The column, and why it does not decode.
    pub error: DecodeError,
}

impl TableCoverage {
    /// Whether every row was read and decoded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.undecodable == 0
            && self.unreadable.is_empty()
            && self.remarks.iter().all(|(_, remarks)| remarks.is_whole())
    }

    pub(super) fn remark(&mut self, table: &'static str, remarks: Remarks) {
        if remarks != Remarks::default() {
            self.remarks.push((table, remarks));
        }
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
        for (table, remarks) in &self.remarks {
            remarks.doubts().try_for_each(|doubt| writeln!(f, "table {table} {doubt}"))?;
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
