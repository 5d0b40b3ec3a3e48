//! The order of the rows of a batch.

use arrow_array::{ArrayRef, UInt32Array};
use arrow_schema::ArrowError;
use arrow_select::take::take;

/// By what a row is ordered.
#[derive(Clone, Copy)]
pub(crate) struct OrderedBy {
    /// Of the first owner. Pids begin with 1, so rows without an owner, which have 0, come first.
    pub(crate) pid: u32,
    /// The number of the remote address, likewise.
    pub(crate) remote: u32,
    pub(crate) inode: u64,
}

/// The order of the rows of a batch, and what is needed to find it.
#[derive(Default)]
pub(crate) struct Order {
    keys: Vec<u128>,
    rows: Vec<u32>,
    places: Vec<u32>,
}

/// The bits of a key for a row, and for the number of an address: numbers have no gaps, so there are not more of
/// them than rows.
const ROW_BITS: u32 = 16;

impl Order {
    /// Orders rows by their first owner's pid, then by the remote address, in the order in which addresses
    /// occur first, then by inode.
    ///
    /// So a process and its peers are a few long runs, which take next to nothing in a file, and the inodes
    /// of sockets that were opened one after the other are close to each other. The kernel's order is that of
    /// a hash, without any runs.
    pub(crate) fn sort(&mut self, by: impl ExactSizeIterator<Item = OrderedBy>) {
        let rows = by.len();
        self.rows.clear();
        if rows < 1 << ROW_BITS {
            // One number for all, as it is compared twice as fast as three.
            let key = |(row, by): (usize, OrderedBy)| {
                let owner_and_peer = u128::from(by.pid) << ROW_BITS | u128::from(by.remote);
                (owner_and_peer << u64::BITS | u128::from(by.inode)) << ROW_BITS | row as u128
            };
            self.keys.clear();
            self.keys.extend(by.enumerate().map(key));
            self.keys.sort_unstable();
            self.rows.extend(self.keys.iter().map(|key| u32::from(*key as u16)));
        } else {
            let by: Vec<_> = by.map(|by| (by.pid, by.remote, by.inode)).collect();
            self.rows.extend(0..rows as u32);
            self.rows.sort_unstable_by_key(|row| (by[*row as usize], *row));
        }
        self.places.clear();
        self.places.resize(rows, 0);
        for (place, row) in (0..).zip(&self.rows) {
            self.places[*row as usize] = place;
        }
    }

    /// The rows, in order.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The place of each row in this order.
    pub(crate) fn places(&self) -> &[u32] {
        &self.places
    }

    /// A column with its rows in this order.
    pub(crate) fn reordered(&self, column: ArrayRef) -> Result<ArrayRef, ArrowError> {
        match column.null_count() == column.len() {
            true => Ok(column),
            false => take(&column, &UInt32Array::from(self.rows.clone()), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, OrderedBy};

    #[test]
    fn batches_of_any_size_have_the_same_order() {
        for rows in [0, 1, 2, 1000, (1 << 16) - 1, 1 << 16, 100_000] {
            let random = |row: u64| (row + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
            let by = |row: u64| OrderedBy {
                pid: [0, 1, u32::MAX][random(row) as usize % 3],
                remote: (random(row) >> 20) as u32 % (rows as u32).min(300),
                inode: [0, 7, u64::MAX, random(row)][(random(row) >> 40) as usize % 4],
            };
            let all: Vec<_> = (0..rows).map(by).collect();
            let mut order = Order::default();
            order.sort(all.iter().copied());
            let key = |row: &u32| {
                let by = all[*row as usize];
                (by.pid, by.remote, by.inode, *row)
            };
            assert_eq!(order.rows().len() as u64, rows);
            assert!(order.rows().is_sorted_by_key(key), "{rows} rows");
            for (place, row) in (0..).zip(order.rows()) {
                assert_eq!(order.places()[*row as usize], place);
            }
        }
    }
}
