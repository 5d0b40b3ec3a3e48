//! Counters of IPv6, of the host and of each interface.

use procnet_core::{Error as DecodeError, counter::snmp6};
use rustix::{fs::RawDir, io::Errno};

use crate::{Error, ErrorKind, Failure, Name, Scanner, file};

/// The IPv6 counters of a network namespace, or of one interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snmp6Counters {
    /// Names and values, in the kernel's order. Each name begins with its protocol: `Ip6`,
    /// `Icmp6`, `Udp6`, `UdpLite6`. The counter of an ICMP message type (`Icmp6InType128`) is
    /// absent until there has been such a message.
    pub counters: Vec<(String, u64)>,
    /// The lines that do not decode, counted from 1; empty unless the file is corrupt.
    pub undecodable: Vec<(usize, DecodeError)>,
}

impl Snmp6Counters {
    /// Decodes the content of a `net/snmp6` file, or of a file in `net/dev_snmp6`.
    ///
    /// ```
    /// use procnet::counters::Snmp6Counters;
    ///
    /// let all = Snmp6Counters::decode(b"Ip6InReceives                   \t7\nIcmp6InType128\t1\n");
    /// assert_eq!(all.get("Ip6InReceives"), Some(7));
    /// ```
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Snmp6Counters {
        let mut answer = Snmp6Counters::default();
        let mut rows = snmp6::Table.rows(bytes);
        while let Some(row) = rows.next() {
            match row {
                Ok(row) => {
                    let name = String::from_utf8_lossy(row.name).into_owned();
                    answer.counters.push((name, row.value));
                }
                Err(error) => answer.undecodable.push((rows.line(), error)),
            }
        }
        answer
    }

    /// The value of one counter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u64> {
        self.counters.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
    }
}

/// The IPv6 counters of one interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InterfaceSnmp6 {
    /// Its name.
    pub name: Name,
    /// Its interface index, if the file has it.
    pub index: Option<u32>,
    /// Its counters, of IP and ICMP only, without the interface index.
    pub ipv6: Snmp6Counters,
}

impl InterfaceSnmp6 {
    fn decode(name: &[u8], bytes: &[u8]) -> InterfaceSnmp6 {
        let mut ipv6 = Snmp6Counters::decode(bytes);
        let is_index = |(name, _): &(String, u64)| name.as_bytes() == snmp6::IF_INDEX;
        let index = ipv6.counters.iter().position(is_index).map(|at| ipv6.counters.remove(at));
        let index = index.and_then(|(_, index)| u32::try_from(index).ok());
        InterfaceSnmp6 { name: Name::new(name), index, ipv6 }
    }
}

/// The IPv6 counters of every interface that has IPv6.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InterfacesSnmp6 {
    /// The interfaces, in the order the kernel lists their files.
    pub interfaces: Vec<InterfaceSnmp6>,
    /// The interfaces whose file could not be read, and why.
    pub unreadable: Vec<(Name, Failure)>,
}

const DIRECTORY: &str = "dev_snmp6";

impl Scanner {
    pub(super) fn read_interface_snmp6(&mut self, name: &[u8]) -> Result<InterfaceSnmp6, Error> {
        let mut path = self.net_path(DIRECTORY)?;
        path.push(b'/');
        path.extend_from_slice(name);
        // A name no interface can have (net/core/dev.c `dev_valid_name`) leads to another file.
        if matches!(name, b"" | b"." | b"..") || name.contains(&b'/') || name.contains(&0) {
            return Err(Error::new(ErrorKind::Absent, self.root().path_of(&path)));
        }
        self.read(&path)
            .map(|bytes| InterfaceSnmp6::decode(name, bytes))
            .map_err(Error::absent_if_not_found)
    }

    pub(super) fn read_interfaces_snmp6(&mut self) -> Result<InterfacesSnmp6, Error> {
        let directory = self.net_path(DIRECTORY)?;
        let listed = self.names_in(&directory);
        let names = listed.map_err(|errno| {
            Error::io(self.root().path_of(&directory), errno).absent_if_not_found()
        })?;
        let mut answer = InterfacesSnmp6::default();
        for name in names {
            let path = [&directory, b"/".as_slice(), name.as_bytes()].concat();
            let mut text = std::mem::take(&mut self.text);
            match file::read_small(self.root().dir(), &path, &mut text) {
                Ok(bytes) => {
                    answer.interfaces.push(InterfaceSnmp6::decode(name.as_bytes(), bytes));
                }
                Err(Errno::NOENT) => {}
                Err(errno) => answer.unreadable.push((name, Failure::new(errno))),
            }
            self.text = text;
        }
        Ok(answer)
    }

    /// The names of a directory's entries, in its order.
    fn names_in(&self, path: &[u8]) -> Result<Vec<Name>, Errno> {
        let directory = file::open_dir(self.root().dir(), path)?;
        let mut buffer = Vec::with_capacity(32 << 10);
        let mut entries = RawDir::new(directory, buffer.spare_capacity_mut());
        let mut names = Vec::new();
        while let Some(entry) = entries.next() {
            match entry?.file_name().to_bytes() {
                b"." | b".." => {}
                name => names.push(Name::new(name)),
            }
        }
        Ok(names)
    }
}
