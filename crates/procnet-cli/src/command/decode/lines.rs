//! Tables with one row per line.

use procnet::decode::table::Table;

use super::{Decoder, Report};
use crate::{error::Error, output::Header, row::Record};

struct Lines<T, H, P> {
    table: T,
    header: H,
    print: P,
}

/// Decodes a table of which each line is a row, printed by `print`.
pub(crate) fn lines<T, H, P>(table: T, header: H, print: P) -> Box<dyn Decoder>
where
    T: Table + 'static,
    H: Fn() -> Header + 'static,
    P: for<'a> Fn(T::Row<'a>, usize, &mut Report) -> Result<(), Error> + 'static,
{
    Box::new(Lines { table, header, print })
}

/// Decodes a table of which each line is a record.
pub(crate) fn records<T, R>(table: T) -> Box<dyn Decoder>
where
    T: Table + 'static,
    R: Record + for<'a> From<T::Row<'a>> + 'static,
{
    lines(table, Header::of::<R>, |row, _, report| report.record(&R::from(row)))
}

impl<T, H, P> Decoder for Lines<T, H, P>
where
    T: Table,
    H: Fn() -> Header,
    P: for<'a> Fn(T::Row<'a>, usize, &mut Report) -> Result<(), Error>,
{
    fn header(&self) -> Header {
        (self.header)()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        match self.table.row(line, number) {
            Some(Ok(row)) => (self.print)(row, number, report),
            Some(Err(error)) => {
                report.error(number, error);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
