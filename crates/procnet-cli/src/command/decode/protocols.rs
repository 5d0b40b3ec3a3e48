//! The protocols that a kernel has registered: a line of names, then a line a protocol.

use procnet::core::counter::protocols::{Pressure, Row, Rows};

use super::{Decoder, report::Report};
use crate::{
    error::Error,
    output::Header,
    row::{ProtocolRow, escaped},
};

#[derive(Default)]
pub(super) struct Protocols {
    /// The line of names; empty before it was seen.
    names: Vec<u8>,
}

impl Decoder for Protocols {
    fn header(&self) -> Header {
        ProtocolRow::header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        if Rows::new(line).names().is_empty() {
            // A blank line.
            return Ok(());
        }
        if self.names.is_empty() {
            self.names = line.to_vec();
            return Ok(());
        }
        match Row::decode(&self.names, line) {
            Ok(row) => {
                let row = shown(&row, number, report);
                report.row(ProtocolRow::header, &row)
            }
            Err(error) => {
                report.bad(number, error);
                Ok(())
            }
        }
    }
}

fn shown(row: &Row<'_>, number: usize, report: &mut Report) -> ProtocolRow {
    let mut methods = Vec::new();
    for method in row.methods() {
        match method {
            Ok(method) if method.present => methods.push(escaped(method.name)),
            Ok(_) => {}
            Err(error) => report.bad(number, error),
        }
    }
    ProtocolRow {
        protocol: escaped(row.name),
        size: row.size,
        sockets: row.sockets,
        memory: row.memory,
        pressure: match row.pressure {
            Pressure::None => None,
            Pressure::No => Some(false),
            Pressure::Yes => Some(true),
        },
        max_header: row.max_header,
        slab: row.slab,
        module: escaped(row.module),
        methods,
    }
}
