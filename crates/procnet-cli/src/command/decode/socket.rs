//! The socket tables.

use procnet::{
    ByteOrder, Kind, Socket,
    core::{
        Error as DecodeError,
        table::{Table as _, inet, netlink, packet, unix},
    },
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
        None => Box::new(Plain(
            match kind {
                Kind::Packet => |line, number| {
                    packet::Table.row(line, number).map(|row| row.map(Socket::from_packet))
                },
                Kind::Netlink => |line, number| {
                    netlink::Table.row(line, number).map(|row| row.map(Socket::from_netlink))
                },
                _ => |line, number| {
                    unix::Table.row(line, number).map(|row| row.map(Socket::from_unix))
                },
            },
            Tell { addressless: matches!(kind, Kind::Packet | Kind::Netlink), ..Tell::default() },
        )),
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

/// The socket in a line with its number, if it is a row.
type Rows = fn(&[u8], usize) -> Option<Result<Socket<'_>, DecodeError>>;

/// Tables whose rows do not depend on the byte order.
struct Plain(Rows, Tell);

impl Decoder for Plain {
    fn header(&self) -> Header {
        SocketRow::header(self.1)
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        match (self.0)(line, number) {
            Some(Ok(socket)) => {
                let row = SocketRow { tell: self.1, ..SocketRow::plain(&socket) };
                report.row(|| SocketRow::header(self.1), &row)
            }
            Some(Err(error)) => {
                report.bad(number, error);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
