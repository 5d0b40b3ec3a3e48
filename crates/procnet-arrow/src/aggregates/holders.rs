//! For which process a socket is counted, and under which names.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use procnet::owners::seniority;

use crate::{
    columns::Texts,
    row::{OwnerFields, Program},
};

/// The most processes and texts that are kept.
const KEPT: usize = 1 << 16;

/// The names of a process, by the keys of their texts; -1 for what it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Names {
    pub(super) comm: i32,
    pub(super) unit: i32,
    pub(super) container: i32,
}

impl Names {
    /// Those of a socket without a known owner.
    pub(super) const NONE: Names = Names { comm: -1, unit: -1, container: -1 };
}

/// Processes that hold sockets.
#[derive(Default)]
pub(super) struct Holders {
    known: HashMap<u32, Known, RandomState>,
    /// Of all names.
    pub(super) texts: Texts,
}

struct Known {
    start_time: Option<u64>,
    comm: Vec<u8>,
    /// `None` if there was no room for them.
    names: Option<Names>,
}

impl Holders {
    /// Forgets processes, as those of another host have the same numbers; and texts, if there are many.
    pub(super) fn begin(&mut self) {
        self.known.clear();
        if self.texts.len() > KEPT / 2 {
            self.texts.clear();
        }
    }

    /// The names of the process for which a socket is counted; `None` if there is no room for them.
    #[inline]
    pub(super) fn names<O: OwnerFields>(
        &mut self,
        owners: impl IntoIterator<Item = O>,
        program: impl FnOnce(&O) -> Program,
    ) -> Option<Names> {
        let order = |owner: &O| seniority(owner.pid(), owner.start_time());
        let Some(owner) = owners.into_iter().min_by_key(order) else { return Some(Names::NONE) };
        let known = self.known.get(&owner.pid());
        let is_same =
            |known: &&Known| known.start_time == owner.start_time() && known.comm == owner.comm();
        match known.filter(is_same) {
            Some(known) => known.names,
            None => self.add(&owner, &program(&owner)),
        }
    }

    #[cold]
    fn add(&mut self, owner: &impl OwnerFields, program: &Program) -> Option<Names> {
        let texts = &mut self.texts;
        let names = (texts.len() + 3 <= KEPT).then(|| {
            let mut key = |bytes: Option<&[u8]>| bytes.map_or(-1, |bytes| texts.key(bytes));
            Names {
                comm: key(Some(owner.comm())),
                unit: key(program.unit.as_deref()),
                container: key(program.container.as_deref()),
            }
        });
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        let (start_time, comm) = (owner.start_time(), owner.comm().to_vec());
        self.known.insert(owner.pid(), Known { start_time, comm, names });
        names
    }
}
