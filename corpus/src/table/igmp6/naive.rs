//! The naive decoder.

use procnet_core::network::igmp6::{Flags, Row, Table};

use crate::naive::{
    fields::{hex, packed, words},
    text,
};

/// The row in a line.
#[must_use]
pub fn row(_: Table, line: &[u8], _number: usize) -> Option<Option<Row<'_>>> {
    (!words(line).is_empty()).then(|| decode(&words(line)))
}

fn decode<'a>(words: &[&'a [u8]]) -> Option<Row<'a>> {
    let [index, device, group, users, flags, ticks, ..] = words else { return None };
    Some(Row {
        index: text::either_sign(index)?,
        device,
        group: packed(group)?,
        users: text::either_sign(users)?,
        flags: Flags(hex(flags)?),
        ticks: text::signed(ticks)?.try_into().ok()?,
    })
}
