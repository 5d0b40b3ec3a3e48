//! Random datagrams.

use procnet_core::ByteOrder;
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{
    naive::{Inet, Message, Unix, Value},
    render,
};
use crate::{generate::name, table::Variant};

/// Datagrams, and the byte order of the host that sent them.
pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let file = select(vec![ByteOrder::Little, ByteOrder::Big]).prop_flat_map(|order| {
        let messages = vec(message(order), 0..5);
        let datagram = move |messages: Vec<Message>| -> Vec<u8> {
            messages.iter().flat_map(|message| render::message(message, order)).collect()
        };
        let variant = Variant { file: super::FILE, order };
        (messages.prop_map(datagram), Just(variant))
    });
    file.boxed()
}

fn message(order: ByteOrder) -> impl Strategy<Value = Message> {
    let code = move |code: i32| match order {
        ByteOrder::Little => code.to_le_bytes().to_vec(),
        ByteOrder::Big => code.to_be_bytes().to_vec(),
    };
    let content = prop_oneof![
        4 => inet().prop_map(move |socket| (20, render::inet(&socket, order))),
        4 => unix().prop_map(move |socket| (20, render::unix(&socket, order))),
        3 => other_family(order).prop_map(|payload| (20, payload)),
        3 => packet(order).prop_map(|payload| (20, payload)),
        1 => (0..22_u16, -3..2_i32).prop_map(move |(kind, number)| (kind, code(number))),
        1 => (0..22_u16, vec(any::<u8>(), 0..30)),
    ];
    (content, any::<u16>(), any::<u32>(), any::<u32>()).prop_map(
        |((kind, payload), flags, sequence, port)| Message { kind, flags, sequence, port, payload },
    )
}

/// vsock, SMC and XDP sockets of random bytes, of whatever length; TIPC sockets with every attribute.
fn other_family(order: ByteOrder) -> impl Strategy<Value = Vec<u8>> {
    let fixed = (select(vec![40, 43, 44]), vec(any::<u8>(), 0..80))
        .prop_map(|(family, bytes)| [&[family][..], &bytes].concat());
    let small = prop_oneof![0..6_u32, any::<u32>()];
    let words = |kinds| (select(kinds), small.clone().prop_map(|word| Value::Words(vec![word])));
    let attributes = |kinds| vec(option::weighted(0.95, words(kinds)), 0..7);
    let nested = move |attributes| Value::Bytes(render::attributes(&attributes, order));
    let connection = attributes(vec![1, 2, 3, 4, 5]).prop_map(move |all| (3, nested(all)));
    let statistics = attributes(vec![0, 1, 2, 3, 4]).prop_map(move |all| (5, nested(all)));
    let more = prop_oneof![
        4 => words(vec![1, 4, 8, 11, 12]),
        1 => any::<u64>().prop_map(|wide| (10, Value::Wide(wide))),
        2 => connection,
        2 => statistics,
        1 => (1..13_u16, vec(any::<u8>(), 0..9).prop_map(Value::Bytes)),
    ];
    let needed = any::<[u8; 4]>().prop_map(|numbers| {
        let words = [2, 6, 7, 9].into_iter().zip(numbers);
        words.map(|(kind, word)| Some((kind, Value::Words(vec![word.into()])))).collect::<Vec<_>>()
    });
    let tipc = (needed, vec(option::weighted(0.95, more), 0..8)).prop_map(move |(needed, more)| {
        let all = [needed, more].concat();
        render::attributes(&vec![Some((2, nested(all)))], order)
    });
    prop_oneof![fixed, tipc]
}

/// Packet sockets with every attribute.
fn packet(order: ByteOrder) -> impl Strategy<Value = Vec<u8>> {
    let membership = (any::<[u32; 2]>(), any::<u16>(), 0..40_u64, any::<[u8; 32]>());
    let membership = membership.prop_map(move |(words, kind, length, address)| {
        let numbers = [(4, words[0].into()), (4, words[1].into()), (2, kind.into()), (2, length)];
        let head = render::bytes_of(&Value::Numbers(numbers.to_vec()), order);
        [head, address.to_vec()].concat()
    });
    let attribute = prop_oneof![
        words(6).prop_map(|value| (0, value)),
        vec(membership, 0..4).prop_map(|all| (1, Value::Bytes(all.concat()))),
        (select(vec![2, 3]), words(7)),
        (select(vec![4, 5]), words(1)),
        (7..10_usize).prop_flat_map(words).prop_map(|value| (6, value)),
        vec(any::<[u8; 8]>(), 0..5).prop_map(|code| (7, Value::Bytes(code.concat()))),
        (0..9_u16, vec(any::<u8>(), 0..50).prop_map(Value::Bytes)),
    ];
    let head = (any::<u8>(), any::<u16>(), any::<[u32; 3]>());
    (head, vec(option::weighted(0.95, attribute), 0..7)).prop_map(
        move |((kind, protocol, words), attributes)| {
            let words = words.map(|word| (4, word.into()));
            let head = [(1, 17), (1, kind.into()), (2, protocol.into())].into_iter().chain(words);
            let head = render::bytes_of(&Value::Numbers(head.collect()), order);
            [head, render::attributes(&attributes, order)].concat()
        },
    )
}

