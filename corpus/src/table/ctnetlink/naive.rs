//! The naive decoder: all attributes as paths and values, from which each member is looked up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use procnet_core::{
    ByteOrder,
    network::nf_conntrack::{Direction, Offload, Protocol, Row},
};

/// A connection: its row, its start and its number.
pub type Connection<'a> = (Row<'a>, Option<u64>, Option<u32>);

/// Attributes: the types from the outermost on, and the value.
type Attributes<'a> = Vec<(Vec<u16>, &'a [u8])>;

/// The attributes of a connection that contain others.
const NESTED: [&[u16]; 14] = [
    &[1],
    &[1, 1],
    &[1, 2],
    &[2],
    &[2, 1],
    &[2, 2],
    &[4],
    &[4, 1],
    &[4, 2],
    &[4, 3],
    &[9],
    &[10],
    &[19],
    &[20],
];

/// The attributes of a connection that are numbers or addresses, and their sizes.
const SIZES: &[(&[u16], usize)] = &[
    (&[1, 1, 1], 4),
    (&[1, 1, 2], 4),
    (&[1, 1, 3], 16),
    (&[1, 1, 4], 16),
    (&[1, 2, 1], 1),
    (&[1, 2, 2], 2),
    (&[1, 2, 3], 2),
    (&[1, 2, 4], 2),
    (&[1, 2, 5], 1),
    (&[1, 2, 6], 1),
    (&[1, 2, 7], 2),
    (&[1, 2, 8], 1),
    (&[1, 2, 9], 1),
    (&[1, 3], 2),
    (&[3], 4),
    (&[4, 1, 1], 1),
    (&[4, 2, 1], 1),
    (&[4, 3, 1], 1),
    (&[7], 4),
    (&[8], 4),
    (&[9, 1], 8),
    (&[9, 2], 8),
    (&[9, 3], 4),
    (&[9, 4], 4),
    (&[11], 4),
    (&[12], 4),
    (&[17], 4),
    (&[18], 2),
    (&[20, 1], 8),
];

/// A tracked connection.
#[must_use]
pub fn connection(payload: &[u8], order: ByteOrder) -> Option<Connection<'_>> {
    let family = *payload.first()?;
    let all = attributes(payload.get(4..)?, order, &NESTED)?;
    for (path, value) in &all {
        // The reply has the same attributes as the original direction.
        let path: Vec<u16> = match path[..] {
            [2, ref rest @ ..] => [&[1], rest].concat(),
            [10, ref rest @ ..] => [&[9], rest].concat(),
            _ => path.clone(),
        };
        let size = SIZES.iter().find(|(of, _)| *of == path).map_or(0, |(_, size)| *size);
        value.get(..size)?;
    }
    let has = |path: &[u16]| all.iter().any(|(of, _)| of == path);
    (has(&[1]) || has(&[9])).then_some(())?;
    (has(&[2]) || has(&[10])).then_some(())?;
    let number = |path: &[u16], size| last(&all, &[path]).map(|value| number(&value[..size]));
    let protocol = number(&[1, 2, 1], 1)? as u8;
    let (original, reply) = (direction(&all, 1, protocol), direction(&all, 2, protocol));
    if family == 2 || family == 10 {
        original.source.and(original.destination).and(reply.source).and(reply.destination)?;
    }
    let status = number(&[3], 4)?;
    let zone = match (number(&[18], 2), original.zone, reply.zone) {
        (Some(zone), _, _) => Some(zone as u16),
        (None, None, None) => Some(0),
        _ => None,
    };
    let row = Row {
        network: Protocol {
            name: match family {
                2 => b"ipv4",
                10 => b"ipv6",
                _ => b"unknown",
            },
            number: family.into(),
        },
        transport: Protocol { name: transport(protocol), number: protocol.into() },
        timeout: number(&[7], 4).map(|seconds| seconds as i64),
        state: state(&all),
        gre_timeouts: None,
        original,
        reply,
        unreplied: status & 2 == 0,
        assured: status & 4 != 0,
        offload: if status & 0x8000 != 0 {
            Some(Offload::Hardware)
        } else if status & 0x4000 != 0 {
            Some(Offload::Software)
        } else {
            None
        },
        mark: Some(number(&[8], 4).unwrap_or(0) as u32),
        secctx: last(&all, &[&[19, 1]]).map(|name| {
            let length = name.iter().take_while(|byte| **byte != 0).count();
            &name[..length]
        }),
        secmark: number(&[17], 4).map(|mark| mark as u32),
        zone,
        delta_time: None,
        uses: number(&[11], 4)? as u32,
    };
    Some((row, number(&[20, 1], 8), number(&[12], 4).map(|id| id as u32)))
}

