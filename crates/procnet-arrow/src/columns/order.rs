//! The order of the rows of a batch.

use std::sync::Arc;

use arrow_array::{
    Array as _, ArrayRef, ListArray, StructArray, UInt32Array,
    cast::AsArray as _,
    types::{Int32Type, UInt32Type, UInt64Type},
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::ArrowError;
use arrow_select::take::take;

use crate::schema;

/// The columns by which rows are ordered.
pub(crate) struct OrderedBy<'c> {
    pub(crate) owners: &'c ArrayRef,
    pub(crate) remote_addr: &'c ArrayRef,
    pub(crate) inode: &'c ArrayRef,
}

impl OrderedBy<'_> {
    /// The rows by their first owner's pid, then by the remote address, in the order in which addresses occur
    /// first, then by inode.
    ///
    /// So a process and its peers are a few long runs, which take next to nothing in a file, and the inodes
    /// of sockets that were opened one after the other are close to each other. The kernel's order is that of
    /// a hash, without any runs.
    pub(crate) fn rows(&self) -> UInt32Array {
        let owners: &ListArray = self.owners.as_list();
        let fields: &StructArray = owners.values().as_struct();
        let pids = fields.column(0).as_primitive::<UInt32Type>().values();
        let remotes = self.remote_addr.as_dictionary::<Int32Type>().keys();
        let inodes = self.inode.as_primitive::<UInt64Type>().values();
        let key = |row: usize| {
            let owned = owners.value_offsets()[row]..owners.value_offsets()[row + 1];
            // Pids begin with 1, so rows without an owner come first; and so do those without an address.
            let pid = if owned.is_empty() { 0 } else { pids[owned.start as usize] };
            let remote = if remotes.is_null(row) { 0 } else { 1 + remotes.values()[row] as u32 };
            (u64::from(pid) << 32 | u64::from(remote), inodes[row], row as u32)
        };
        let mut keys: Vec<_> = (0..owners.len()).map(key).collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, _, row)| row).collect::<Vec<_>>().into()
    }
}

/// A column with its rows in this order.
pub(crate) fn reordered(column: ArrayRef, rows: &UInt32Array) -> Result<ArrayRef, ArrowError> {
    match column.as_list_opt() {
        Some(lists) => Ok(Arc::new(reordered_lists(lists, rows)?)),
        None if column.null_count() == column.len() => Ok(column),
        None => take(&column, rows, None),
    }
}

/// The same of lists, none of which is null. `take` copies them one by one.
fn reordered_lists(lists: &ListArray, rows: &UInt32Array) -> Result<ListArray, ArrowError> {
    let offsets = lists.value_offsets();
    let mut items = Vec::with_capacity(lists.values().len());
    let mut ends = Vec::with_capacity(rows.len() + 1);
    ends.push(0);
    for row in rows.values() {
        let row = *row as usize;
        items.extend(offsets[row] as u32..offsets[row + 1] as u32);
        ends.push(items.len() as i32);
    }
    let items = take(lists.values(), &UInt32Array::from(items), None)?;
    ListArray::try_new(schema::owner(), OffsetBuffer::new(ends.into()), items, None)
}
