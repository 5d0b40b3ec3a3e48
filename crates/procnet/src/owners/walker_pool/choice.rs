//! Whether owners come from a walk or from a pass of a BPF iterator.
//!
//! That is chosen before the round, by what each would cost, and again after it: a walk that was
//! denied a process gives way to a pass, and a pass that failed to a walk.

use std::sync::{Arc, PoisonError};

use super::{WalkerPool, round::lock};
use crate::{
    Error,
    coverage::NoBpf,
    owners::{OwnerSource, OwnerTable, parts},
};

impl WalkerPool {
    /// Whether to make a pass of a BPF iterator, and the approximate number of descriptors.
    pub(super) fn choose(&mut self, source: OwnerSource) -> Result<(bool, u64), Error> {
        let shared = Arc::clone(&self.shared);
        let mut bpf = lock(&shared.bpf);
        self.no_bpf = None;
        let mut planned = None;
        if source != OwnerSource::Walk {
            let descriptors = || *planned.get_or_insert_with(|| self.plan());
            match bpf.prepare(&shared.root, source, descriptors) {
                Ok(()) => return Ok((true, planned.unwrap_or(bpf.last_seen))),
                Err(why) if source == OwnerSource::Bpf => {
                    return Err(Error::no_bpf(shared.root.path(), why));
                }
                Err(why) => self.no_bpf = Some(why),
            }
        }
        Ok((false, planned.unwrap_or_else(|| self.plan())))
    }

    /// Divides the walk into parts. Returns the approximate number of descriptors.
    fn plan(&self) -> u64 {
        let mut parts = self.shared.parts.write().unwrap_or_else(PoisonError::into_inner);
        parts::divide(&self.shared.root, &self.pids, self.sized, &mut parts)
    }

    /// Makes another round where the last one saw less than the other way would.
    pub(super) fn repeat_if_needed(&mut self, table: &mut OwnerTable) {
        if self.no_bpf == Some(NoBpf::FewDescriptors) && self.is_denied() {
            // What a walk may not read, a pass sees.
            self.no_bpf = lock(&self.shared.bpf).load(&self.shared.root).err();
            self.job.by_bpf = self.no_bpf.is_none();
            if self.job.by_bpf {
                self.repeat_round(0, table);
            }
        }
        let passed = std::mem::replace(&mut *lock(&self.shared.passed), Ok(()));
        if let Err(why) = passed {
            // What it has found, if anything, is not all.
            self.no_bpf = Some(why);
            self.job.by_bpf = false;
            let descriptors = self.plan();
            self.repeat_round(descriptors, table);
        }
    }

    /// Whether a walk could not read a process.
    fn is_denied(&self) -> bool {
        self.shared.walks.iter().any(|walk| !lock(walk).hidden.is_empty())
    }

    /// Makes another round in place of the last.
    fn repeat_round(&mut self, descriptors: u64, table: &mut OwnerTable) {
        self.prepare(table);
        self.shared.walks.iter().for_each(|walk| lock(walk).clear());
        self.begin_round(descriptors);
        self.finish_round();
    }
}
