//! The counters of protocols.

use procnet_core::counter::snmp::Pairs;

use crate::{Error, Scanner};

/// The counters of the protocols of a network namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtocolCounters {
    /// The protocols, in the kernel's order.
    pub protocols: Vec<Protocol>,
}

/// One protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protocol {
    /// `Ip`, `Icmp`, `IcmpMsg`, `Tcp`, `Udp` or `UdpLite`; of netstat `TcpExt`, `IpExt` or
    /// `MPTcpExt`.
    pub name: String,
    /// The names of its counters, as MIBs have them, and their values, in the kernel's
    /// order. All are unsigned but `MaxConn` of `Tcp`, where -1 means no limit.
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
    /// One protocol.
    ///
    /// `IcmpMsg` has only the message types that were seen, so it is absent where none was.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Protocol> {
        self.protocols.iter().find(|protocol| protocol.name.eq_ignore_ascii_case(name))
    }
}

impl Scanner {
    /// The counters of the protocols that are named, in any case; of all if none is named.
    ///
    /// # Errors
    ///
    /// If `net/snmp` cannot be read, or a protocol that is asked for has no line of values,
    /// or another number of values than of names: the error names the line.
    pub fn protocol_counters(&mut self, protocols: &[&str]) -> Result<ProtocolCounters, Error> {
        self.pairs_of("snmp", protocols)
    }

    /// The further counters of the protocols that are named (`TcpExt`, `IpExt`, `MPTcpExt`), in
    /// any case; of all if none is named.
    ///
    /// Each kernel has other ones; a kernel without multipath TCP has no `MPTcpExt`.
    ///
    /// # Errors
    ///
    /// As for [`protocol_counters`](Scanner::protocol_counters), of `net/netstat`.
    pub fn netstat_counters(&mut self, protocols: &[&str]) -> Result<ProtocolCounters, Error> {
        self.pairs_of("netstat", protocols)
    }

    fn pairs_of(&mut self, name: &str, protocols: &[&str]) -> Result<ProtocolCounters, Error> {
        let (path, bytes) = self.read_net(name)?;
        let decoded = decode(bytes, protocols);
        decoded.map_err(|(line, error)| Error::decode(self.root().path_of(&path), line, error))
    }
}

fn decode(bytes: &[u8], wanted: &[&str]) -> Result<ProtocolCounters, (usize, procnet_core::Error)> {
    let mut answer = ProtocolCounters::default();
    let mut pairs = Pairs::new(bytes);
    while let Some(pair) = pairs.next() {
        let pair = pair.map_err(|error| (pairs.line(), error))?;
        let name = String::from_utf8_lossy(pair.prefix());
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&name)) {
            continue;
        }
        // `IcmpMsg` comes again beyond 16 message types.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_prefixes_are_one_protocol() {
        let file = b"IcmpMsg: InType3\nIcmpMsg: 7\nIcmpMsg: InType8\nIcmpMsg: 9\n";
        let answer = decode(file, &["icmpmsg"]).unwrap();
        assert_eq!(answer.protocols.len(), 1);
        assert_eq!(answer.get("IcmpMsg").unwrap().get("InType8"), Some(9));
    }

    #[test]
    fn a_missing_or_mismatched_line_is_an_error_that_names_it() {
        let line = |file: &[u8]| decode(file, &[]).unwrap_err().0;
        assert_eq!(line(b"Tcp: A\nTcp: 1\nUdp: A B\n"), 3);
        assert_eq!(line(b"Tcp: A\nTcp: 1\nUdp: A B\nUdp: 1\n"), 4);
        assert_eq!(line(b"Tcp: A\nTcp: 1 2\n"), 2);
    }
}
