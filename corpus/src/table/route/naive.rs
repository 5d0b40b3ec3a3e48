//! The naive decoder.

use procnet_core::network::route::{Flags, Row, Table};

use crate::naive::{
    fields::{hex, word, words},
    text,
};

/// The row in a line.
#[must_use]
pub fn row(table: Table, line: &[u8], number: usize) -> Option<Option<Row<'_>>> {
    let heading = number == 1 && line.starts_with(b"Iface\tDestination");
    (!heading && !words(line).is_empty()).then(|| decode(table, &words(line)))
}

fn decode<'a>(table: Table, words: &[&'a [u8]]) -> Option<Row<'a>> {
    let [
        device,
        destination,
        gateway,
        flags,
        references,
        uses,
        metric,
        mask,
        mtu,
        window,
        irtt,
        ..,
    ] = words
    else {
        return None;
    };
    Some(Row {
        device,
        destination: word(destination, table.order)?,
        gateway: word(gateway, table.order)?,
        flags: Flags(hex(flags)?),
        references: text::either_sign(references)?,
        uses: text::either_sign(uses)?,
        metric: text::either_sign(metric)?,
        mask: word(mask, table.order)?,
        mtu: text::either_sign(mtu)?,
        window: text::either_sign(window)?,
        irtt: text::either_sign(irtt)?,
    })
}
