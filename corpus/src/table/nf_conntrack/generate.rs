//! A random row.

use procnet_core::network::nf_conntrack::{self, Offload, Protocol};

use crate::generate::RandomValues;

pub(super) fn row<'a>(from: &mut RandomValues, name: &'a [u8]) -> nf_conntrack::Row<'a> {
    let direction = |from: &mut RandomValues| nf_conntrack::Direction {
        source: Some(from.ip()),
        destination: from.number().checked_add(1).map(|_| from.ip()),
        source_port: from.some(|from| from.number() as u16),
        destination_port: from.some(|from| from.number() as u16),
        icmp_type: from.some(|from| from.number() as u8),
        icmp_code: from.some(|from| from.number() as u8),
        icmp_id: from.some(|from| from.number() as u16),
        source_key: from.some(|from| from.number() as u16),
        destination_key: from.some(|from| from.number() as u16),
        zone: from.some(|from| from.number() as u16),
        packets: from.some(RandomValues::number),
        bytes: from.some(RandomValues::number),
    };
    let states: [&[u8]; 4] = [b"ESTABLISHED", b"TIME_WAIT", b"x", b"5"];
    let state = states[from.number() as usize % states.len()];
    nf_conntrack::Row {
        network: Protocol { name: b"ipv4", number: from.number() as u16 % 12 },
        transport: Protocol { name: b"tcp", number: from.number() as u16 % 256 },
        timeout: from.some(|from| from.number().cast_signed()),
        state: from.some(|_| state),
        gre_timeouts: from.some(|from| (from.number32(), from.number32())),
        original: direction(from),
        reply: direction(from),
        unreplied: from.is(),
        assured: from.is(),
        offload: from.some(|from| if from.is() { Offload::Hardware } else { Offload::Software }),
        mark: from.some(RandomValues::number32),
        secctx: from.some(|_| name),
        secmark: from.some(RandomValues::number32),
        zone: from.some(|from| from.number() as u16),
        delta_time: from.some(RandomValues::number),
        uses: from.number32(),
    }
}
