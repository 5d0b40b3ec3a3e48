//! What each CPU did with the packets that it was given.

use procnet_core::{
    Error as DecodeError,
    counter::{
        meaning::{Cpus, File},
        softnet,
    },
};

use crate::{Error, Scanner};

/// What each CPU that is online did with packets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SoftnetStats {
    /// The CPUs, in the kernel's order.
    pub cpus: Vec<SoftnetCpu>,
    /// The lines that do not decode, counted from 1; none, from a kernel.
    pub undecodable: Vec<(usize, DecodeError)>,
}

/// What one CPU did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SoftnetCpu {
    /// Its number. Kernels before 5.10 do not tell it: CPUs that are offline have no line, so
    /// the line's place is not it.
    pub cpu: Option<u32>,
    /// Its numbers, in the kernel's order, under the names of the fields of
    /// [`softnet::Row`]; what newer kernels append goes by its place, as `column16`. Counters
    /// of 32 bits, which wrap; `backlog_len`, `input_qlen` and `process_qlen` are gauges.
    pub columns: Vec<(String, u32)>,
}

impl SoftnetCpu {
    /// One of its numbers.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u32> {
        self.columns.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
    }
}

/// How many columns have a place of their own.
const KNOWN: usize = 15;

impl SoftnetStats {
    /// Decodes the bytes of a `net/softnet_stat` file, whichever it is.
    ///
    /// ```
    /// use procnet::SoftnetStats;
    ///
    /// let stats = SoftnetStats::decode(b"0000000b 00000002 0 0 0 0 0 0 0\n00000001 0 0 0 0 0 0 0 0\n");
    /// assert_eq!(stats.cpus[0].get("dropped"), Some(2));
    /// assert_eq!(stats.summary().next(), Some(("processed", 12)));
    /// ```
    #[must_use]
    pub fn decode(bytes: &[u8]) -> SoftnetStats {
        let mut answer = SoftnetStats::default();
        let mut rows = softnet::Table.rows(bytes);
        while let Some(row) = rows.next() {
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    answer.undecodable.push((rows.line(), error));
                    continue;
                }
            };
            let named = row.columns().filter(|(name, _)| *name != "cpu");
            let mut columns: Vec<(String, u32)> =
                named.map(|(name, value)| (name.to_owned(), value)).collect();
            for (place, value) in (KNOWN + 1..).zip(row.further()) {
                match value {
                    Ok(value) => columns.push((format!("column{place}"), value)),
                    Err(error) => answer.undecodable.push((rows.line(), error)),
                }
            }
            answer.cpus.push(SoftnetCpu { cpu: row.cpu, columns });
        }
        answer
    }

    /// The columns that the first CPU has, added up over all.
    pub fn summary(&self) -> impl Iterator<Item = (&str, u64)> {
        let names = self.cpus.first().map_or(&[][..], |cpu| &cpu.columns[..]).iter();
        names
            .map(|(name, _)| name.as_str())
            .filter(|name| File::Softnet.meaning(b"", name.as_bytes()).cpus == Cpus::Each)
            .map(|name| {
                let values = self.cpus.iter().filter_map(|cpu| cpu.get(name));
                (name, values.map(u64::from).sum())
            })
    }
}

impl Scanner {
    /// What each CPU did with packets: of the whole host, whatever the network namespace.
    ///
    /// # Errors
    ///
    /// If `net/softnet_stat` cannot be read.
    pub fn softnet_stats(&mut self) -> Result<SoftnetStats, Error> {
        self.read_net("softnet_stat").map(|(_, bytes)| SoftnetStats::decode(bytes))
    }
}
