//! The properties of the decoder.

use procnet_core::{
    ByteOrder,
    netlink::{
        Payload,
        ctnetlink::{Connection, CpuStatistics, Statistics, Totals},
    },
};

use super::{naive, render};
use crate::{check::inside, table::sock_diag::check::messages_and};

/// A datagram from a host of this byte order.
pub fn datagram(bytes: &[u8], order: ByteOrder) {
    messages_and(bytes, order, |payload| {
        connection(payload, bytes);
        for statistics in [Statistics::Connections, Statistics::Expectations] {
            cpu(payload, statistics, bytes);
        }
        totals(payload, bytes);
    });
}

fn parts(connection: Connection<'_>) -> naive::Connection<'_> {
    (connection.row, connection.started, connection.id)
}

const ORDERS: [ByteOrder; 2] = [ByteOrder::Little, ByteOrder::Big];

fn connection(payload: Payload<'_>, bytes: &[u8]) {
    let naive = naive::connection(payload.as_bytes(), payload.order());
    let fast = Connection::decode(payload);
    if let Err(error) = fast {
        inside(error, bytes);
    }
    assert_eq!(fast.ok().map(parts), naive, "{fast:?} in {bytes:?}");
    let Some(found) = naive else { return };
    for order in ORDERS {
        let printed = render::connection(&found, order);
        let again = Connection::decode(Payload::of(&printed, order)).map(parts);
        assert_eq!(again, Ok(found), "printed as {printed:?}");
    }
}

fn cpu(payload: Payload<'_>, statistics: Statistics, bytes: &[u8]) {
    let expectations = statistics == Statistics::Expectations;
    let naive = naive::cpu(payload.as_bytes(), payload.order(), expectations);
    let fast = CpuStatistics::decode(payload, statistics);
    if let Err(error) = fast {
        inside(error, bytes);
    }
    let owned = |cpu: CpuStatistics<'_>, bytes: &[u8]| {
        let counter = |value: Result<procnet_core::counter::conntrack::Value<'static>, _>| {
            value.map_err(|error| inside(error, bytes)).ok().map(|value| {
                let name = std::str::from_utf8(value.name).expect("an ASCII name");
                (name, value.value)
            })
        };
        (cpu.cpu, cpu.values().map(counter).collect::<Vec<_>>())
    };
    assert_eq!(fast.ok().map(|cpu| owned(cpu, bytes)), naive);
    let Some((number, counters)) = naive else { return };
    let counters: Vec<_> = counters.into_iter().flatten().collect();
    for order in ORDERS {
        let printed = render::cpu(number, &counters, expectations, order);
        let again = CpuStatistics::decode(Payload::of(&printed, order), statistics);
        let expected = (number, counters.iter().copied().map(Some).collect());
        assert_eq!(again.map(|cpu| owned(cpu, &printed)), Ok(expected));
    }
}

fn totals(payload: Payload<'_>, bytes: &[u8]) {
    let naive = naive::totals(payload.as_bytes(), payload.order());
    let fast = Totals::decode(payload);
    if let Err(error) = fast {
        inside(error, bytes);
    }
    let parts = |totals: Totals| (totals.entries, totals.max_entries);
    assert_eq!(fast.ok().map(parts), naive);
    let Some((entries, max_entries)) = naive else { return };
    for order in ORDERS {
        let printed = render::totals(entries, max_entries, order);
        let again = Totals::decode(Payload::of(&printed, order)).map(parts);
        assert_eq!(again, Ok((entries, max_entries)));
    }
}
