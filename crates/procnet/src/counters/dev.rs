//! The counters of interfaces.

use procnet_core::{Error as DecodeError, counter::dev};

use crate::{Error, Name, Scanner, file};

/// The counters of every interface of a network namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IoCounters {
    /// The interfaces, in the kernel's order.
    pub interfaces: Vec<Interface>,
    /// The lines that do not decode, counted from 1; none, from a kernel.
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
    /// Decodes the bytes of a `net/dev` file, whichever it is.
    ///
    /// ```
    /// use procnet::IoCounters;
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

    /// The sum of the interfaces that `wanted` picks, column by column.
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

impl Scanner {
    /// The counters of every interface.
    ///
    /// # Errors
    ///
    /// If `net/dev` cannot be read.
    pub fn io_counters(&mut self) -> Result<IoCounters, Error> {
        self.read_net("dev").map(|(_, bytes)| IoCounters::decode(bytes))
    }

    /// Reads a small file of the host's tables.
    pub(super) fn read_net(&mut self, name: &str) -> Result<(file::RelativePath, &[u8]), Error> {
        let path = self.net_path(name)?;
        let read = self.read(&path).map_err(Error::absent_if_not_found);
        read.map(|bytes| (path, bytes))
    }

    /// The path of a file of the host's tables.
    pub(super) fn net_path(&self, name: &str) -> Result<file::RelativePath, Error> {
        let net = self.root().host_net()?;
        Ok(file::path(format_args!("{}/{name}", String::from_utf8_lossy(&net))))
    }

    /// Reads a small file below the root.
    pub(crate) fn read(&mut self, path: &[u8]) -> Result<&[u8], Error> {
        let mut text = std::mem::take(&mut self.text);
        let read = file::read_small(self.root().dir(), path, &mut text).map(drop);
        self.text = text;
        match read {
            Ok(()) => Ok(&self.text),
            Err(errno) => Err(Error::io(self.root().path_of(path), errno)),
        }
    }
}
