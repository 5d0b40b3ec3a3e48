//! The socket tables.

use procnet::{ByteOrder, Kind};

use super::{Decoder, report::Report};
use crate::{
    error::Error,
    output::Header,
    row::{SocketRow, Tell},
};

pub(super) fn decoder(kind: Kind, order: ByteOrder) -> Box<dyn Decoder> {
    let addressless = matches!(kind, Kind::Packet | Kind::Netlink);
    Box::new(Sockets { kind, order, tell: Tell { addressless, ..Tell::default() } })
}

struct Sockets {
    kind: Kind,
    order: ByteOrder,
    tell: Tell,
}

impl Decoder for Sockets {
    fn header(&self) -> Header {
        SocketRow::header(self.tell)
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        match procnet::SocketRow::decode(self.kind, self.order, line, number) {
            Some(Ok(decoded)) => {
                let socket = decoded.socket();
                let row = SocketRow { tell: self.tell, ..SocketRow::plain(&socket) };
                report.row(|| SocketRow::header(self.tell), &row)
            }
            Some(Err(error)) => {
                report.bad(number, error);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
