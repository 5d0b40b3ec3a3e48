//! Tables with one record per line.

pub mod inet;
pub mod netlink;
pub mod packet;
mod socket_type;
pub mod unix;

pub use self::socket_type::SocketType;
use crate::{Error, Lines};

/// How the lines of one table decode.
///
/// Code that reads any such table is generic over this trait: it takes lines from a slice
/// ([`Table::rows`]) or from a [`Window`](crate::Window), and counts them.
pub trait Table {
    /// A record, which borrows its line.
    type Row<'a>;

    /// Decodes a line. `None` for a heading or a blank line.
    ///
    /// `number` is the number of the line in its file, counted from 1.
    fn row<'a>(&self, line: &'a [u8], number: usize) -> Option<Result<Self::Row<'a>, Error>>;

    /// The records of a whole file.
    fn rows(self, bytes: &[u8]) -> Rows<'_, Self>
    where
        Self: Sized,
    {
        Rows { table: self, lines: Lines::new(bytes), line: 0 }
    }
}

/// Implements [`Table`] for a module's `Table` and `Row`, and gives `Table` an inherent `rows`,
/// so that its callers need not import the trait.
///
/// Takes the decoder of a line and, if the file has a heading, the condition that recognizes
/// one. Blank lines are skipped: no decoder accepts them, so only lines that failed to decode
/// are checked.
macro_rules! impl_table {
    (
        Table: |$table:pat_param, $line:ident| $decode:expr
        $(, heading: |$heading:ident, $number:ident| $is_heading:expr)? $(,)?
    ) => {
        impl Table {
            /// The rows of a whole file, without its heading and blank lines.
            ///
            /// A line that does not decode is one `Err` item, and the iteration continues.
            pub fn rows(self, bytes: &[u8]) -> $crate::table::Rows<'_, Table> {
                $crate::table::Table::rows(self, bytes)
            }
        }

        impl $crate::table::Table for Table {
            type Row<'a> = Row<'a>;

            #[inline(always)]
            fn row<'a>(
                &self,
                $line: &'a [u8],
                _number: usize,
            ) -> Option<Result<Row<'a>, $crate::Error>> {
                $(
                    let ($heading, $number) = ($line, _number);
                    if $is_heading {
                        return None;
                    }
                )?
                let $table = self;
                match $decode {
                    Err(_) if $crate::field::is_blank_line($line) => None,
                    row => Some(row),
                }
            }
        }
    };
}

pub(crate) use impl_table;

/// The records of a whole file: see [`Table::rows`].
///
/// A line that does not decode is one `Err` item, and the iteration continues.
#[derive(Clone, Debug)]
pub struct Rows<'a, T> {
    table: T,
    lines: Lines<'a>,
    line: usize,
}

impl<T> Rows<'_, T> {
    /// The line number of the last item, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

impl<'a, T: Table> Iterator for Rows<'a, T> {
    type Item = Result<T::Row<'a>, Error>;

    // A row takes a few hundred instructions; a call and the copies of its result are a tenth of that.
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
