//! Tables that hold one record a line.

pub mod inet;
pub mod netlink;
pub mod packet;
mod socket_type;
pub mod unix;

pub use self::socket_type::SocketType;
use crate::{Error, Lines};

/// How the lines of one table decode.
///
/// The trait is what a reader of any such table is written against: it takes lines from a
/// slice ([`Table::rows`]) or from a [`Window`](crate::Window), and counts them.
pub trait Table {
    /// A record; it borrows the line.
    type Row<'a>;

    /// The record in a line, or `None` for a line that is a heading, or blank.
    ///
    /// `number` is the line's number in its file, counted from 1.
    fn row<'a>(&self, line: &'a [u8], number: usize) -> Option<Result<Self::Row<'a>, Error>>;

    /// The records of a whole file.
    fn rows(self, bytes: &[u8]) -> Rows<'_, Self>
    where
        Self: Sized,
    {
        Rows { table: self, lines: Lines::new(bytes), line: 0 }
    }
}

/// The records of a whole file: see [`Table::rows`].
///
/// A line that does not decode is one `Err` item, and the iteration goes on.
#[derive(Clone, Debug)]
pub struct Rows<'a, T> {
    table: T,
    lines: Lines<'a>,
    line: usize,
}

impl<T> Rows<'_, T> {
    /// The number of the line that the last item came from, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

impl<'a, T: Table> Iterator for Rows<'a, T> {
    type Item = Result<T::Row<'a>, Error>;

    // A row is some hundred instructions: a call, and a copy on each way out, are a tenth of it.
    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.lines.next()?;
            self.line += 1;
            if let Some(row) = self.table.row(line, self.line) {
                return Some(row);
            }
        }
    }
}
