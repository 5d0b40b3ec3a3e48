//! Random tables of inet sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use procnet_core::{
    Inode, State,
    table::inet::{Family, Record, Table, Tail, TcpTail, Timer},
};
use proptest::{option, prelude::*, sample::select};

use super::render::{self, Kind};
use crate::{
    generate::{edges32, edges64, host},
    render::Word,
    table::Variant,
};

/// A few rows of one of the ten tables.
pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let file = (host(), select(Kind::ALL.to_vec())).prop_flat_map(|(host, kind)| {
        let row = (inet_record(kind.table(host.order)), pointer(host.word));
        proptest::collection::vec(row, 0..4).prop_map(move |rows| {
            let mut file = render::heading(host, kind).into_bytes();
            for (record, pointer) in &rows {
                file.extend(render::row(host, kind, record, pointer.as_bytes()));
            }
            (file, Variant { file: kind.path(), order: host.order })
        })
    });
    file.boxed()
}

/// A row with any numbers that its columns can hold, or with the small ones that most rows have
/// and that decoders handle on other paths.
pub fn inet_record(table: Table) -> impl Strategy<Value = Record> {
    (wild_record(table), any::<bool>()).prop_map(|(record, wild)| {
        let tamed = |number: u32, below: u32| if wild { number } else { number % below };
        Record {
            slot: if wild { record.slot } else { record.slot % 100_000 },
            timer_ticks: if wild { record.timer_ticks } else { record.timer_ticks % (1 << 32) },
            uid: tamed(record.uid, 100_000),
            timeout: tamed(record.timeout, 3),
            refs: tamed(record.refs, 4),
            ..record
        }
    })
}

fn wild_record(table: Table) -> impl Strategy<Value = Record> {
    let ends = (address(table.family), address(table.family));
    let middle = (any::<u8>(), edges32(), edges32(), 0..5_u8, edges64(), edges32());
    let tail = (edges32(), edges32(), edges32(), edges32());
    let last = (option::of(edges32()), option::of(tcp_tail()));
    let record = (edges64(), ends, middle, tail, last);
    record.prop_map(move |(slot, ends, middle, tail, (drops, tcp))| {
        let (state, tx_queue, rx_queue, timer, timer_ticks, retransmits) = middle;
        let (uid, timeout, inode, refs) = tail;
        Record {
            slot,
            local: ends.0,
            remote: ends.1,
            state: State(state),
            tx_queue,
            rx_queue,
            timer: Timer(timer),
            timer_ticks,
            retransmits,
            uid,
            timeout,
            inode: Inode::new(u64::from(inode)),
            refs,
            drops: drops.filter(|_| table.tail == Tail::Datagram),
            tcp: tcp.filter(|_| table.tail == Tail::Tcp),
        }
    })
}

fn tcp_tail() -> impl Strategy<Value = TcpTail> {
    (edges64(), edges64(), edges32(), edges32(), any::<i32>()).prop_map(
        |(rto, ato, quick_pingpong, cwnd, ssthresh)| TcpTail {
            rto,
            ato,
            quick_pingpong,
            cwnd,
            ssthresh,
        },
    )
}

fn address(family: Family) -> BoxedStrategy<SocketAddr> {
    let ip = match family {
        Family::V4 => any::<Ipv4Addr>().prop_map(IpAddr::V4).boxed(),
        Family::V6 => prop_oneof![
            any::<Ipv6Addr>(),
            any::<Ipv4Addr>().prop_map(|ip| ip.to_ipv6_mapped()),
            Just(Ipv6Addr::LOCALHOST),
        ]
        .prop_map(IpAddr::V6)
        .boxed(),
    };
    (ip, any::<u16>()).prop_map(|(ip, port)| SocketAddr::new(ip, port)).boxed()
}

/// What `%pK` prints: numbers, and other tokens.
fn pointer(word: Word) -> impl Strategy<Value = String> {
    prop_oneof![
        6 => any::<u64>().prop_map(move |address| word.pointer(address)),
        1 => select(vec!["(____ptrval____)", "(ptrval)", "pK-error", "(null)"])
            .prop_map(str::to_owned),
    ]
}
