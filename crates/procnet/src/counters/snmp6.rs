//! Counters of IPv6, of the host and of each interface.

use procnet_core::{
    Error as DecodeError,
    capture::Remarks,
    counter::{meaning::File, snmp6},
};
use rustix::{fs::RawDir, io::Errno};

use crate::{
    Error, ErrorKind, Name, Scanner,
    coverage::Failure,
    file,
    rates::{Column, Group, GroupRates, Interval, Rates, Reading},
};

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
    /// What is remarkable about the text it was decoded from: in a [capture](crate::capture), what
    /// was forgiven, and what is doubtful.
    pub remarks: Remarks,
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

    /// How fast the counters have grown since an older reading.
    pub fn rates<'a>(
        &'a self,
        before: &'a Snmp6Counters,
        over: impl Into<Interval>,
    ) -> GroupRates<'a> {
        GroupRates::new(Some(before), Some(self), over.into())
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
    fn decode(name: &[u8], bytes: &[u8], remarks: Remarks) -> InterfaceSnmp6 {
        let mut ipv6 = Snmp6Counters { remarks, ..Snmp6Counters::decode(bytes) };
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

impl Group for Snmp6Counters {
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
        // The counter of a message type is printed if it is not 0 (net/ipv6/proc.c `snmp6_seq_show_icmpv6msg`).
        let is_sparse = message.is_some();
        Some(Column { name, meaning, may_be_narrow: false, is_sparse })
    }

    fn value(&self, _row: usize, column: usize) -> Option<i128> {
        self.counters.get(column).map(|(_, value)| i128::from(*value))
    }
}

impl InterfacesSnmp6 {
    /// How fast the counters of each interface have grown since an older reading. An interface that
    /// was recreated under the same name is recognised by its index.
    pub fn rates<'a>(
        &'a self,
        before: &'a InterfacesSnmp6,
        over: impl Into<Interval>,
    ) -> Rates<'a> {
        Rates::new(before, self, over.into())
    }
}

impl Reading for InterfacesSnmp6 {
    fn groups(&self) -> usize {
        self.interfaces.len()
    }

    fn group(&self, at: usize) -> Option<&dyn Group> {
        self.interfaces.get(at).map(|interface| interface as &dyn Group)
    }
}

impl Group for InterfaceSnmp6 {
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

impl Scanner {
    pub(super) fn read_interface_snmp6(&mut self, name: &[u8]) -> Result<InterfaceSnmp6, Error> {
        let mut path = self.net_path(DIRECTORY)?;
        path.push(b'/');
        path.extend_from_slice(name);
        // A name no interface can have (net/core/dev.c `dev_valid_name`) leads to another file.
        if matches!(name, b"" | b"." | b"..") || name.contains(&b'/') || name.contains(&0) {
            return Err(Error::new(ErrorKind::Absent, self.root().path_of(&path)));
        }
        self.read_table(DIRECTORY, &path)
            .map(|(bytes, remarks)| InterfaceSnmp6::decode(name, bytes, remarks))
            .map_err(Error::absent_if_not_found)
    }

    pub(super) fn read_interfaces_snmp6(&mut self) -> Result<InterfacesSnmp6, Error> {
        let directory = self.net_path(DIRECTORY)?;
        let listed = self.names_in(&directory);
        let names =
            listed.map_err(|errno| self.root().error(&directory, errno).absent_if_not_found())?;
        let mut answer = InterfacesSnmp6::default();
        for name in names {
            let path = [&directory, b"/".as_slice(), name.as_bytes()].concat();
            match self.read_table(DIRECTORY, &path) {
                Ok((bytes, remarks)) => {
                    let interface = InterfaceSnmp6::decode(name.as_bytes(), bytes, remarks);
                    answer.interfaces.push(interface);
                }
                // The interface was removed meanwhile.
                Err(error) if error.is_not_found() => {}
                Err(error) => {
                    let failure = error.failure().unwrap_or(Failure::new(Errno::IO));
                    answer.unreadable.push((name, failure));
                }
            }
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
