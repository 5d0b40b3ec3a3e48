//! The tables of packet and of netlink sockets, whose rows nobody can forge.

use std::ops::ControlFlow;

use procnet_core::{
    Error as DecodeError,
    table::{self, netlink, packet},
};
use rustix::io::Errno;

use super::{ahead::Input, seen::Seen};
use crate::{Kind, Socket, coverage::Coverage, file, owners::Register};

/// The table of packet sockets, as [`Socket`]s.
pub(super) struct Packets;

/// The table of netlink sockets, as [`Socket`]s.
pub(super) struct Netlinks;

impl table::Table for Packets {
    type Row<'a> = Socket<'a>;

    fn row<'a>(&self, line: &'a [u8], number: usize) -> Option<Result<Socket<'a>, DecodeError>> {
        packet::Table.row(line, number).map(|row| row.map(Socket::from_packet))
    }
}

impl table::Table for Netlinks {
    type Row<'a> = Socket<'a>;

    fn row<'a>(&self, line: &'a [u8], number: usize) -> Option<Result<Socket<'a>, DecodeError>> {
        netlink::Table.row(line, number).map(|row| row.map(Socket::from_netlink))
    }
}

/// Hands over the rows of a table, as it is looked at for the nth time.
#[expect(clippy::too_many_arguments, reason = "parts of a scanner that are borrowed apart")]
pub(super) fn visit<T: for<'a> table::Table<Row<'a> = Socket<'a>>>(
    mut input: Input<'_>,
    buffer: &mut [u8],
    (seen, register): (&mut Seen, &impl Register),
    kind: Kind,
    rows: &T,
    look: u32,
    coverage: &mut Coverage,
    mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Errno> {
    file::for_each_row(
        buffer,
        rows,
        |space| input.read(space),
        |line, row| {
            coverage.rows += u64::from(look == 1);
            let socket = match row {
                Ok(socket) => socket,
                Err(_) if look > 1 => return ControlFlow::Continue(()),
                Err(error) => {
                    coverage.undecodable.push(kind, line, error);
                    return ControlFlow::Continue(());
                }
            };
            let is_first = match socket.inode {
                Some(inode) => seen.inode(inode, |inode| register.is_first(inode)),
                // It cannot be told from another.
                None => look == 1,
            };
            if !is_first {
                coverage.repeated += u64::from(look == 1);
                return ControlFlow::Continue(());
            }
            if look > 1 {
                coverage.rows += 1;
                coverage.recovered += 1;
            }
            each(coverage, socket)
        },
    )
}
