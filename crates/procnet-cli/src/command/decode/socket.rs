//! The socket tables.

use procnet::{Kind, capture::is_swapped_loopback, decode::ByteOrder};

use super::{Decoder, Report};
use crate::{
    error::Error,
    output::Header,
    row::{Extras, SocketRow},
};

pub(super) fn decoder(kind: Kind, order: ByteOrder) -> Box<dyn Decoder> {
    // Instead of addresses, these have columns of their own.
    let packet_netlink = matches!(kind, Kind::Packet | Kind::Netlink);
    Box::new(Sockets { kind, order, extras: Extras { packet_netlink, ..Extras::NONE } })
}

struct Sockets {
    kind: Kind,
    order: ByteOrder,
    extras: Extras,
}

impl Decoder for Sockets {
    fn header(&self) -> Header {
        SocketRow::header(self.extras)
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        match procnet::socket::SocketRow::decode(self.kind, self.order, line, number) {
            Some(Ok(decoded)) => {
                let mut socket = decoded.socket();
                socket.suspect |= report.is_cut;
                let local = socket.local().map(|local| local.ip());
                report.swapped += u64::from(local.is_some_and(is_swapped_loopback));
                report.row(|| self.header(), &SocketRow::of(&socket, self.extras))
            }
            Some(Err(error)) => {
                report.error(number, error);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
