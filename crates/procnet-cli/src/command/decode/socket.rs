//! The socket tables.

use procnet::{
    ByteOrder, Kind, Socket,
    core::table::{Table as _, inet, unix},
};

use super::{Decoder, report::Report};
use crate::{
    error::Error,
    output::Header,
    row::{SocketRow, Tell},
};

pub(super) fn decoder(kind: Kind, order: ByteOrder) -> Box<dyn Decoder> {
    match kind.inet_table(order) {
        Some(rows) => Box::new(Inet { kind, rows }),
        None => Box::new(Unix),
    }
}

fn header() -> Header {
    SocketRow::header(Tell::default())
}

struct Inet {
    kind: Kind,
    rows: inet::Table,
}

impl Decoder for Inet {
    fn header(&self) -> Header {
        header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        let Some(row) = self.rows.row(line, number) else { return Ok(()) };
        match row.and_then(|row| row.record()) {
            Ok(record) => {
                let socket = Socket::from_inet(self.kind, record);
                report.row(header, &SocketRow::plain(&socket))
            }
            Err(error) => {
                report.bad(number, error);
                Ok(())
            }
        }
    }
}

struct Unix;

impl Decoder for Unix {
    fn header(&self) -> Header {
        header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        match unix::Table.row(line, number) {
            Some(Ok(row)) => report.row(header, &SocketRow::plain(&Socket::from_unix(row))),
            Some(Err(error)) => {
                report.bad(number, error);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
