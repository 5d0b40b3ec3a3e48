//! The kernel's own counts of sockets, by protocol.

use procnet_core::{Error as DecodeError, capture::Remarks, counter::sockstat::Rows};

use super::Protocol;

/// The number of sockets of each protocol, and the memory they use.
///
/// All values are gauges. `inuse`, `tw` and, since Linux 4.16, `used` are those of the network
/// namespace; `orphan`, `alloc` and `mem` (in pages) are those of the whole host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketCounts {
    /// `sockets`, `TCP`, `UDP`, `UDPLITE`, `RAW` and `FRAG`, or the IPv6 ones (`TCP6`), in the
    /// kernel's order.
    pub protocols: Vec<Protocol>,
    /// The lines that do not decode, counted from 1; empty unless the file is corrupt.
    pub undecodable: Vec<(usize, DecodeError)>,
    /// What is remarkable about the text it was decoded from: in a [capture](crate::capture), what
    /// was forgiven, and what is doubtful.
    pub remarks: Remarks,
}

impl SocketCounts {
    /// Decodes the content of a `net/sockstat` or `net/sockstat6` file.
    ///
    /// ```
    /// use procnet::counters::SocketCounts;
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

    /// The counts of the protocol with this name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Protocol> {
        self.protocols.iter().find(|protocol| protocol.name.eq_ignore_ascii_case(name))
    }
}
