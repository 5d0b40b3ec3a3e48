//! The naive decoder.

use procnet_core::network::if_inet6::{Flags, Row, Scope, Table};

use crate::naive::fields::{hex, packed, prefix_length, words};

/// The row in a line.
#[must_use]
pub fn row(_: Table, line: &[u8], _number: usize) -> Option<Option<Row<'_>>> {
    (!words(line).is_empty()).then(|| decode(&words(line)))
}

fn decode<'a>(words: &[&'a [u8]]) -> Option<Row<'a>> {
    let [address, index, length, scope, flags, device, ..] = words else { return None };
    Some(Row {
        address: packed(address)?,
        index: hex(index)?,
        prefix_length: prefix_length(length)?,
        scope: Scope(hex(scope)?),
        flags: Flags(hex(flags)?),
        device,
    })
}
