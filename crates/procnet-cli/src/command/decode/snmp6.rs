//! The counters of IPv6, of a host or of an interface.

use procnet::core::{counter::snmp6, table::Table as _};

use super::{Decoder, report::Report};
use crate::{
    error::Error,
    output::Header,
    row::{Ipv6Row, escaped},
};

pub(super) struct Snmp6;

impl Decoder for Snmp6 {
    fn header(&self) -> Header {
        Ipv6Row::header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        match snmp6::Table.row(line, number) {
            Some(Ok(row)) => {
                let row = Ipv6Row { interface: None, name: &escaped(row.name), value: row.value };
                report.row(Ipv6Row::header, &row)
            }
            Some(Err(error)) => {
                report.bad(number, error);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
