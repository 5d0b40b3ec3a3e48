//! The rows of a pass: their records in one buffer, and an index of them.
//!
//! A pass reports a row for each descriptor, process by process; the index has one for each socket,
//! by network namespace and inode. Its order is the same in each pass.

use procnet_bpf::Row;

use super::row::kind_of;
use crate::Kind;

/// The most that records may take, in bytes: two to three million descriptors. With the index, which
/// takes 24 bytes for each, some 350 MB.
const MAX: usize = 256 << 20;

/// Clearing it keeps its memory.
#[derive(Debug)]
pub(super) struct Index {
    records: Vec<u8>,
    entries: Vec<Entry>,
    /// The namespaces of listeners with requests for connections.
    with_requests: Vec<u32>,
    limit: usize,
    is_cut: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    netns: u32,
    /// Where its record is.
    at: u32,
    inode: u64,
    /// `None` if it is in none of the tables.
    kind: Option<Kind>,
}

impl Default for Index {
    fn default() -> Index {
        Index {
            records: Vec::new(),
            entries: Vec::new(),
            with_requests: Vec::new(),
            limit: MAX,
            is_cut: false,
        }
    }
}

impl Index {
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.entries.clear();
        self.with_requests.clear();
        self.is_cut = false;
    }

    /// Adds a row with its record, unless the limit is reached.
    #[inline]
    pub(super) fn push(&mut self, row: &Row<'_>, record: &[u8]) {
        let at = self.records.len();
        let (true, Ok(start)) = (at + record.len() <= self.limit, u32::try_from(at)) else {
            self.is_cut = true;
            return;
        };
        self.records.extend_from_slice(record);
        let Row { netns, owner, .. } = *row;
        self.entries.push(Entry { netns, at: start, inode: owner.inode, kind: kind_of(row) });
        if row.requests > 0 && self.with_requests.last() != Some(&netns) {
            self.with_requests.push(netns);
        }
    }

    /// Prepares for reading, once all rows are there.
    pub(super) fn finish(&mut self) {
        self.entries.sort_unstable_by_key(|entry| (entry.netns, entry.inode, entry.at));
        self.entries.dedup_by_key(|entry| (entry.netns, entry.inode));
        self.with_requests.sort_unstable();
        self.with_requests.dedup();
    }

    /// Whether the limit was reached: there may be more sockets.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Its size in bytes.
    pub(super) fn size(&self) -> usize {
        self.records.len() + size_of_val(&self.entries[..])
    }

    fn of(&self, netns: u32) -> &[Entry] {
        let first = self.entries.partition_point(|entry| entry.netns < netns);
        let entries = self.entries.get(first..).unwrap_or_default();
        let end = entries.partition_point(|entry| entry.netns == netns);
        entries.get(..end).unwrap_or_default()
    }

    /// The number of sockets in a network namespace, of any family.
    pub(super) fn count(&self, netns: u32) -> u64 {
        self.of(netns).len() as u64
    }

    /// Whether a listener of a network namespace has requests for connections.
    pub(super) fn has_requests(&self, netns: u32) -> bool {
        self.with_requests.binary_search(&netns).is_ok()
    }

    /// The rows of a table in a network namespace, each with its record, in the order of inodes.
    pub(super) fn rows(&self, netns: u32, kind: Kind) -> impl Iterator<Item = (Row<'_>, &[u8])> {
        let entries = self.of(netns).iter().filter(move |entry| entry.kind == Some(kind));
        entries.filter_map(|entry| {
            let records = self.records.get(entry.at as usize..)?;
            let (row, rest) = Row::decode(records).ok().flatten()?;
            Some((row, records.get(..records.len() - rest.len())?))
        })
    }

    /// The network namespaces of all sockets, in the order of their numbers.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = u32> {
        self.entries.chunk_by(|one, other| one.netns == other.netns).map(|of_one| of_one[0].netns)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::{super::row::tests::row, *};

    fn push(index: &mut Index, row: &Row<'_>) {
        let mut record = Vec::new();
        row.encode(&mut record);
        index.push(row, &record);
    }

    proptest! {
        #[test]
        fn each_socket_is_there_once_in_its_namespace_and_table(
            sockets in prop::collection::vec((0_u32..4, 0_u64..20, 0_u32..3), 0..100),
        ) {
            let mut index = Index::default();
            // The kind of a socket does not change from descriptor to descriptor.
            let kind = |inode: u64| if inode % 3 == 0 { Kind::Udp } else { Kind::Tcp };
            let mut expected: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
            let mut requests = BTreeSet::new();
            for _visit in 0..2 {
                index.clear();
                for (fd, (netns, inode, queued)) in (0..).zip(&sockets) {
                    let mut row = row(kind(*inode));
                    (row.owner.inode, row.owner.fd) = (*inode, fd);
                    (row.netns, row.requests) = (*netns, *queued);
                    push(&mut index, &row);
                    expected.entry(*netns).or_default().insert(*inode);
                    requests.extend((*queued > 0).then_some(*netns));
                }
                index.finish();
                prop_assert_eq!(index.namespaces().collect::<Vec<_>>(),
                    expected.keys().copied().collect::<Vec<_>>());
                for netns in 0..5 {
                    let of_one = expected.get(&netns).cloned().unwrap_or_default();
                    prop_assert_eq!(index.count(netns), of_one.len() as u64);
                    prop_assert_eq!(index.has_requests(netns), requests.contains(&netns));
                    for table in [Kind::Tcp, Kind::Udp, Kind::Unix] {
                        let found: Vec<u64> =
                            index.rows(netns, table).map(|(row, _)| row.owner.inode).collect();
                        let wanted: Vec<u64> =
                            of_one.iter().copied().filter(|it| kind(*it) == table).collect();
                        prop_assert_eq!(found, wanted);
                    }
                }
            }
        }
    }

    #[test]
    fn a_row_is_read_with_its_record() {
        let mut index = Index::default();
        let one = row(Kind::Unix);
        push(&mut index, &row(Kind::Tcp));
        push(&mut index, &Row { netns: 8, ..one });
        index.finish();
        let mut record = Vec::new();
        Row { netns: 8, ..one }.encode(&mut record);
        let found: Vec<_> = index.rows(8, Kind::Unix).collect();
        assert_eq!(found, [(Row { netns: 8, ..one }, &record[..])]);
    }

    #[test]
    fn beyond_the_limit_nothing_is_kept_and_that_is_known() {
        let one = row(Kind::Tcp);
        let mut record = Vec::new();
        one.encode(&mut record);
        let mut index = Index { limit: 2 * record.len(), ..Index::default() };
        for inode in 1..=2 {
            let mut row = one;
            row.owner.inode = inode;
            push(&mut index, &row);
        }
        assert!(!index.is_cut());
        push(&mut index, &one);
        index.finish();
        assert!(index.is_cut() && index.count(one.netns) == 2);
        index.clear();
        assert!(!index.is_cut() && index.size() == 0);
    }
}
