//! A column of lists of owners.

use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray, StructArray, UInt32Array, builder::UInt64Builder};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::{Texts, renewed};
use crate::{
    row::{OwnerFields, Program},
    schema,
};

/// Owners, one behind the other, and where the list of each row ends.
#[derive(Default)]
pub(crate) struct Owners {
    ends: Vec<i32>,
    pids: Vec<u32>,
    fds: Vec<u32>,
    start_times: UInt64Builder,
    comms: Vec<i32>,
    exes: Vec<i32>,
    units: Vec<i32>,
    containers: Vec<i32>,
    pods: Vec<i32>,
    comm_texts: Texts,
    exe_texts: Texts,
    unit_texts: Texts,
    container_texts: Texts,
    pod_texts: Texts,
    processes: HashMap<u32, Known, RandomState>,
}

/// A process, by the keys of its texts: -1 for what it does not have.
struct Known {
    start_time: Option<u64>,
    name: Vec<u8>,
    comm: i32,
    exe: i32,
    unit: i32,
    container: i32,
    pod: i32,
}

/// More processes or texts are not kept from batch to batch.
const KEPT: usize = 1 << 14;

impl Owners {
    /// The list of a row. `program` is asked once for each process.
    #[inline]
    pub(crate) fn push<O: OwnerFields>(
        &mut self,
        owners: impl IntoIterator<Item = O>,
        mut program: impl FnMut(&O) -> Program,
    ) {
        for owner in owners {
            let (pid, start_time) = (owner.pid(), owner.start_time());
            let known = self.processes.get(&pid);
            // Another process may have got the number, or this one may have executed another program.
            let is_same = |it: &&Known| it.start_time == start_time && it.name == owner.comm();
            if known.filter(is_same).is_none() {
                self.add(&owner, &program(&owner));
            }
            let Some(known) = self.processes.get(&pid) else { continue };
            self.pids.push(pid);
            self.fds.push(owner.fd());
            self.start_times.append_option(start_time);
            self.comms.push(known.comm);
            self.exes.push(known.exe);
            self.units.push(known.unit);
            self.containers.push(known.container);
            self.pods.push(known.pod);
        }
        self.ends.push(i32::try_from(self.pids.len()).unwrap_or(i32::MAX));
    }

    #[cold]
    fn add(&mut self, owner: &impl OwnerFields, program: &Program) {
        let key = |texts: &mut Texts, bytes: &Option<Vec<u8>>| match bytes {
            Some(bytes) => texts.key(bytes),
            None => -1,
        };
        let known = Known {
            start_time: owner.start_time(),
            name: owner.comm().to_vec(),
            comm: self.comm_texts.key(owner.comm()),
            exe: key(&mut self.exe_texts, &program.exe),
            unit: key(&mut self.unit_texts, &program.unit),
            container: key(&mut self.container_texts, &program.container),
            pod: key(&mut self.pod_texts, &program.pod),
        };
        self.processes.insert(owner.pid(), known);
    }

    /// Forgets processes, as those of another host have the same numbers.
    pub(crate) fn forget_processes(&mut self) {
        self.processes.clear();
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(renewed(&mut self.pids))),
            Arc::new(UInt32Array::from(renewed(&mut self.fds))),
            self.comm_texts.column(renewed(&mut self.comms)),
            Arc::new(self.start_times.finish()),
            self.exe_texts.column(renewed(&mut self.exes)),
            self.unit_texts.column(renewed(&mut self.units)),
            self.container_texts.column(renewed(&mut self.containers)),
            self.pod_texts.column(renewed(&mut self.pods)),
        ];
        let owners = StructArray::new(schema::owner_fields(), columns, None);
        let ends = renewed(&mut self.ends);
        let offsets = ScalarBuffer::from_iter(std::iter::once(0).chain(ends));
        self.limit();
        Arc::new(ListArray::new(
            schema::owner(),
            OffsetBuffer::new(offsets),
            Arc::new(owners),
            None,
        ))
    }

    /// Bounds what is kept.
    fn limit(&mut self) {
        let texts = [
            &mut self.comm_texts,
            &mut self.exe_texts,
            &mut self.unit_texts,
            &mut self.container_texts,
            &mut self.pod_texts,
        ];
        let most = texts.iter().map(|texts| texts.len()).max().unwrap_or(0);
        if self.processes.len().max(most) > KEPT {
            texts.into_iter().for_each(Texts::clear);
            self.processes.clear();
        }
    }
}
