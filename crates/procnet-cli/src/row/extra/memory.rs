//! -m: the memory that a socket takes.

use super::{Extra, fault, number, text};

macro_rules! member {
    ($key:literal, $column:expr, $name:ident) => {
        Extra::both($key, $column, |facts| text(facts.details.memory.map(|memory| memory.$name)))
    };
}

pub(super) const EXTRAS: &[Extra] = &[
    member!("details.memory.receive", number("Rmem"), receive),
    member!("details.memory.receive_limit", number("Rcvbuf"), receive_limit),
    member!("details.memory.transmit", number("Wmem"), transmit),
    member!("details.memory.transmit_limit", number("Sndbuf"), transmit_limit),
    member!("details.memory.forward", fault("Fwd"), forward),
    member!("details.memory.queued", fault("Wqueue"), queued),
    member!("details.memory.options", fault("Optmem"), options),
    Extra::both("details.memory.backlog", fault("Backlog"), |facts| {
        text(facts.details.memory.and_then(|memory| memory.backlog))
    }),
    Extra::both("details.memory.drops", fault("Drops"), |facts| {
        text(facts.details.memory.and_then(|memory| memory.drops))
    }),
];
