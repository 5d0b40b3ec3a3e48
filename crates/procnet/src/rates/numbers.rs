//! Readings, as rates are taken of them: groups of numbers under names.

use std::fmt;

use procnet_core::counter::{
    dev,
    meaning::{File, Meaning},
};

use crate::{
    ConntrackStats, Interface, InterfaceSnmp6, InterfacesSnmp6, IoCounters, Protocol,
    ProtocolCounters, Snmp6Counters, SoftnetStats,
};

/// Groups of numbers.
pub(super) trait Reading: fmt::Debug + Send + Sync {
    fn groups(&self) -> usize;

    fn group(&self, at: usize) -> Option<&dyn Numbers>;
}

/// A group of numbers: columns under names, and a row, or one for each CPU.
pub(super) trait Numbers: fmt::Debug + Send + Sync {
    /// Empty if there is one group only.
    fn name(&self) -> &[u8];

    /// What tells it from another one of the same name, if the file says.
    fn index(&self) -> Option<u32> {
        None
    }

    fn columns(&self) -> usize;

    fn column(&self, at: usize) -> Option<Column<'_>>;

    fn rows(&self) -> usize {
        1
    }

    /// Which CPU a row is of, if the file says.
    fn cpu(&self, _row: usize) -> Option<u32> {
        None
    }

    fn value(&self, row: usize, column: usize) -> Option<i128>;

    /// The place of a column, which is expected at another reading's place of it.
    fn find(&self, name: &str, expected: usize) -> Option<usize> {
        let is_it = |at: &usize| self.column(*at).is_some_and(|column| column.name == name);
        Some(expected).filter(is_it).or_else(|| (0..self.columns()).find(is_it))
    }
}

/// What stands under one name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<'a> {
    pub(super) name: &'a str,
    pub(super) meaning: Meaning,
    /// Whether a driver with counters of 32 bits may be what fills it.
    pub(super) may_be_narrow: bool,
    /// Whether it is absent where it is 0.
    pub(super) is_sparse: bool,
}

impl Column<'_> {
    /// Where it may wrap.
    pub(super) fn widths(&self, word: u32) -> [u32; 2] {
        let bits = self.meaning.width.bits(word);
        [bits, if self.may_be_narrow { 32 } else { bits }]
    }
}

impl Reading for IoCounters {
    fn groups(&self) -> usize {
        self.interfaces.len()
    }

    fn group(&self, at: usize) -> Option<&dyn Numbers> {
        self.interfaces.get(at).map(|interface| interface as &dyn Numbers)
    }
}

/// The columns of `net/dev`: their names here, and in its heading.
pub(crate) const DEV: [(&str, &[u8]); 16] = [
    ("rx_bytes", b"bytes"),
    ("rx_packets", b"packets"),
    ("rx_errs", b"errs"),
    ("rx_drop", b"drop"),
    ("rx_fifo", b"fifo"),
    ("rx_frame", b"frame"),
    ("rx_compressed", b"compressed"),
    ("rx_multicast", b"multicast"),
    ("tx_bytes", b"bytes"),
    ("tx_packets", b"packets"),
    ("tx_errs", b"errs"),
    ("tx_drop", b"drop"),
    ("tx_fifo", b"fifo"),
    ("tx_colls", b"colls"),
    ("tx_carrier", b"carrier"),
    ("tx_compressed", b"compressed"),
];

impl Numbers for Interface {
    fn name(&self) -> &[u8] {
        self.name.as_bytes()
    }

    fn columns(&self) -> usize {
        DEV.len()
    }

    fn column(&self, at: usize) -> Option<Column<'_>> {
        let (name, heading) = DEV.get(at)?;
        let meaning = File::Dev.meaning(b"", heading);
        Some(Column { name, meaning, may_be_narrow: true, is_sparse: false })
    }

    fn value(&self, _row: usize, column: usize) -> Option<i128> {
        let dev::Counters { receive, transmit } = self.counters;
        let columns = <[u64; 16]>::from(dev::Counters { receive, transmit });
        columns.get(column).map(|value| i128::from(*value))
    }
}

impl Reading for ProtocolCounters {
    fn groups(&self) -> usize {
        self.protocols.len()
    }

