//! Packet sockets.

use procnet_core::{
    ByteOrder, Error, Inode, Lines,
    table::{
        self,
        packet::{Row, Table},
    },
};

use super::{same, window};
use crate::{
    naive,
    render::{Host, packet},
};

/// A whole file.
pub fn file(bytes: &[u8]) {
    for (line, number) in Lines::new(bytes).zip(1..) {
        let fast = table::Table::row(&Table, line, number);
        let slow = naive::packet::row(line, number);
        assert_eq!(fast.is_some(), slow.is_some(), "is line {number} a row? {line:?}");
        row(line);
    }
    window::table(Table, bytes, owned);
}

/// One line.
pub fn row(line: &[u8]) {
    let fast = owned(Row::decode(line));
    same("row", line, &fast, &naive::packet::Row::decode(line));
    let Ok(row) = fast else { return };
    let printed = packet::row(Host::newest(ByteOrder::NATIVE), &row);
    let printed = printed.strip_suffix(b"\n").unwrap_or(&printed);
    assert_eq!(owned(Row::decode(printed)).as_ref(), Ok(&row), "printed as {printed:?}");
}

pub(super) fn owned(row: Result<Row<'_>, Error>) -> Result<naive::packet::Row, Error> {
    let row = row?;
    Ok(naive::packet::Row {
        pointer: row.pointer.to_vec(),
        refs: row.refs,
        kind: row.kind.0,
        protocol: row.protocol,
        interface: row.interface.map_or(0, std::num::NonZero::get),
        running: row.running,
        rx_queue: row.rx_queue,
        uid: row.uid,
        inode: row.inode.map_or(0, Inode::get),
    })
}
