//! Groups of sockets as columns.

use std::{net::IpAddr, sync::Arc};

use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, FixedSizeBinaryArray, Int32Array, RecordBatch,
    StringArray, UInt16Array, UInt64Array, types::Int32Type,
};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use procnet::{Kind, State};

use super::{
    group::{Group, Ports, Prefixes},
    sums::Sums,
};
use crate::{
    Host,
    builder::repeated,
    columns::{Texts, WordColumn},
    error::Error,
    moments::moments,
    schema,
};

/// The groups, and behind them those that had no room.
pub(super) fn batch(
    (host, time): (&Host, i64),
    prefixes: Prefixes,
    texts: &mut Texts,
    groups: &[(Group, Sums)],
    other: &[((Kind, u8), Sums)],
) -> Result<RecordBatch, Error> {
    let rows = groups.len() + other.len();
    let (mut kinds, mut states) = (WordColumn::default(), WordColumn::default());
    let groups_of = groups.iter().map(|(group, _)| (group.kind, group.state));
    for (kind, state) in groups_of.chain(other.iter().map(|(group, _)| *group)) {
        kinds.push(kind as u8, || kind.name().to_owned());
        states.push(state, || State(state).to_string());
    }
    let mut named = |name: fn(&Group) -> i32| {
        let keys = groups.iter().map(|(group, _)| name(group)).chain(other.iter().map(|_| -1));
        texts.column(keys.collect())
    };
    let all = || groups.iter().map(|(_, sums)| sums).chain(other.iter().map(|(_, sums)| sums));
    let sum = |of: fn(&Sums) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(all().map(of)))
    };
    let known = |of: fn(&Sums) -> Option<u64>| -> ArrayRef {
        Arc::new(all().map(of).collect::<UInt64Array>())
    };
    let ports = || {
        let none = other.iter().map(|_| Ports::Unknown);
        groups.iter().map(|(group, _)| group.ports).chain(none)
    };
    let [server, server_ip] = servers(ports(), prefixes)?;
    let columns: Vec<ArrayRef> = vec![
        repeated(Some(&host.name), rows),
        repeated(host.boot_id.as_deref(), rows),
        moments(vec![time; rows]),
        Arc::new((0..rows).map(|row| Some(row >= groups.len())).collect::<BooleanArray>()),
        named(|group| group.names.comm),
        named(|group| group.names.unit),
        named(|group| group.names.container),
        kinds.take(),
        states.take(),
        port(ports(), |ports| match ports {
            Ports::Service(port) => Some(port),
            _ => None,
        }),
        server,
        server_ip,
        port(ports(), |ports| match ports {
            Ports::Server(_, port) => Some(port),
            _ => None,
        }),
        sum(|sums| sums.sockets),
        sum(|sums| sums.rx_queue),
        sum(|sums| sums.tx_queue),
        sum(|sums| sums.drops),
        known(|sums| sums.total_retrans),
        known(|sums| sums.bytes_sent),
        known(|sums| sums.bytes_received),
        known(|sums| sums.bytes_retrans),
        sum(|sums| sums.suspect),
    ];
    Ok(RecordBatch::try_new(schema::aggregates(), columns)?)
}

fn port(ports: impl Iterator<Item = Ports>, of: fn(Ports) -> Option<u16>) -> ArrayRef {
    Arc::new(ports.map(of).collect::<UInt16Array>())
}

/// The networks of servers, as text and as 16 bytes.
fn servers(ports: impl Iterator<Item = Ports>, prefixes: Prefixes) -> Result<[ArrayRef; 2], Error> {
    let mut known: HashMap<IpAddr, i32, RandomState> = HashMap::default();
    let (mut texts, mut keys, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for ports in ports {
        let network = match ports {
            Ports::Server(network, _) => Some(network),
            _ => None,
        };
        keys.push(network.map(|network| {
            *known.entry(network).or_insert_with(|| {
                texts.push(prefixes.text(network));
                i32::try_from(texts.len() - 1).unwrap_or(i32::MAX)
            })
        }));
        bytes.push(network.map(|network| match network {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        }));
    }
    let texts = Arc::new(StringArray::from(texts));
    let text = DictionaryArray::<Int32Type>::try_new(Int32Array::from(keys), texts)?;
    let bytes =
        FixedSizeBinaryArray::try_from_sparse_iter_with_size(bytes.into_iter(), schema::IP_BYTES)?;
    Ok([Arc::new(text), Arc::new(bytes)])
}
