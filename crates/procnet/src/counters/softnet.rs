//! What each CPU did with received packets.

use procnet_core::{
    Error as DecodeError,
    capture::Remarks,
    counter::{
        meaning::{Cpus, File},
        softnet,
    },
};

use crate::rates::{Column, Group, GroupRates, Interval};

/// What each online CPU did with received packets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SoftnetStats {
    /// The CPUs, in the kernel's order.
    pub cpus: Vec<SoftnetCpu>,
    /// The lines that do not decode, counted from 1; empty unless the file is corrupt.
    pub undecodable: Vec<(usize, DecodeError)>,
    /// What is remarkable about the text it was decoded from: in a [capture](crate::capture), what
    /// was forgiven, and what is doubtful.
    pub remarks: Remarks,
}

/// What one CPU did with received packets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SoftnetCpu {
    /// Its number. `None` on kernels before 5.10, which do not print it; the line number does not
    /// replace it, as offline CPUs have no line.
    pub cpu: Option<u32>,
    /// Its values, in the kernel's order, named as the fields of [`softnet::Row`]; a column
    /// added by a newer kernel is named by its position, as `column16`. All are 32-bit counters,
    /// which wrap, except the gauges `backlog_len`, `input_qlen` and `process_qlen`.
    pub columns: Vec<(String, u32)>,
}

impl SoftnetCpu {
    /// The value of one column.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u32> {
        self.columns.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
    }
}

/// The number of columns that have a name.
const KNOWN: usize = 15;

impl SoftnetStats {
    /// Decodes the content of a `net/softnet_stat` file.
    ///
    /// ```
    /// use procnet::counters::SoftnetStats;
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

    /// Each counter that the first CPU has, summed over all CPUs.
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

    /// How fast the counters, summed over all CPUs, have grown since an older reading.
    pub fn rates<'a>(
        &'a self,
        before: &'a SoftnetStats,
        over: impl Into<Interval>,
    ) -> GroupRates<'a> {
        GroupRates::new(Some(before), Some(self), over.into())
    }
}

impl Group for SoftnetStats {
    fn name(&self) -> &[u8] {
        b""
    }

    fn columns(&self) -> usize {
        self.cpus.first().map_or(0, |cpu| cpu.columns.len())
    }

    fn column(&self, at: usize) -> Option<Column<'_>> {
        let (name, _) = self.cpus.first()?.columns.get(at)?;
        let meaning = File::Softnet.meaning(b"", name.as_bytes());
        Some(Column { name, meaning, may_be_narrow: false, is_sparse: false })
    }

    fn rows(&self) -> usize {
        self.cpus.len()
    }

    fn cpu(&self, row: usize) -> Option<u32> {
        self.cpus.get(row)?.cpu
    }

    fn value(&self, row: usize, column: usize) -> Option<i128> {
        self.cpus.get(row)?.columns.get(column).map(|(_, value)| i128::from(*value))
    }
}