    fn group(&self, at: usize) -> Option<&dyn Numbers> {
        self.protocols.get(at).map(|protocol| protocol as &dyn Numbers)
    }
}

impl Numbers for Protocol {
    fn name(&self) -> &[u8] {
        self.name.as_bytes()
    }

    fn columns(&self) -> usize {
        self.counters.len()
    }

    fn column(&self, at: usize) -> Option<Column<'_>> {
        let (name, _) = self.counters.get(at)?;
        let file = match self.name.as_str() {
            "TcpExt" | "IpExt" | "MPTcpExt" => File::Netstat,
            _ => File::Snmp,
        };
        let meaning = file.meaning(self.name.as_bytes(), name.as_bytes());
        let is_sparse = self.name == "IcmpMsg";
        Some(Column { name, meaning, may_be_narrow: false, is_sparse })
    }

    fn value(&self, _row: usize, column: usize) -> Option<i128> {
        self.counters.get(column).map(|(_, value)| *value)
    }
}

impl Numbers for ConntrackStats {
    fn name(&self) -> &[u8] {
        b""
    }

    fn columns(&self) -> usize {
        self.names.len()
    }

    fn column(&self, at: usize) -> Option<Column<'_>> {
        let name = self.names.get(at)?;
        let meaning = File::Conntrack.meaning(b"", name.as_bytes());
        Some(Column { name, meaning, may_be_narrow: false, is_sparse: false })
    }

    fn rows(&self) -> usize {
        self.cpus.len()
    }

    fn value(&self, row: usize, column: usize) -> Option<i128> {
        self.cpus.get(row)?.get(column).map(|value| i128::from(*value))
    }
}

impl Numbers for Snmp6Counters {
    fn name(&self) -> &[u8] {
        b""
    }

    fn columns(&self) -> usize {
        self.counters.len()
    }

    fn column(&self, at: usize) -> Option<Column<'_>> {
        let (name, _) = self.counters.get(at)?;
        let meaning = File::Snmp6.meaning(b"", name.as_bytes());
        let message = name.strip_prefix("Icmp6InType").or(name.strip_prefix("Icmp6OutType"));
        // Messages of a type are there if there were any (net/ipv6/proc.c `snmp6_seq_show_icmpv6msg`).
        let is_sparse = message.is_some();
        Some(Column { name, meaning, may_be_narrow: false, is_sparse })
    }

    fn value(&self, _row: usize, column: usize) -> Option<i128> {
        self.counters.get(column).map(|(_, value)| i128::from(*value))
    }
}

impl Reading for InterfacesSnmp6 {
    fn groups(&self) -> usize {
        self.interfaces.len()
    }

    fn group(&self, at: usize) -> Option<&dyn Numbers> {
        self.interfaces.get(at).map(|interface| interface as &dyn Numbers)
    }
}

impl Numbers for InterfaceSnmp6 {
    fn name(&self) -> &[u8] {
        self.name.as_bytes()
    }

    fn index(&self) -> Option<u32> {
        self.index
    }

    fn columns(&self) -> usize {
        self.ipv6.columns()
    }

    fn column(&self, at: usize) -> Option<Column<'_>> {
        self.ipv6.column(at)
    }

    fn value(&self, row: usize, column: usize) -> Option<i128> {
        self.ipv6.value(row, column)
    }
}

impl Numbers for SoftnetStats {
    fn name(&self) -> &[u8] {
        b""
    }

    fn columns(&self) -> usize {
        self.cpus.first().map_or(0, |cpu| cpu.columns.len())
    }

    fn column(&self, at: usize) -> Option<Column<'_>> {
        let (name, _) = self.cpus.first()?.columns.get(at)?;
        let meaning = File::Softnet.meaning(b"", name.as_bytes());
        Some(Column { name, meaning, may_be_narrow: false, is_sparse: false })
    }

    fn rows(&self) -> usize {
        self.cpus.len()
    }

    fn cpu(&self, row: usize) -> Option<u32> {
        self.cpus.get(row)?.cpu
    }

    fn value(&self, row: usize, column: usize) -> Option<i128> {
        self.cpus.get(row)?.columns.get(column).map(|(_, value)| i128::from(*value))
    }
}