/// One of the two tuples, with its counters.
fn direction(all: &Attributes<'_>, tuple: u16, protocol: u8) -> Direction {
    let value = |paths: &[[u16; 2]]| {
        let paths: Vec<Vec<u16>> =
            paths.iter().map(|path| [&[tuple], &path[..]].concat()).collect();
        last(all, &paths.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    // IPv6 has its own types.
    let address = |v4: u16| {
        let paths = [[1, v4], [1, v4 + 2]];
        let all = all.iter().rev();
        let found = all
            .clone()
            .find(|(path, _)| paths.iter().any(|end| path[..] == [tuple, end[0], end[1]]))?;
        Some(if found.0[2] == v4 {
            IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(&found.1[..4]).expect("4 bytes")))
        } else {
            IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(&found.1[..16]).expect("16 bytes")))
        })
    };
    let short = |paths: &[[u16; 2]]| value(paths).map(|value| number(&value[..2]) as u16);
    let byte = |paths: &[[u16; 2]]| value(paths).map(|value| value[0]);
    let count = |kind: u16| {
        let found = all
            .iter()
            .rev()
            .find(|(path, _)| path[..] == [tuple + 8, kind] || path[..] == [tuple + 8, kind + 2])?;
        let size = if found.0[1] == kind { 8 } else { 4 };
        Some(number(&found.1[..size]))
    };
    let ends = [short(&[[2, 2]]), short(&[[2, 3]])];
    let is_gre = protocol == 47;
    Direction {
        source: address(1),
        destination: address(2),
        source_port: ends[0].filter(|_| !is_gre),
        destination_port: ends[1].filter(|_| !is_gre),
        icmp_type: byte(&[[2, 5], [2, 8]]),
        icmp_code: byte(&[[2, 6], [2, 9]]),
        icmp_id: short(&[[2, 4], [2, 7]]),
        source_key: ends[0].filter(|_| is_gre),
        destination_key: ends[1].filter(|_| is_gre),
        zone: last(all, &[&[tuple, 3]]).map(|value| number(&value[..2]) as u16),
        packets: count(1),
        bytes: count(2),
    }
}

fn transport(number: u8) -> &'static [u8] {
    let names: [(u8, &[u8]); 8] = [
        (1, b"icmp"),
        (6, b"tcp"),
        (17, b"udp"),
        (33, b"dccp"),
        (47, b"gre"),
        (58, b"icmpv6"),
        (132, b"sctp"),
        (136, b"udplite"),
    ];
    names.iter().find(|(of, _)| *of == number).map_or(b"unknown", |(_, name)| name)
}

/// The names of the states of TCP, DCCP and SCTP.
pub(super) const STATES: [&str; 3] = [
    "NONE SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT CLOSE_WAIT LAST_ACK TIME_WAIT CLOSE SYN_SENT2",
    "NONE REQUEST RESPOND PARTOPEN OPEN CLOSEREQ CLOSING TIMEWAIT IGNORE INVALID",
    "NONE CLOSED COOKIE_WAIT COOKIE_ECHOED ESTABLISHED SHUTDOWN_SENT SHUTDOWN_RECD \
     SHUTDOWN_ACK_SENT HEARTBEAT_SENT HEARTBEAT_ACKED",
];

