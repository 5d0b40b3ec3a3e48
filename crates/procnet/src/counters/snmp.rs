//! Counters of protocols.

use procnet_core::{
    capture::Remarks,
    counter::{meaning::File, snmp::Pairs},
};

use super::BadLine;
use crate::rates::{Column, Group, Interval, Rates, Reading};

/// The counters of the protocols of a network namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtocolCounters {
    /// The protocols, in the kernel's order.
    pub protocols: Vec<Protocol>,
    /// What is remarkable about the text it was decoded from: in a [capture](crate::capture), what
    /// was forgiven, and what is doubtful.
    pub remarks: Remarks,
}

/// The counters of one protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protocol {
    /// `Ip`, `Icmp`, `IcmpMsg`, `Tcp`, `Udp` or `UdpLite`; in netstat `TcpExt`, `IpExt` or
    /// `MPTcpExt`.
    pub name: String,
    /// The names of its counters, as in the MIBs, and their values, in the kernel's order. All
    /// are unsigned except `MaxConn` of `Tcp`, where -1 means no limit.
    pub counters: Vec<(String, i128)>,
}

impl Protocol {
    /// The value of one counter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<i128> {
        self.counters.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
    }
}

impl ProtocolCounters {
    pub(super) fn decode(bytes: &[u8], wanted: &[&str]) -> Result<ProtocolCounters, BadLine> {
        let mut answer = ProtocolCounters::default();
        let mut pairs = Pairs::new(bytes);
        while let Some(pair) = pairs.next() {
            let pair = pair.map_err(|error| (pairs.line(), error))?;
            let name = String::from_utf8_lossy(pair.prefix());
            if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&name))
            {
                continue;
            }
            // `IcmpMsg` is repeated after 16 message types.
            let at = answer.protocols.iter().position(|protocol| protocol.name == name);
            let at = at.unwrap_or_else(|| {
                answer.protocols.push(Protocol { name: name.into_owned(), counters: Vec::new() });
                answer.protocols.len() - 1
            });
            for counter in pair.counters() {
                let counter = counter.map_err(|error| (pair.values_line(), error))?;
                let name = String::from_utf8_lossy(counter.name).into_owned();
                answer.protocols[at].counters.push((name, counter.value));
            }
        }
        Ok(answer)
    }

    /// The protocol with this name, in any case.
    ///
    /// `IcmpMsg` only has the message types that were seen, so it is absent if there were none.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Protocol> {
        self.protocols.iter().find(|protocol| protocol.name.eq_ignore_ascii_case(name))
    }

    /// How fast the counters of each protocol have grown since an older reading of the same file.
    ///
    /// ```
    /// use procnet::{Scanner, rates::Rate};
    /// use std::time::Instant;
    ///
    /// let mut scanner = Scanner::new()?;
    /// let (before, read) = (scanner.protocol_counters(&["tcp"])?, Instant::now());
    /// // Sleep until the next refresh.
    /// let after = scanner.protocol_counters(&["tcp"])?;
    /// for protocol in after.rates(&before, read.elapsed()) {
    ///     for counter in protocol.iter() {
    ///         match counter.rate {
    ///             Rate::PerSecond(rate) => println!("{} {rate:.1} {}/s", counter.name, counter.meaning.unit),
    ///             Rate::Gauge(value) => println!("{} {value}", counter.name),
    ///             _ => println!("{} ?", counter.name),
    ///         }
    ///     }
    /// }
    /// # Ok::<(), procnet::Error>(())
    /// ```
    pub fn rates<'a>(
        &'a self,
        before: &'a ProtocolCounters,
        over: impl Into<Interval>,
    ) -> Rates<'a> {
        Rates::new(before, self, over.into())
    }
}

impl Reading for ProtocolCounters {
    fn groups(&self) -> usize {
        self.protocols.len()
    }

    fn group(&self, at: usize) -> Option<&dyn Group> {
        self.protocols.get(at).map(|protocol| protocol as &dyn Group)
    }
}

impl Group for Protocol {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_prefixes_are_one_protocol() {
        let file = b"IcmpMsg: InType3\nIcmpMsg: 7\nIcmpMsg: InType8\nIcmpMsg: 9\n";
        let answer = ProtocolCounters::decode(file, &["icmpmsg"]).unwrap();
        assert_eq!(answer.protocols.len(), 1);
        assert_eq!(answer.get("IcmpMsg").unwrap().get("InType8"), Some(9));
    }

    #[test]
    fn a_missing_or_mismatched_line_is_an_error_with_its_number() {
        let line = |file: &[u8]| ProtocolCounters::decode(file, &[]).unwrap_err().0;
        assert_eq!(line(b"Tcp: A\nTcp: 1\nUdp: A B\n"), 3);
        assert_eq!(line(b"Tcp: A\nTcp: 1\nUdp: A B\nUdp: 1\n"), 4);
        assert_eq!(line(b"Tcp: A\nTcp: 1 2\n"), 2);
    }
}
