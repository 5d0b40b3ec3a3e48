//! The join from a socket's inode to every descriptor that holds it.
//!
//! Owners come from an index, which is filled in one of three ways: a `WalkerPool` walks every
//! process into an `OwnerTable`, anew for each visit, or has a BPF iterator do so (`bpf`);
//! `Incremental` keeps an `OwnerCache` from visit to visit and looks only for what is new. If a
//! socket is in neither, `OtherTables` looks beyond the descriptors of processes.

mod bpf;
mod budget;
mod descriptor;
mod full_names;
mod incremental;
mod inode_index;
mod iter;
mod lookup;
mod netns_holder;
mod other_tables;
mod owner_cache;
mod parts;
mod process_source;
mod record;
mod search;
mod source;
mod table;
mod unreported;
mod walk;
mod walker_pool;

pub(crate) use self::{
    bpf::Held,
    incremental::Incremental,
    lookup::{OtherOwners, OwnerLookup},
    netns_holder::NetnsHolder,
    other_tables::OtherTables,
    owner_cache::{Link, OwnerCache, ProcessIndex},
    table::OwnerTable,
    walker_pool::WalkerPool,
};
pub use budget::Budget;
pub use iter::{Owners, OwnersIter, seniority};
pub use source::{OwnerSource, UnknownOwnerSource};

use crate::{Filter, Query};

/// What is read about the processes that own sockets, besides their names and start times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnerDetails {
    /// Their user ids.
    pub(crate) uids: bool,
    /// Their whole names, where `comm` is cut.
    pub(crate) full_names: bool,
    /// Their control groups.
    pub(crate) control_groups: bool,
}

impl OwnerDetails {
    /// What a query needs.
    pub(crate) fn of(query: &Query) -> OwnerDetails {
        let filter = query.filter.as_deref();
        let own = OwnerDetails {
            uids: query.process_uids,
            full_names: filter.is_some_and(Filter::names_processes),
            control_groups: filter.is_some_and(Filter::needs_control_groups),
        };
        own.and(query.owner_details)
    }

    /// What either needs.
    fn and(self, other: OwnerDetails) -> OwnerDetails {
        OwnerDetails {
            uids: self.uids | other.uids,
            full_names: self.full_names | other.full_names,
            control_groups: self.control_groups | other.control_groups,
        }
    }
}
