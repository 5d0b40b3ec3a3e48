//! Counters of interfaces.

use procnet_core::{Error as DecodeError, counter::dev};

use crate::Name;

/// The counters of every interface of a network namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IoCounters {
    /// The interfaces, in the kernel's order.
    pub interfaces: Vec<Interface>,
    /// The lines that do not decode, counted from 1; empty unless the file is corrupt.
    pub undecodable: Vec<(usize, DecodeError)>,
}

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interface {
    /// Its name.
    pub name: Name,
    /// Its 16 counters.
    pub counters: dev::Counters,
}

impl From<dev::Row<'_>> for Interface {
    fn from(row: dev::Row<'_>) -> Interface {
        Interface { name: Name::new(row.name()), counters: row.counters }
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
}
