//! A column of lists of owners.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, Int32Array, ListArray, StringArray, StructArray, UInt32Array,
    types::Int32Type,
};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use procnet::Name;

/// Owners, one behind the other, and where the list of each row ends.
#[derive(Default)]
pub(super) struct OwnersBuilder {
    pids: Vec<u32>,
    fds: Vec<u32>,
    comms: Vec<i32>,
    ends: Vec<i32>,
    nulls: Vec<bool>,
    /// The different names.
    names: Vec<Name>,
    /// The key of each name.
    known: HashMap<Name, i32, RandomState>,
    /// The key of the name of each process.
    processes: HashMap<u32, i32, RandomState>,
    /// Whether each row has a list.
    is_dense: bool,
}

impl OwnersBuilder {
    /// Of a column in which no row is null.
    pub(super) fn with_capacity(rows: usize) -> OwnersBuilder {
        OwnersBuilder {
            pids: Vec::with_capacity(rows),
            fds: Vec::with_capacity(rows),
            comms: Vec::with_capacity(rows),
            ends: Vec::with_capacity(rows + 1),
            is_dense: true,
            ..OwnersBuilder::default()
        }
    }

    /// The list of a row; the rows since the last one are null.
    #[inline]
    pub(super) fn push(
        &mut self,
        row: usize,
        owners: impl FnOnce(&mut dyn FnMut(u32, u32, &Name)),
    ) {
        self.fill(row);
        owners(&mut |pid, fd, comm| {
            // Another process may have got the number of one that ended.
            let known = self.processes.get(&pid).copied();
            let known = known.filter(|name| self.names.get(*name as usize) == Some(comm));
            let name = known.unwrap_or_else(|| self.name(pid, comm));
            self.pids.push(pid);
            self.fds.push(fd);
            self.comms.push(name);
        });
        self.end(true);
    }

    fn end(&mut self, has_list: bool) {
        self.ends.push(i32::try_from(self.pids.len()).unwrap_or(i32::MAX));
        if !self.is_dense {
            self.nulls.push(has_list);
        }
    }

    fn fill(&mut self, rows: usize) {
        while self.ends.len() < rows {
            self.end(false);
        }
    }

    #[cold]
    fn name(&mut self, pid: u32, comm: &Name) -> i32 {
        let name = match self.known.get(comm) {
            Some(name) => *name,
            None => {
                let name = i32::try_from(self.names.len()).unwrap_or(i32::MAX);
                self.names.push(comm.clone());
                self.known.insert(comm.clone(), name);
                name
            }
        };
        self.processes.insert(pid, name);
        name
    }

    pub(super) fn finish(mut self, rows: usize) -> ArrayRef {
        self.fill(rows);
        let names = Arc::new(StringArray::from_iter_values(self.names.iter().map(Name::to_string)));
        let comms: DictionaryArray<Int32Type> =
            DictionaryArray::new(Int32Array::from(self.comms), names);
        let fields = Fields::from(vec![
            Field::new("pid", DataType::UInt32, false),
            Field::new("fd", DataType::UInt32, false),
            Field::new("comm", arrow_array::Array::data_type(&comms).clone(), false),
        ]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(self.pids)),
            Arc::new(UInt32Array::from(self.fds)),
            Arc::new(comms),
        ];
        let owners = StructArray::new(fields.clone(), columns, None);
        let item = Arc::new(Field::new("item", DataType::Struct(fields), false));
        self.ends.insert(0, 0);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        let mut nulls = NullBufferBuilder::new(rows);
        if !self.is_dense {
            self.nulls.iter().for_each(|has_list| nulls.append(*has_list));
        }
        Arc::new(ListArray::new(item, offsets, Arc::new(owners), nulls.finish()))
    }
}
