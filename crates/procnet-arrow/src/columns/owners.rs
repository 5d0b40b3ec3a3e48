//! A column of lists of owners.

use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray, StructArray, UInt32Array, UInt64Array};
use arrow_buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::{CHUNK_ROWS, Texts};
use crate::{
    row::{OwnerFields, Program},
    schema,
};

/// Owners, one behind the other, and where the list of each row ends.
#[derive(Default)]
pub(crate) struct Owners {
    ends: Vec<u32>,
    held: Vec<Held>,
    comm_texts: Texts,
    exe_texts: Texts,
    unit_texts: Texts,
    container_texts: Texts,
    pod_texts: Texts,
    processes: HashMap<u32, Known, RandomState>,
    /// Some of `held`, in the order in which they are written.
    chunk: Vec<Held>,
}

/// An owner.
#[derive(Clone, Copy)]
struct Held {
    start_time: Option<u64>,
    pid: u32,
    fd: u32,
    keys: Keys,
}

/// The keys of a process's texts: -1 for what it does not have.
#[derive(Clone, Copy)]
struct Keys {
    comm: i32,
    exe: i32,
    unit: i32,
    container: i32,
    pod: i32,
}

/// A process.
struct Known {
    start_time: Option<u64>,
    name: Vec<u8>,
    keys: Keys,
}

/// More processes or texts, and room for more owners than a batch had, are not kept from batch to batch.
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
            let keys = match self.processes.get(&pid) {
                // Another process may have got the number, or this one may have executed another program.
                Some(known) if known.start_time == start_time && known.name == owner.comm() => {
                    known.keys
                }
                _ => self.add(&owner, &program(&owner)),
            };
            self.held.push(Held { start_time, pid, fd: owner.fd(), keys });
        }
        self.ends.push(u32::try_from(self.held.len()).unwrap_or(u32::MAX));
    }

    #[cold]
    fn add(&mut self, owner: &impl OwnerFields, program: &Program) -> Keys {
        let key = |texts: &mut Texts, bytes: &Option<Vec<u8>>| match bytes {
            Some(bytes) => texts.key(bytes),
            None => -1,
        };
        let keys = Keys {
            comm: self.comm_texts.key(owner.comm()),
            exe: key(&mut self.exe_texts, &program.exe),
            unit: key(&mut self.unit_texts, &program.unit),
            container: key(&mut self.container_texts, &program.container),
            pod: key(&mut self.pod_texts, &program.pod),
        };
        let (start_time, name) = (owner.start_time(), owner.comm().to_vec());
        self.processes.insert(owner.pid(), Known { start_time, name, keys });
        keys
    }

    /// Forgets processes, as those of another host have the same numbers.
    pub(crate) fn forget_processes(&mut self) {
        self.processes.clear();
    }

    /// The pid of each row's first owner, 0 if it has none.
    pub(crate) fn first_pids(&self) -> impl ExactSizeIterator<Item = u32> {
        let mut end = 0;
        self.ends.iter().map(move |next| {
            let list = std::mem::replace(&mut end, *next)..*next;
            if list.is_empty() { 0 } else { self.held[list.start as usize].pid }
        })
    }

    /// The column with its rows in this order. Then it is empty.
    pub(crate) fn take(&mut self, order: &[u32]) -> ArrayRef {
        let Owners { ends, held, chunk, .. } = self;
        let room = held.len();
        let mut pids = Vec::with_capacity(room);
        let mut fds = Vec::with_capacity(room);
        let mut start_times = Vec::with_capacity(room);
        let mut started = Vec::with_capacity(room);
        let texts: [Vec<i32>; 5] = std::array::from_fn(|_| Vec::with_capacity(room));
        let [mut comms, mut exes, mut units, mut containers, mut pods] = texts;
        let mut offsets = Vec::with_capacity(order.len() + 1);
        let mut end = 0_usize;
        offsets.push(0);
        for rows in order.chunks(CHUNK_ROWS) {
            chunk.clear();
            for row in rows {
                let row = *row as usize;
                let begin = row.checked_sub(1).map_or(0, |before| ends[before]);
                let list = &held[begin as usize..ends[row] as usize];
                chunk.extend_from_slice(list);
                end += list.len();
                offsets.push(i32::try_from(end).unwrap_or(i32::MAX));
            }
            pids.extend(chunk.iter().map(|owner| owner.pid));
            fds.extend(chunk.iter().map(|owner| owner.fd));
            start_times.extend(chunk.iter().map(|owner| owner.start_time.unwrap_or(0)));
            started.extend(chunk.iter().map(|owner| owner.start_time.is_some()));
            comms.extend(chunk.iter().map(|owner| owner.keys.comm));
            exes.extend(chunk.iter().map(|owner| owner.keys.exe));
            units.extend(chunk.iter().map(|owner| owner.keys.unit));
            containers.extend(chunk.iter().map(|owner| owner.keys.container));
            pods.extend(chunk.iter().map(|owner| owner.keys.pod));
        }
        ends.clear();
        for owners in [held, chunk] {
            owners.clear();
            owners.shrink_to(room.max(KEPT));
        }
        let started = NullBuffer::new(BooleanBuffer::from(started));
        let started = Some(started).filter(|started| started.null_count() > 0);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(pids)),
            Arc::new(UInt32Array::from(fds)),
            self.comm_texts.column(comms),
            Arc::new(UInt64Array::new(start_times.into(), started)),
            self.exe_texts.column(exes),
            self.unit_texts.column(units),
            self.container_texts.column(containers),
            self.pod_texts.column(pods),
        ];
        let owners = StructArray::new(schema::owner_fields(), columns, None);
        self.limit();
        let offsets = OffsetBuffer::new(offsets.into());
        Arc::new(ListArray::new(schema::owner(), offsets, Arc::new(owners), None))
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
