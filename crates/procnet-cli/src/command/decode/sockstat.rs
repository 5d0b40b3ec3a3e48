//! How many sockets there are: sockstat and sockstat6.

use procnet::core::counter::sockstat::Rows;

use super::{Decoder, report::Report};
use crate::{
    error::Error,
    output::Header,
    row::{CounterRow, escaped},
};

pub(super) struct Sockstat;

impl Decoder for Sockstat {
    fn header(&self) -> Header {
        CounterRow::header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        let row = match Rows::new(line).next() {
            Some(Ok(row)) => row,
            Some(Err(error)) => {
                report.bad(number, error);
                return Ok(());
            }
            None => return Ok(()),
        };
        let protocol = escaped(row.prefix());
        for value in row.values() {
            match value {
                Ok(value) => {
                    let name = escaped(value.name);
                    let row = CounterRow { protocol: &protocol, name: &name, value: value.value };
                    report.row(CounterRow::header, &row)?;
                }
                Err(error) => report.bad(number, error),
            }
        }
        Ok(())
    }
}
