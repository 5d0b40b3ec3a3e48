//! A table of counters from messages.

use std::{collections::BTreeMap, iter};

use procnet_core::{
    capture::Remarks,
    counter::conntrack::{ENTRIES, Value},
    netlink::{
        Payload,
        ctnetlink::{CpuStatistics, Statistics},
    },
};

use super::ConntrackStats;

/// The counters of each CPU, as ctnetlink sends them.
#[derive(Debug, Default)]
pub(super) struct CpuTable {
    names: Vec<&'static [u8]>,
    /// By the number of the CPU; each has as many values as there were names.
    cpus: BTreeMap<u16, Vec<u64>>,
}

impl CpuTable {
    /// Adds a message; the counters of connections and of expected ones are in two.
    pub(super) fn add(
        &mut self,
        payload: Payload<'_>,
        statistics: Statistics,
    ) -> Result<(), procnet_core::Error> {
        let message = CpuStatistics::decode(payload, statistics)?;
        let values = self.cpus.entry(message.cpu).or_default();
        for value in message.values() {
            let Value { name, value } = value?;
            let known = self.names.iter().position(|known| *known == name);
            let at = known.unwrap_or(self.names.len());
            if known.is_none() {
                self.names.push(name);
            }
            values.resize(values.len().max(at + 1), 0);
            values[at] = value.into();
        }
        Ok(())
    }

    /// The table, with the number of connections on every line.
    pub(super) fn finish(self, entries: u64) -> ConntrackStats {
        let CpuTable { names, cpus } = self;
        let row = |values: Vec<u64>| {
            let values = values.into_iter().chain(iter::repeat(0)).take(names.len());
            iter::once(entries).chain(values).collect()
        };
        let cpus = cpus.into_values().map(row).collect();
        let name = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        let names = iter::once(ENTRIES).chain(names.iter().copied()).map(name).collect();
        ConntrackStats { names, cpus, remarks: Remarks::default() }
    }
}

#[cfg(test)]
mod tests {
    use procnet_core::ByteOrder;

    use super::*;

    /// A message of a CPU: the types of counters, and their values.
    fn message(cpu: u8, counters: &[(u8, u8)]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 0, cpu];
        for (kind, value) in counters {
            bytes.extend([8, 0, *kind, 0, 0, 0, 0, *value]);
        }
        bytes
    }

    #[test]
    fn every_cpu_has_every_counter_in_the_order_of_the_cpus() {
        let mut table = CpuTable::default();
        let mut add = |statistics, bytes: &[u8]| {
            table.add(Payload::of(bytes, ByteOrder::Little), statistics).unwrap();
        };
        add(Statistics::Connections, &message(7, &[(2, 1), (4, 2)]));
        // Another counter, and one less.
        add(Statistics::Connections, &message(0, &[(4, 3), (8, 4)]));
        add(Statistics::Expectations, &message(0, &[(1, 5)]));
        let stats = table.finish(9);
        assert_eq!(stats.names, ["entries", "found", "invalid", "insert", "expect_new"]);
        assert_eq!(stats.cpus, [[9, 0, 3, 4, 5], [9, 1, 2, 0, 0]]);
    }

    #[test]
    fn a_malformed_message_is_an_error() {
        let mut table = CpuTable::default();
        let cut = &message(0, &[(2, 1)])[..11];
        assert!(table.add(Payload::of(cut, ByteOrder::Little), Statistics::Connections).is_err());
    }
}
