//! What CPUs did with packets.

use procnet::core::{counter::softnet, table::Table as _};

use super::{Decoder, report::Report};
use crate::{error::Error, output::Header, row::SoftnetRow};

pub(super) struct Softnet;

impl Decoder for Softnet {
    fn header(&self) -> Header {
        SoftnetRow::header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        let row = match softnet::Table.row(line, number) {
            Some(Ok(row)) => row,
            Some(Err(error)) => {
                report.bad(number, error);
                return Ok(());
            }
            None => return Ok(()),
        };
        let named = row.columns().filter(|(name, _)| *name != "cpu");
        let mut shown =
            SoftnetRow::new(row.cpu, named.map(|(name, value)| (name, u64::from(value))));
        for value in row.further() {
            match value {
                Ok(value) => shown.further.push(u64::from(value)),
                Err(error) => report.bad(number, error),
            }
        }
        report.row(SoftnetRow::header, &shown)
    }
}