fn state(all: &Attributes<'_>) -> Option<&'static [u8]> {
    let (path, value) = all.iter().rev().find(|(path, _)| matches!(path[..], [4, 1..=3, 1]))?;
    let names = STATES[usize::from(path[1]) - 1];
    names.split(' ').nth(value[0].into()).map(str::as_bytes)
}

/// The names of the counters of connections, and of expected ones.
pub(super) const COUNTERS: [&str; 2] = [
    "searched found new invalid ignore delete delete_list insert insert_failed drop early_drop \
     icmp_error search_restart clashres chainlength",
    "expect_new expect_create expect_delete",
];

/// A counter: its name and value; `None` if it does not decode.
pub type Counter = Option<(&'static str, u32)>;

/// The CPU, and its counters.
#[must_use]
pub fn cpu(payload: &[u8], order: ByteOrder, expectations: bool) -> Option<(u16, Vec<Counter>)> {
    let cpu = number(payload.get(2..4)?) as u16;
    let names: Vec<&str> = COUNTERS[usize::from(expectations)].split(' ').collect();
    let mut all = Attributes::new();
    let whole = collect(payload.get(4..)?, order, &[], &[], &mut all).is_some();
    let counter = |(path, value): &(Vec<u16>, &[u8])| {
        let name = names.get(usize::from(path[0]).checked_sub(1)?)?;
        Some(value.get(..4).map(|value| (*name, number(value) as u32)))
    };
    let mut counters: Vec<_> = all.iter().filter_map(counter).collect();
    counters.extend((!whole).then_some(None));
    Some((cpu, counters))
}

/// The number of connections, and its limit.
#[must_use]
pub fn totals(payload: &[u8], order: ByteOrder) -> Option<(u32, Option<u32>)> {
    let all = attributes(payload.get(4..)?, order, &[])?;
    let of = |kind: u16| all.iter().filter(move |(path, _)| path[..] == [kind]);
    let number = |value: &[u8]| value.get(..4).map(|value| number(value) as u32);
    let values = |kind| of(kind).map(|(_, value)| number(value)).collect::<Option<Vec<u32>>>();
    Some((*values(1)?.last()?, values(2)?.last().copied()))
}

/// All attributes; `None` if one has an invalid length.
fn attributes<'a>(bytes: &'a [u8], order: ByteOrder, nested: &[&[u16]]) -> Option<Attributes<'a>> {
    let mut found = Attributes::new();
    collect(bytes, order, &[], nested, &mut found)?;
    Some(found)
}

fn collect<'a>(
    bytes: &'a [u8],
    order: ByteOrder,
    outer: &[u16],
    nested: &[&[u16]],
    found: &mut Attributes<'a>,
) -> Option<()> {
    let mut at = 0;
    while at < bytes.len() {
        let half = |at: usize| -> Option<u16> {
            let pair: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
            Some(match order {
                ByteOrder::Little => u16::from_le_bytes(pair),
                ByteOrder::Big => u16::from_be_bytes(pair),
            })
        };
        let (length, kind) = (usize::from(half(at)?), half(at + 2)? & 0x3FFF);
        let value = bytes.get(at + 4..at + length)?;
        let path = [outer, &[kind]].concat();
        found.push((path.clone(), value));
        if nested.contains(&path.as_slice()) {
            collect(value, order, &path, nested, found)?;
        }
        at += length.next_multiple_of(4);
    }
    Some(())
}

/// The last value of any of these paths.
fn last<'a>(all: &Attributes<'a>, paths: &[&[u16]]) -> Option<&'a [u8]> {
    let found = all.iter().rev().find(|(path, _)| paths.contains(&path.as_slice()))?;
    Some(found.1)
}

/// A number in network order.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
