//! Unix sockets.

use procnet_core::{
    ByteOrder, Error, Inode, Lines,
    table::{
        self,
        unix::{Row, Table},
    },
};

use super::{same, window};
use crate::{
    naive,
    render::{Host, unix},
};

/// A whole file.
pub fn file(bytes: &[u8]) {
    for (line, number) in Lines::new(bytes).zip(1..) {
        let fast = table::Table::row(&Table, line, number);
        let slow = naive::unix::row(line, number);
        assert_eq!(fast.is_some(), slow.is_some(), "is line {number} a row? {line:?}");
        row(line);
    }
    window::table(Table, bytes, owned);
}

/// One line.
pub fn row(line: &[u8]) {
    let fast = owned(Row::decode(line));
    same("row", line, &fast, &naive::unix::Row::decode(line));
    let Ok(row) = fast else { return };
    let printed = unix::row(Host::newest(ByteOrder::NATIVE), &row);
    let printed = printed.strip_suffix(b"\n").unwrap_or(&printed);
    assert_eq!(owned(Row::decode(printed)), Ok(row), "printed as {printed:?}");
}

pub(super) fn owned(row: Result<Row<'_>, Error>) -> Result<naive::unix::Row, Error> {
    let row = row?;
    assert_eq!(row.is_listening(), row.flags & 1 << 16 != 0);
    Ok(naive::unix::Row {
        pointer: row.pointer.to_vec(),
        refs: row.refs,
        protocol: row.protocol,
        flags: row.flags,
        kind: row.kind.0,
        state: row.state.0,
        inode: row.inode.map_or(0, Inode::get),
        name: row.name.map(|name| {
            assert_eq!(name.is_path(), !matches!(name.as_bytes(), [] | [b'@', ..]));
            name.as_bytes().to_vec()
        }),
    })
}
