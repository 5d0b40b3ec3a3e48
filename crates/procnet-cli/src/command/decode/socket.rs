//! The socket tables.

use procnet::{
    ByteOrder, Kind, Socket,
    core::table::{netlink, packet, unix},
};

use super::{Decoder, Report, lines};
use crate::{
    error::Error,
    output::Header,
    row::{Extras, SocketRow},
};

pub(super) fn decoder(kind: Kind, order: ByteOrder) -> Box<dyn Decoder> {
    if let Some(table) = kind.inet_table(order) {
        return lines(table, header, move |row, number, report| match row.record() {
            Ok(record) => print(&Socket::from_inet(kind, record), report),
            Err(error) => {
                report.error(number, error);
                Ok(())
            }
        });
    }
    match kind {
        Kind::Packet => lines(packet::Table, header_without_address, |row, _, report| {
            print_without_address(&Socket::from_packet(row), report)
        }),
        Kind::Netlink => lines(netlink::Table, header_without_address, |row, _, report| {
            print_without_address(&Socket::from_netlink(row), report)
        }),
        _ => lines(unix::Table, header, |row, _, report| print(&Socket::from_unix(row), report)),
    }
}

/// Of packet and netlink sockets, the columns that they have instead of addresses.
const WITHOUT_ADDRESS: Extras = Extras { packet_netlink: true, ..Extras::NONE };

fn header() -> Header {
    SocketRow::header(Extras::NONE)
}

fn header_without_address() -> Header {
    SocketRow::header(WITHOUT_ADDRESS)
}

fn print(socket: &Socket<'_>, report: &mut Report) -> Result<(), Error> {
    report.row(header, &SocketRow::of(socket, Extras::NONE))
}

fn print_without_address(socket: &Socket<'_>, report: &mut Report) -> Result<(), Error> {
    report.row(header_without_address, &SocketRow::of(socket, WITHOUT_ADDRESS))
}
