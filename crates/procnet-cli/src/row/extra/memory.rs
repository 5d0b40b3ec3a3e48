//! -m: socket memory.

use super::{ExtraColumn, number, text, usually_zero};

macro_rules! member {
    ($key:literal, $column:expr, $name:ident) => {
        ExtraColumn::both($key, $column, |attributes| {
            text(attributes.details.memory.map(|memory| memory.$name))
        })
    };
}

pub(super) const COLUMNS: &[ExtraColumn] = &[
    member!("details.memory.receive", number("Rmem"), receive),
    member!("details.memory.receive_limit", number("Rcvbuf"), receive_limit),
    member!("details.memory.transmit", number("Wmem"), transmit),
    member!("details.memory.transmit_limit", number("Sndbuf"), transmit_limit),
    member!("details.memory.forward", usually_zero("Fwd"), forward),
    member!("details.memory.queued", usually_zero("Wqueue"), queued),
    member!("details.memory.options", usually_zero("Optmem"), options),
    ExtraColumn::both("details.memory.backlog", usually_zero("Backlog"), |attributes| {
        text(attributes.details.memory.and_then(|memory| memory.backlog))
    }),
    ExtraColumn::both("details.memory.drops", usually_zero("Drops"), |attributes| {
        text(attributes.details.memory.and_then(|memory| memory.drops))
    }),
];
