//! The table of interfaces.

use procnet::{
    Interface,
    core::{counter::dev, table::Table as _},
};

use super::{Decoder, report::Report};
use crate::{error::Error, output::Header, row::InterfaceRow};

pub(super) struct Dev;

impl Decoder for Dev {
    fn header(&self) -> Header {
        InterfaceRow::header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        match dev::Table.row(line, number) {
            Some(Ok(row)) => report.row(InterfaceRow::header, &InterfaceRow(&Interface::from(row))),
            Some(Err(error)) => {
                report.bad(number, error);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
