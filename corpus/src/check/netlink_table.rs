//! Netlink sockets, as their table shows them.

use procnet_core::{
    ByteOrder, Error, Inode, Lines,
    table::{
        self,
        netlink::{Row, Table},
    },
};

use super::{same, window};
use crate::{
    naive,
    render::{Host, netlink_table},
};

/// A whole file.
pub fn file(bytes: &[u8]) {
    for (line, number) in Lines::new(bytes).zip(1..) {
        let fast = table::Table::row(&Table, line, number);
        let slow = naive::netlink_table::row(line, number);
        assert_eq!(fast.is_some(), slow.is_some(), "is line {number} a row? {line:?}");
        row(line);
    }
    window::table(Table, bytes, owned);
}

/// One line.
pub fn row(line: &[u8]) {
    let fast = owned(Row::decode(line));
    same("row", line, &fast, &naive::netlink_table::Row::decode(line));
    let Ok(row) = fast else { return };
    if row.drops.is_none() || row.dumping.is_none() {
        // Of kernels whose format has less, or other columns.
        return;
    }
    let printed = netlink_table::row(Host::newest(ByteOrder::NATIVE), &row);
    let printed = printed.strip_suffix(b"\n").unwrap_or(&printed);
    assert_eq!(owned(Row::decode(printed)).as_ref(), Ok(&row), "printed as {printed:?}");
}

pub(super) fn owned(row: Result<Row<'_>, Error>) -> Result<naive::netlink_table::Row, Error> {
    let row = row?;
    Ok(naive::netlink_table::Row {
        pointer: row.pointer.to_vec(),
        protocol: row.protocol.0,
        port: row.port,
        groups: row.groups,
        rx_queue: row.rx_queue,
        tx_queue: row.tx_queue,
        dumping: row.dumping,
        refs: row.refs,
        drops: row.drops,
        inode: row.inode.map_or(0, Inode::get),
    })
}
