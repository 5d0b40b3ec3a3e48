//! The rows of a table, and what could not be read of it.

use std::fmt;

use procnet_core::{Error as DecodeError, capture::Remarks};

use crate::{
    Source,
    coverage::{Failure, Fallback},
};

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
    /// Where the rows came from, if there is more than one source: tracked connections have two.
    pub source: Option<Source>,
    /// Why the first source, ctnetlink, did not provide them. Nothing is missing because of that.
    pub fallback: Option<Fallback>,
    /// Whether the kernel reported that the table changed during the dump (`NLM_F_DUMP_INTR`): rows
    /// may be missing, or repeated. So far no kernel reports it for tracked connections, so its
    /// absence means nothing.
    pub interrupted: bool,
    /// Datagrams that the netlink socket received from other senders than the kernel, and discarded
    /// unread. Nothing is missing because of them, but somebody tried to forge an answer.
    pub foreign: u64,
}

/// A line of a table that does not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadLine {
    /// The name of the table below `/proc/net`.
    pub table: &'static str,
    /// The line number, or the number of the message from ctnetlink, counted from 1.
    pub line: usize,
    /// The column, and why it does not decode.
    pub error: DecodeError,
}

impl TableCoverage {
    /// Whether every row was read and decoded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.each_gap(&mut |_gap| Err(fmt::Error)).is_ok()
    }

    pub(super) fn remark(&mut self, table: &'static str, remarks: Remarks) {
        if remarks != Remarks::default() {
            self.remarks.push((table, remarks));
        }
    }

    /// Passes each thing that is missing to `report`. It names every field, so that none is
    /// forgotten.
    fn each_gap(&self, report: &mut dyn FnMut(fmt::Arguments<'_>) -> fmt::Result) -> fmt::Result {
        let TableCoverage {
            rows: _,
            undecodable,
            first,
            absent: _,
            unreadable,
            source: _,
            fallback: _,
            interrupted,
            foreign: _,
            remarks,
        } = self;
        for (table, failure) in unreadable {
            report(format_args!("table {table}: {failure}"))?;
        }
        if *interrupted {
            report(format_args!("the table changed while it was dumped: rows may be missing"))?;
        }
        for (table, remarks) in remarks {
            remarks.doubts().try_for_each(|doubt| report(format_args!("table {table} {doubt}")))?;
        }
        for row in first {
            report(format_args!("{row}"))?;
        }
        match undecodable - first.len() as u64 {
            0 => Ok(()),
            more => report(format_args!("{more} more rows that do not decode")),
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
        self.each_gap(&mut |gap| writeln!(f, "{gap}"))
    }
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadLine { table, line, error } = self;
        let (at, name, what) = (error.offset() + 1, error.column(), error.kind());
        write!(f, "table {table}, line {line}, column {at}: {name}: {what}")
    }
}
