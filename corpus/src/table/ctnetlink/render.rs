//! Messages as the kernel sends them (net/netfilter/nf_conntrack_netlink.c).

use procnet_core::{
    ByteOrder,
    network::nf_conntrack::{Direction, Offload},
};

use super::naive::{COUNTERS, Connection, STATES};

/// The flag of an attribute that contains others.
const NESTED: u16 = 0x8000;

/// The payload of a connection: `ctnetlink_fill_info`.
#[must_use]
pub fn connection((row, started, id): &Connection<'_>, order: ByteOrder) -> Vec<u8> {
    let put = |kind: u16, value: &[u8]| attribute(kind, value, order);
    let word = |kind: u16, number: u32| put(kind, &number.to_be_bytes());
    let protocol = row.transport.number as u8;
    let mut bytes = vec![row.network.number as u8, 0, 0, 0];
    for (kind, direction) in [(1, &row.original), (2, &row.reply)] {
        bytes.extend(put(kind | NESTED, &tuple(direction, protocol, order)));
    }
    bytes.extend(row.zone.map(|zone| put(18, &zone.to_be_bytes())).unwrap_or_default());
    let status = 8
        | u32::from(!row.unreplied) << 1
        | u32::from(row.assured) << 2
        | u32::from(row.offload == Some(Offload::Software)) << 14
        | u32::from(row.offload == Some(Offload::Hardware)) << 15;
    bytes.extend(word(3, status));
    if let Some(timeout) = row.timeout {
        bytes.extend(word(7, timeout as u32));
    }
    for (kind, direction) in [(9, &row.original), (10, &row.reply)] {
        let counters = [(1, direction.packets), (2, direction.bytes)];
        let counters: Vec<u8> = counters
            .into_iter()
            .filter_map(|(kind, count)| Some(put(kind, &count?.to_be_bytes())))
            .flatten()
            .collect();
        if !counters.is_empty() {
            bytes.extend(put(kind | NESTED, &counters));
        }
    }
    if let Some(started) = started {
        bytes.extend(put(20 | NESTED, &put(1, &started.to_be_bytes())));
    }
    if let Some((kind, state)) = row.state.and_then(|name| number_of(name, protocol)) {
        bytes.extend(put(4 | NESTED, &put(kind | NESTED, &put(1, &[state]))));
    }
    if let Some(mark) = row.mark {
        bytes.extend(word(8, mark));
    }
    if let Some(secmark) = row.secmark {
        bytes.extend(word(17, secmark));
    }
    if let Some(context) = row.secctx {
        bytes.extend(put(19 | NESTED, &put(1, &[context, b"\0"].concat())));
    }
    if let Some(id) = id {
        bytes.extend(word(12, *id));
    }
    bytes.extend(word(11, row.uses));
    bytes
}

/// `ctnetlink_dump_tuples`.
fn tuple(direction: &Direction, protocol: u8, order: ByteOrder) -> Vec<u8> {
    let put = |kind: u16, value: &[u8]| attribute(kind, value, order);
    let mut addresses = Vec::new();
    for (kind, address) in [(1, direction.source), (2, direction.destination)] {
        match address {
            Some(std::net::IpAddr::V4(ip)) => addresses.extend(put(kind, &ip.octets())),
            Some(std::net::IpAddr::V6(ip)) => addresses.extend(put(kind + 2, &ip.octets())),
            None => {}
        }
    }
    let mut part = put(1, &[protocol]);
    let ports = [
        (2, direction.source_port.or(direction.source_key)),
        (3, direction.destination_port.or(direction.destination_key)),
    ];
    let v6 = if protocol == 58 { 3 } else { 0 };
    for (kind, number) in ports.into_iter().chain([(4 + v6, direction.icmp_id)]) {
        part.extend(number.map(|number| put(kind, &number.to_be_bytes())).unwrap_or_default());
    }
    for (kind, byte) in [(5 + v6, direction.icmp_type), (6 + v6, direction.icmp_code)] {
        part.extend(byte.map(|byte| put(kind, &[byte])).unwrap_or_default());
    }
    let zone = direction.zone.map(|zone| put(3, &zone.to_be_bytes())).unwrap_or_default();
    [put(1 | NESTED, &addresses), put(2 | NESTED, &part), zone].concat()
}

/// The protocol's attribute and the number of a state.
fn number_of(name: &[u8], protocol: u8) -> Option<(u16, u8)> {
    let at = match protocol {
        33 => 1,
        132 => 2,
        _ => 0,
    };
    // The state may be that of another protocol.
    let of = |at: usize| {
        let number = STATES[at].split(' ').position(|state| state.as_bytes() == name)?;
        Some((at as u16 + 1, number as u8))
    };
    of(at).or_else(|| (0..STATES.len()).find_map(of))
}

/// The payload of a CPU's counters: `ctnetlink_ct_stat_cpu_fill_info`,
/// `ctnetlink_exp_stat_fill_info`.
#[must_use]
pub fn cpu(cpu: u16, counters: &[(&str, u32)], expectations: bool, order: ByteOrder) -> Vec<u8> {
    let names: Vec<&str> = COUNTERS[usize::from(expectations)].split(' ').collect();
    let mut bytes = [&[0, 0], &cpu.to_be_bytes()[..]].concat();
    for (name, value) in counters {
        let at = names.iter().position(|known| known == name).expect("a known name");
        bytes.extend(attribute(at as u16 + 1, &value.to_be_bytes(), order));
    }
    bytes
}

/// The payload of the totals: `ctnetlink_stat_ct_fill_info`.
#[must_use]
pub fn totals(entries: u32, max_entries: Option<u32>, order: ByteOrder) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.extend(attribute(1, &entries.to_be_bytes(), order));
    bytes
        .extend(max_entries.map(|max| attribute(2, &max.to_be_bytes(), order)).unwrap_or_default());
    bytes
}

/// An attribute and its padding: lib/nlattr.c `nla_put`.
#[must_use]
pub fn attribute(kind: u16, value: &[u8], order: ByteOrder) -> Vec<u8> {
    let half = |number: u16| match order {
        ByteOrder::Little => number.to_le_bytes(),
        ByteOrder::Big => number.to_be_bytes(),
    };
    let length = u16::try_from(value.len() + 4).expect("a short value");
    let mut bytes = [&half(length)[..], &half(kind), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
