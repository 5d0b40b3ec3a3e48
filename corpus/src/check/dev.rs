//! Interfaces.

use procnet_core::{
    ByteOrder, Error, Lines,
    counter::dev::{Counters, Row, Table},
    escape::Escaped,
    table,
};

use super::{same, window};
use crate::{
    naive,
    render::{Host, dev},
};

/// A whole file.
pub fn file(bytes: &[u8]) {
    for (line, number) in Lines::new(bytes).zip(1..) {
        let fast = table::Table::row(&Table, line, number);
        let slow = naive::dev::row(line, number);
        assert_eq!(fast.is_some(), slow.is_some(), "is line {number} a row? {line:?}");
        row(line);
    }
    window::table(Table, bytes, owned);
}

/// One line.
pub fn row(line: &[u8]) {
    let fast = owned(Row::decode(line));
    same("row", line, &fast, &naive::dev::Row::decode(line));
    let Ok(row) = fast else { return };
    for host in [Host::newest(ByteOrder::NATIVE), Host::oldest(ByteOrder::NATIVE)] {
        let printed = dev::row(host, &row);
        let printed = printed.strip_suffix(b"\n").unwrap_or(&printed);
        assert_eq!(owned(Row::decode(printed)).as_ref(), Ok(&row), "printed as {printed:?}");
    }
}

fn owned(row: Result<Row<'_>, Error>) -> Result<naive::dev::Row, Error> {
    let row = row?;
    assert_eq!(row.to_string(), Escaped(row.name()).to_string());
    let counters = <[u64; 16]>::from(row.counters);
    assert_eq!(Counters::from(counters), row.counters);
    Ok(naive::dev::Row { name: row.name().to_vec(), counters })
}
