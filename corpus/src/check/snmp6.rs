//! snmp6, and that of an interface.

use procnet_core::{
    Error, Lines,
    counter::snmp6::{Row, Table},
    table,
};

use super::{same, window};
use crate::{naive, render::snmp6};

/// A whole file.
pub fn file(bytes: &[u8]) {
    for (line, number) in Lines::new(bytes).zip(1..) {
        let fast = table::Table::row(&Table, line, number);
        let slow = naive::snmp6::row(line);
        assert_eq!(fast.is_some(), slow.is_some(), "is line {number} a row? {line:?}");
        row(line);
    }
    window::table(Table, bytes, owned);
}

/// One line.
pub fn row(line: &[u8]) {
    let fast = owned(Row::decode(line));
    same("row", line, &fast, &naive::snmp6::Row::decode(line));
    let Ok(row) = fast else { return };
    let printed = snmp6::row(&row);
    let printed = printed.strip_suffix(b"\n").unwrap_or(&printed);
    assert_eq!(owned(Row::decode(printed)).as_ref(), Ok(&row), "printed as {printed:?}");
}

fn owned(row: Result<Row<'_>, Error>) -> Result<naive::snmp6::Row, Error> {
    row.map(|row| naive::snmp6::Row { name: row.name.to_vec(), value: row.value })
}
