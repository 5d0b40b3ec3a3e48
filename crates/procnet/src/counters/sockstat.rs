//! How many sockets there are of each protocol, as the kernel counts them.

use procnet_core::{Error as DecodeError, counter::sockstat::Rows};

use crate::{Error, Protocol, Scanner};

/// How many sockets there are of each protocol, and the memory that they use.
///
/// All are gauges. `inuse`, `tw` and, since Linux 4.16, `used` are of the network namespace;
/// `orphan`, `alloc` and `mem` (in pages) of the whole host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketCounts {
    /// `sockets`, `TCP`, `UDP`, `UDPLITE`, `RAW` and `FRAG`, or those of IPv6 (`TCP6`), in the
    /// kernel's order.
    pub protocols: Vec<Protocol>,
    /// The lines that do not decode, counted from 1; none, from a kernel.
    pub undecodable: Vec<(usize, DecodeError)>,
}

impl SocketCounts {
    /// Decodes the bytes of a `net/sockstat` or `net/sockstat6` file, whichever it is.
    ///
    /// ```
    /// use procnet::SocketCounts;
    ///
    /// let counts = SocketCounts::decode(b"sockets: used 9\nTCP: inuse 5 orphan 0 tw 2\n");
    /// assert_eq!(counts.get("TCP").and_then(|tcp| tcp.get("tw")), Some(2));
    /// ```
    #[must_use]
    pub fn decode(bytes: &[u8]) -> SocketCounts {
        let mut answer = SocketCounts::default();
        let mut rows = Rows::new(bytes);
        while let Some(row) = rows.next() {
            let line = rows.line();
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    answer.undecodable.push((line, error));
                    continue;
                }
            };
            let mut counters = Vec::new();
            for value in row.values() {
                match value {
                    Ok(value) => {
                        let name = String::from_utf8_lossy(value.name).into_owned();
                        counters.push((name, value.value));
                    }
                    Err(error) => answer.undecodable.push((line, error)),
                }
            }
            let name = String::from_utf8_lossy(row.prefix()).into_owned();
            answer.protocols.push(Protocol { name, counters });
        }
        answer
    }

    /// What is counted of one protocol; its name in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Protocol> {
        self.protocols.iter().find(|protocol| protocol.name.eq_ignore_ascii_case(name))
    }
}

impl Scanner {
    /// How many sockets there are of each protocol of IPv4, and in all.
    ///
    /// # Errors
    ///
    /// If `net/sockstat` cannot be read.
    pub fn socket_counts(&mut self) -> Result<SocketCounts, Error> {
        self.read_net("sockstat").map(|(_, bytes)| SocketCounts::decode(bytes))
    }

    /// How many sockets there are of each protocol of IPv6.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Absent`](crate::ErrorKind::Absent) where the kernel has no IPv6, or that
    /// `net/sockstat6` cannot be read.
    pub fn socket_counts6(&mut self) -> Result<SocketCounts, Error> {
        self.read_net("sockstat6").map(|(_, bytes)| SocketCounts::decode(bytes))
    }
}
