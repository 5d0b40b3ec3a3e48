//! Counters of interfaces.

use std::collections::HashMap;

use procnet_core::{
    ByteOrder, Error as DecodeError,
    capture::Remarks,
    counter::{dev, meaning::File},
    network::igmp,
};

use crate::{
    Error, Name, Scanner,
    rates::{Column, Group, Interval, Rates, Reading},
};

/// The counters of every interface of a network namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IoCounters {
    /// The interfaces, in the kernel's order.
    pub interfaces: Vec<Interface>,
    /// The lines that do not decode, counted from 1; empty unless the file is corrupt.
    pub undecodable: Vec<(usize, DecodeError)>,
    /// What is remarkable about the text it was decoded from: in a [capture](crate::capture), what
    /// was forgiven, and what is doubtful.
    pub remarks: Remarks,
}

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interface {
    /// Its name.
    pub name: Name,
    /// Its interface index, by which [`rates`](IoCounters::rates) recognise that it was recreated.
    /// `net/dev` does not have it: [`Scanner::io_counters`] reads it from `net/igmp`, which lists
    /// every interface that is up, and for the others from `net/dev_snmp6`. `None` if neither has
    /// it, and in what was decoded or deserialized.
    pub index: Option<u32>,
    /// Its 16 counters.
    pub counters: dev::Counters,
}

impl From<dev::Row<'_>> for Interface {
    fn from(row: dev::Row<'_>) -> Interface {
        Interface { name: Name::new(row.name()), index: None, counters: row.counters }
    }
}

impl IoCounters {
    /// Decodes the content of a `net/dev` file.
    ///
    /// ```
    /// use procnet::counters::IoCounters;
    ///
    /// let all = IoCounters::decode(b"lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\neth0: 7 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n");
    /// let total = all.total(|interface| interface.name.as_bytes() != b"lo");
    /// assert_eq!((total.receive.bytes, total.transmit.bytes), (7, 5));
    /// ```
    #[must_use]
    pub fn decode(bytes: &[u8]) -> IoCounters {
        let mut answer = IoCounters::default();
        let mut rows = dev::Table.rows(bytes);
        while let Some(row) = rows.next() {
            match row {
                Ok(row) => answer.interfaces.push(Interface::from(row)),
                Err(error) => answer.undecodable.push((rows.line(), error)),
            }
        }
        answer
    }

    /// The sum of each counter over the interfaces for which `wanted` returns true.
    #[must_use]
    pub fn total(&self, mut wanted: impl FnMut(&Interface) -> bool) -> dev::Counters {
        let mut total = dev::Counters::default();
        for interface in &self.interfaces {
            if wanted(interface) {
                total += interface.counters;
            }
        }
        total
    }

    /// How fast the counters of each interface have grown since an older reading.
    ///
    /// An interface that was removed and recreated under the same name is recognised by its
    /// [index](field@Interface::index), or where that is unknown, by counters that became smaller.
    ///
    /// ```
    /// use procnet::{counters::IoCounters, rates::{NoRate, Rate}};
    /// use std::time::Duration;
    ///
    /// let before = IoCounters::decode(b"eth0: 4294967000 9 0 0 0 0 0 0 700 7 0 0 0 0 0 0\n");
    /// let after = IoCounters::decode(b"eth0: 1704 12 0 0 0 0 0 0 900 8 0 0 0 0 0 0\n");
    /// let eth0 = after.rates(&before, Duration::from_secs(2)).next().unwrap();
    /// // The driver's 32-bit counter has wrapped.
    /// assert_eq!(eth0.get("rx_bytes"), Some(Rate::PerSecond(1000.0)));
    ///
    /// let recreated = IoCounters::decode(b"eth0: 1704 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
    /// let eth0 = recreated.rates(&before, Duration::from_secs(2)).next().unwrap();
    /// assert_eq!(eth0.get("rx_bytes"), Some(Rate::Unknown(NoRate::Reset)));
    /// ```
    pub fn rates<'a>(&'a self, before: &'a IoCounters, over: impl Into<Interval>) -> Rates<'a> {
        Rates::new(before, self, over.into())
    }
}

/// The names of the counters, and those of their columns in the heading of `net/dev`.
pub(crate) const COLUMNS: [(&str, &[u8]); 16] = [
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

impl Reading for IoCounters {
    fn groups(&self) -> usize {
        self.interfaces.len()
    }

    fn group(&self, at: usize) -> Option<&dyn Group> {
        self.interfaces.get(at).map(|interface| interface as &dyn Group)
    }
}

impl Group for Interface {
    fn name(&self) -> &[u8] {
        self.name.as_bytes()
    }

    fn index(&self) -> Option<u32> {
        self.index
    }

    fn columns(&self) -> usize {
        COLUMNS.len()
    }

    fn column(&self, at: usize) -> Option<Column<'_>> {
        let (name, heading) = COLUMNS.get(at)?;
        let meaning = File::Dev.meaning(b"", heading);
        Some(Column { name, meaning, may_be_narrow: true, is_sparse: false })
    }

    fn value(&self, _row: usize, column: usize) -> Option<i128> {
        <[u64; 16]>::from(self.counters).get(column).map(|value| i128::from(*value))
    }
}

/// Each interface that `net/igmp` does not have is looked up in a file of its own, so many of them
/// at most.
const MAX_FILES: usize = 256;

/// How often the files are read until no interface is recreated meanwhile.
const ATTEMPTS: usize = 3;

impl Scanner {
    pub(super) fn read_io_counters(&mut self) -> Result<IoCounters, Error> {
        let mut before = self.indices();
        let mut answer = IoCounters::default();
        for _ in 0..ATTEMPTS {
            answer = self.read_lenient("dev", IoCounters::decode)?;
            // The counters of an interface must not be paired with the index of the next one.
            let after = self.indices();
            let is_same = |name: &Name| before.get(name) == after.get(name);
            let is_settled = answer.interfaces.iter().all(|interface| is_same(&interface.name));
            before = after;
            if is_settled {
                break;
            }
        }
        let mut files = 0..MAX_FILES;
        for interface in &mut answer.interfaces {
            let name = &interface.name;
            interface.index = before.get(name).copied().or_else(|| {
                files.next()?;
                self.read_interface_snmp6(name.as_bytes()).ok()?.index
            });
        }
        Ok(answer)
    }

    /// The indices of the interfaces in `net/igmp`.
    fn indices(&mut self) -> HashMap<Name, u32> {
        let Ok(path) = self.net_path("igmp") else { return HashMap::new() };
        let Ok((bytes, _)) = self.read_table("igmp", &path) else { return HashMap::new() };
        let rows = igmp::Table { order: ByteOrder::NATIVE }.rows(bytes);
        let device = |row| match row {
            Ok(igmp::Row::Device(device)) => Some((Name::new(device.name), device.index)),
            _ => None,
        };
        rows.filter_map(device).collect()
    }
}
