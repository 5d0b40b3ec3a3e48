//! What the owners of events execute.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use procnet::{Name, ProcRoot, events::EventOwner, process::ProcessDetails};

use crate::{Program, error::Error};

/// The most processes that are kept. Whoever starts processes chooses how many there are.
const CAPACITY: usize = 1 << 13;

/// What was read of processes, each once.
#[derive(Debug)]
pub(super) struct Programs {
    root: ProcRoot,
    /// By pid and start time: the name, which changes if another program is executed, and the program.
    known: HashMap<(u32, u64), (Name, Program), RandomState>,
    none: Program,
}

impl Programs {
    pub(super) fn new(root: &ProcRoot) -> Result<Programs, Error> {
        let root = ProcRoot::at(root.path())?;
        Ok(Programs { root, known: HashMap::default(), none: Program::default() })
    }

    /// That of an owner; all unknown if it has ended, or is in another pid namespace.
    pub(super) fn of(&mut self, owner: &EventOwner) -> &Program {
        let Some(pid) = owner.pid else { return &self.none };
        let key = (pid, owner.start_time);
        let is_known = self.known.get(&key).is_some_and(|(comm, _)| *comm == owner.comm);
        if !is_known {
            let program = self.read(pid, owner.start_time);
            if self.known.len() >= CAPACITY {
                self.known.clear();
            }
            self.known.insert(key, (owner.comm.clone(), program));
        }
        self.known.get(&key).map_or(&self.none, |(_, program)| program)
    }

    fn read(&self, pid: u32, start_time: u64) -> Program {
        let read = ProcessDetails::read(&self.root, pid).ok();
        // Another process may have got its number.
        let read = read.filter(|read| read.start_time.is_none_or(|read| read == start_time));
        read.as_ref().map(Program::from).unwrap_or_default()
    }
}