fn inet() -> impl Strategy<Value = Inet> {
    let attribute = prop_oneof![
        (select(vec![1, 3]), words(4)),
        vec(any::<u8>(), 0..300).prop_map(|bytes| (2, Value::Bytes(bytes))),
        "[a-z]{0,15}".prop_map(|name| (4, Value::Text(name.into_bytes()))),
        (select(vec![5, 6, 8, 10, 11]), any::<u8>())
            .prop_map(|(kind, byte)| (kind, Value::Byte(byte))),
        (7..10_usize).prop_flat_map(words).prop_map(|value| (7, value)),
        (select(vec![15, 17]), words(1)),
        words(5).prop_map(|value| (16, value)),
        numbers(&[2, 2, 4, 4, 4]).prop_map(|value| (9, value)),
        vec(any::<bool>(), 11).prop_map(|bits| (22, Value::Bits(bits))),
        vec(key(), 0..4).prop_map(|keys| (18, Value::Keys(keys))),
        layer().prop_map(|layer| (19, layer)),
        vec((any::<u32>(), vec(any::<u8>(), 0..9)), 0..4)
            .prop_map(|storages| (20, Value::Storages(storages))),
        any::<u64>().prop_map(|wide| (21, Value::Wide(wide))),
        (
            select(vec![12, 13]),
            prop_oneof![Just(vec![2, 0, 7, 7, 10, 0, 0, 1]), vec(any::<u8>(), 0..9)]
        )
            .prop_map(|(kind, bytes)| (kind, Value::Bytes(bytes))),
        (any::<u16>(), vec(any::<u8>(), 0..9).prop_map(Value::Bytes)),
    ];
    let head = (select(vec![2, 10]), any::<[u8; 3]>(), any::<[u16; 2]>(), any::<[[u8; 16]; 2]>());
    (
        head,
        any::<u32>(),
        any::<u64>(),
        any::<[u32; 5]>(),
        vec(option::weighted(0.9, attribute), 0..6),
    )
        .prop_map(|(head, interface, cookie, numbers, attributes)| {
            let (family, state, ports, addresses) = head;
            Inet { family, state, ports, addresses, interface, cookie, numbers, attributes }
        })
}

fn numbers(sizes: &[usize]) -> impl Strategy<Value = Value> + use<> {
    let sizes = sizes.to_vec();
    vec(any::<u64>(), sizes.len()).prop_map(move |numbers| {
        let fit = |(size, number): (&usize, u64)| (*size, number >> (64 - 8 * size));
        Value::Numbers(sizes.iter().zip(numbers).map(fit).collect())
    })
}

fn key() -> impl Strategy<Value = (u8, u8, [u8; 16], Vec<u8>)> {
    (select(vec![2, 10]), any::<u8>(), any::<[u8; 16]>(), vec(any::<u8>(), 0..81)).prop_map(
        |(family, prefix, mut address, key)| {
            if family == 2 {
                address[4..].fill(0);
            }
            (family, prefix, address, key)
        },
    )
}

/// A name, and perhaps what TLS or a subflow reports.
fn layer() -> impl Strategy<Value = Value> {
    let tls = [2, 2, 2, 2, 0, 0, 2].map(|size| option::of(number(size)));
    let subflow = [4, 4, 4, 8, 4, 4, 2, 4, 1, 1].map(|size| option::of(number(size)));
    let parts = (option::of("[a-z]{0,9}"), option::of(tls), option::of(subflow));
    parts.prop_map(|(name, tls, subflow)| {
        let mut parts = std::collections::BTreeMap::new();
        if let Some(name) = name {
            parts.insert((1, 0), Value::Text(name.into_bytes()));
        }
        let tls = tls.map(|members| members.to_vec());
        let subflow = subflow.map(|members| members.to_vec());
        for (kind, members) in (2..).zip([tls, subflow]) {
            let Some(members) = members else { continue };
            parts.insert((kind, 0), Value::Bytes(Vec::new()));
            let members = (1..).zip(members).filter_map(|(at, value)| Some(((kind, at), value?)));
            parts.extend(members);
        }
        Value::Layer(parts)
    })
}

fn number(size: usize) -> impl Strategy<Value = Value> {
    any::<u64>().prop_map(move |number| {
        let number = if size == 0 { 0 } else { number >> (64 - 8 * size) };
        Value::Numbers(vec![(size, number)])
    })
}

fn unix() -> impl Strategy<Value = Unix> {
    let attribute = prop_oneof![
        name(108).prop_map(|name| (0, Value::Text(name))),
        name(107).prop_map(|name| (0, Value::Bytes([&b"\0"[..], &name].concat()))),
        (select(vec![1, 4]), words(2)),
        (select(vec![2, 7]), words(1)),
        (0..5_usize).prop_flat_map(words).prop_map(|value| (3, value)),
        (7..10_usize).prop_flat_map(words).prop_map(|value| (5, value)),
        any::<u8>().prop_map(|byte| (6, Value::Byte(byte))),
        (any::<u16>(), vec(any::<u8>(), 0..9).prop_map(Value::Bytes)),
    ];
    let attributes = vec(option::weighted(0.9, attribute), 0..6);
    (any::<[u8; 2]>(), any::<u32>(), any::<u64>(), attributes)
        .prop_map(|(state, inode, cookie, attributes)| Unix { state, inode, cookie, attributes })
}

/// Random numbers, some of which are 0.
fn words(count: usize) -> impl Strategy<Value = Value> {
    vec(prop_oneof![Just(0), any::<u32>()], count).prop_map(Value::Words)
}
