//! The naive decoder.

use procnet_core::{
    ByteOrder,
    network::igmp::{Device, Group, Row, Table},
};

use crate::naive::{
    fields::{hex, is_blank, word, words},
    text,
};

/// The row in a line.
#[must_use]
pub fn row(table: Table, line: &[u8], number: usize) -> Option<Option<Row<'_>>> {
    let heading = number == 1 && line.starts_with(b"Idx\t");
    if heading || words(line).is_empty() {
        return None;
    }
    Some(if is_blank(line[0]) {
        group(line, table.order).map(Row::Group)
    } else {
        device(line).map(Row::Device)
    })
}

/// Index, name, the last colon, the number of groups, the version.
fn device(line: &[u8]) -> Option<Device<'_>> {
    let index = words(line)[0];
    let rest = &line[index.len()..];
    let rest = &rest[rest.iter().position(|byte| !is_blank(*byte))?..];
    let colon = rest.iter().rposition(|byte| *byte == b':')?;
    let name = rest[..colon].trim_ascii_end();
    let [count, querier, ..] = words(&rest[colon + 1..])[..] else { return None };
    let querier = match querier {
        b"NONE" => None,
        b"V1" => Some(1),
        b"V2" => Some(2),
        b"V3" => Some(3),
        _ => return None,
    };
    let (index, count) = (text::either_sign(index)?, text::either_sign(count)?);
    (!name.is_empty()).then_some(Device { index, name, count, querier })
}

fn group(line: &[u8], order: ByteOrder) -> Option<Group> {
    let [group, users, timer, reporter, ..] = words(line)[..] else { return None };
    let (running, ticks) = text::cut(timer, b':')?;
    let ticks: u64 = hex(&ticks)?;
    Some(Group {
        address: word(group, order)?,
        users: text::either_sign(users)?,
        timer: (text::either_sign(&running)? != 0).then_some(ticks),
        is_reporter: text::either_sign(reporter)? != 0,
    })
}
