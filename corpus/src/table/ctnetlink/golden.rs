//! Messages in words, with the number of the message in place of that of a line.

use procnet_core::{
    ByteOrder, Error,
    escape::Escaped,
    netlink::{
        MessageType, Payload,
        ctnetlink::{Connection, CpuStatistics, Statistics, Totals},
    },
};

use crate::{
    golden::{Rows, or_none},
    table::{nf_conntrack, sock_diag::rows_of},
};

/// The kernel answers a request for the counters of expected connections with this type.
const EXPECTATION_STATISTICS: MessageType = MessageType(0x103);

pub(super) fn rows(bytes: &[u8], order: ByteOrder) -> Rows {
    rows_of(bytes, order, words)
}

fn words(
    kind: MessageType,
    payload: Payload<'_>,
    errors: &mut Vec<Error>,
) -> Result<String, Error> {
    Ok(match kind {
        MessageType::CTNETLINK_GET_STATS_CPU => cpu(payload, Statistics::Connections, errors)?,
        EXPECTATION_STATISTICS => cpu(payload, Statistics::Expectations, errors)?,
        MessageType::CTNETLINK_GET_STATS => {
            let Totals { entries, max_entries } = Totals::decode(payload)?;
            format!("totals entries={entries} max={}", or_none(max_entries))
        }
        _ => {
            let Connection { row, started, id } = Connection::decode(payload)?;
            let row = nf_conntrack::words(&row);
            format!("{row} started={} id={}", or_none(started), or_none(id))
        }
    })
}

fn cpu(
    payload: Payload<'_>,
    statistics: Statistics,
    errors: &mut Vec<Error>,
) -> Result<String, Error> {
    let statistics = CpuStatistics::decode(payload, statistics)?;
    let mut text = format!("cpu {}", statistics.cpu);
    for value in statistics.values() {
        match value {
            Ok(value) => text.push_str(&format!(" {}={}", Escaped(value.name), value.value)),
            Err(error) => errors.push(error),
        }
    }
    Ok(text)
}
