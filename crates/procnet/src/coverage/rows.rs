//! Rows that do not decode, and rows that may be forged.

use std::fmt;

use procnet_core::{Error as DecodeError, Inode};

use super::{EXAMPLES, Examples, Report};
use crate::{Kind, list::List};

/// Rows that do not decode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undecodable {
    /// The number of them.
    pub count: u64,
    /// The first few.
    pub first: List<BadRow, EXAMPLES>,
}

impl Undecodable {
    pub(crate) fn push(&mut self, kind: Kind, line: usize, error: DecodeError) {
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push(BadRow { kind, line, error });
        }
    }
}

impl Undecodable {
    pub(super) fn each_gap(&self, report: &mut Report<'_>) -> fmt::Result {
        for row in &self.first {
            report(format_args!("{row}"))?;
        }
        match self.count - self.first.len() as u64 {
            0 => Ok(()),
            more => report(format_args!("{more} more rows that do not decode")),
        }
    }
}

/// One line for each row.
impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.each_gap(&mut |gap| writeln!(f, "{gap}"))
    }
}

/// Rows that may be forged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suspects {
    /// The number of them.
    pub count: u64,
    /// The inodes of the first few.
    pub first: List<Option<Inode>, EXAMPLES>,
}

impl Suspects {
    pub(crate) fn push(&mut self, inode: Option<Inode>) {
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push(inode);
        }
    }
}

impl Suspects {
    pub(super) fn each_gap(&self, report: &mut Report<'_>) -> fmt::Result {
        let inodes: List<Shown, EXAMPLES> = self.first.iter().map(|inode| Shown(*inode)).collect();
        let (count, examples) = (self.count, Examples { first: &inodes, count: self.count });
        match count {
            0 => Ok(()),
            1 => report(format_args!(
                "table unix: 1 row may be forged by a socket's name: inode {examples}"
            )),
            count => report(format_args!(
                "table unix: {count} rows may be forged by a socket's name: inode {examples}"
            )),
        }
    }
}

/// One line, if there are any.
impl fmt::Display for Suspects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.each_gap(&mut |gap| writeln!(f, "{gap}"))
    }
}

/// An inode, or a note that there is none.
struct Shown(Option<Inode>);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(inode) => inode.fmt(f),
            None => f.write_str("none"),
        }
    }
}

/// A row that does not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadRow {
    /// The table that contains it.
    pub kind: Kind,
    /// The line number in that table, or the number of the message from sock_diag, counted from 1.
    pub line: usize,
    /// The column, and why it does not decode.
    pub error: DecodeError,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadRow { kind, line, error } = self;
        let (at, name, what) = (error.offset() + 1, error.column(), error.kind());
        write!(f, "table {kind}, line {line}, column {at}: {name}: {what}")
    }
}
