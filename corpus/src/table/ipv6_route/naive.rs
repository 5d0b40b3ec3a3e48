//! The naive decoder.

use procnet_core::network::{
    ipv6_route::{Row, Table},
    route::Flags,
};

use crate::naive::fields::{hex, packed, prefix_length, words};

/// The row in a line.
#[must_use]
pub fn row(_: Table, line: &[u8], _number: usize) -> Option<Option<Row<'_>>> {
    (!words(line).is_empty()).then(|| decode(&words(line)))
}

fn decode<'a>(words: &[&'a [u8]]) -> Option<Row<'a>> {
    let [
        destination,
        destination_length,
        source,
        source_length,
        gateway,
        metric,
        references,
        uses,
        flags,
        ..,
    ] = words
    else {
        return None;
    };
    Some(Row {
        destination: packed(destination)?,
        destination_length: prefix_length(destination_length)?,
        source: packed(source)?,
        source_length: prefix_length(source_length)?,
        gateway: packed(gateway)?,
        metric: hex(metric)?,
        references: hex(references)?,
        uses: hex(uses)?,
        flags: Flags(hex(flags)?),
        device: words.get(9).copied(),
    })
}
