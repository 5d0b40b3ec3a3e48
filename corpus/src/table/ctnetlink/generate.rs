//! Random datagrams.

use std::net::IpAddr;

use procnet_core::{
    ByteOrder,
    network::nf_conntrack::{Direction, Offload, Protocol, Row},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{
    naive::{COUNTERS, STATES},
    render,
};
use crate::{
    generate::{edges32, edges64},
    table::{
        Variant,
        sock_diag::{naive::Message, render as messages},
    },
};

/// Datagrams, and the byte order of the host that sent them.
pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let file = select(vec![ByteOrder::Little, ByteOrder::Big]).prop_flat_map(|order| {
        let datagram = move |messages: Vec<Message>| -> Vec<u8> {
            messages.iter().flat_map(|message| messages::message(message, order)).collect()
        };
        let variant = Variant { file: super::FILE, order };
        (vec(message(order), 0..5).prop_map(datagram), Just(variant))
    });
    file.boxed()
}

fn message(order: ByteOrder) -> impl Strategy<Value = Message> {
    let content = prop_oneof![
        8 => connection(order).prop_map(|payload| (0x100, payload)),
        2 => any::<bool>().prop_flat_map(move |expectations| {
            let names: Vec<&str> = COUNTERS[usize::from(expectations)].split(' ').collect();
            let counters = vec((select(names), edges32()), 0..16);
            (any::<u16>(), counters).prop_map(move |(cpu, counters)| {
                (0x104, render::cpu(cpu, &counters, expectations, order))
            })
        }),
        1 => (edges32(), option::of(edges32()))
            .prop_map(move |(entries, max)| (0x105, render::totals(entries, max, order))),
        1 => (0..0x300_u16, vec(any::<u8>(), 0..30)),
    ];
    (content, any::<u16>(), any::<u32>(), any::<u32>()).prop_map(
        |((kind, payload), flags, sequence, port)| Message { kind, flags, sequence, port, payload },
    )
}

/// A connection, and attributes that mean nothing or repeat others.
fn connection(order: ByteOrder) -> impl Strategy<Value = Vec<u8>> {
    let more = (any::<u16>().prop_map(|kind| kind % 30), vec(any::<u8>(), 0..12));
    let connection = (
        (select(vec![2_u8, 10, 10, 7]), select(vec![1_u8, 6, 17, 33, 47, 58, 132, 136, 253])),
        any::<[bool; 5]>(),
        [edges32(), edges32(), edges32(), edges32(), edges32()],
        (direction(), direction()),
        (select(names()), option::of("[ -~]{0,20}"), option::of(edges64())),
        (option::of(any::<u16>()), vec(more, 0..2)),
    );
    connection.prop_map(
        move |((family, protocol), [a, b, c, d, e], numbers, (original, reply), rest, more)| {
            let (state, context, started) = rest;
            let [timeout, mark, secmark, uses, id] = numbers;
            let row = Row {
                network: Protocol { name: b"", number: family.into() },
                transport: Protocol { name: b"", number: protocol.into() },
                timeout: a.then_some(timeout.into()),
                state: b.then_some(state.as_bytes()),
                gre_timeouts: None,
                original,
                reply,
                unreplied: c,
                assured: d,
                offload: match (a, e) {
                    (true, _) => None,
                    (false, true) => Some(Offload::Hardware),
                    (false, false) => Some(Offload::Software),
                },
                mark: b.then_some(mark),
                secctx: context.as_ref().map(String::as_bytes),
                secmark: e.then_some(secmark),
                zone: more.0,
                delta_time: None,
                uses,
            };
            let mut bytes = render::connection(&(row, started, d.then_some(id)), order);
            for (kind, value) in &more.1 {
                bytes.extend(render::attribute(*kind, value, order));
            }
            bytes
        },
    )
}

fn names() -> Vec<&'static str> {
    STATES.iter().flat_map(|names| names.split(' ')).collect()
}

fn direction() -> impl Strategy<Value = Direction> {
    let short = || option::of(any::<u16>());
    let byte = || option::of(any::<u8>());
    (
        [address(), address()],
        [short(), short(), short(), short()],
        [byte(), byte()],
        [option::of(edges64()), option::of(edges64())],
    )
        .prop_map(|([source, destination], shorts, bytes, counts)| Direction {
            source,
            destination,
            source_port: shorts[0],
            destination_port: shorts[1],
            icmp_type: bytes[0],
            icmp_code: bytes[1],
            icmp_id: shorts[2],
            source_key: None,
            destination_key: None,
            zone: shorts[3],
            packets: counts[0],
            bytes: counts[1],
        })
}

fn address() -> impl Strategy<Value = Option<IpAddr>> {
    let address = prop_oneof![
        any::<[u8; 4]>().prop_map(IpAddr::from),
        any::<[u8; 16]>().prop_map(IpAddr::from)
    ];
    option::weighted(0.9, address)
}
