//! The list of sources: the one place that knows all of them.
//!
//! For each table they are asked in the order of [`Sources`]' members, until one tells it. What
//! they share is here, too: which sockets were handed over already, by whichever of them.

use std::ops::ControlFlow;

use super::{
    Fallback,
    netlink::{Ask, Netlink},
    procfs::{Procfs, Table},
    seen::Seen,
};
use crate::{
    Coverage, Kind, Kinds, ProcRoot, Query, Socket, coverage::Failure, filter::Facts,
    owners::Register, place::Place,
};

/// Every source, in the order in which they are asked.
#[derive(Debug)]
pub(crate) struct Sources {
    netlink: Netlink,
    procfs: Procfs,
    /// What they have handed over in this visit.
    seen: Seen,
    /// The most bytes that are read before they are wanted.
    pub(crate) most_ahead: usize,
}

/// What became of a table that a source was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Told {
    /// It is not this source's to tell, and why not if it was meant to: the next one is asked.
    Not(Option<Fallback>),
    /// These tables were handed over, to their end or until there was enough; `whole` if
    /// that is every socket in them, not only what is asked for.
    Handed { kinds: Kinds, flow: ControlFlow<()>, whole: bool },
    /// There is no such table.
    Absent,
    /// These tables could not be read, or not to their end.
    Failed { kinds: Kinds, failure: Failure },
    /// The place is no more: whoever was in it has ended, or has gone elsewhere.
    Vanished,
}

/// The most text that is kept unless told otherwise: some 110,000 rows of tcp.
const MOST_AHEAD: usize = 16 << 20;

impl Sources {
    pub(crate) fn new() -> Sources {
        let (netlink, procfs, seen) = (Netlink::default(), Procfs::new(), Seen::default());
        Sources { netlink, procfs, seen, most_ahead: MOST_AHEAD }
    }

    /// Begins a visit, and forgets what was seen in the last one.
    pub(crate) fn clear(&mut self) {
        self.procfs.clear();
        self.seen.clear();
    }

    /// Prepares for being asked in some places.
    pub(crate) fn begin(&mut self, query: &Query, root: &ProcRoot, places: &[Place]) {
        self.netlink.begin(query, root, places, self.most_ahead);
    }

    /// Prepares for being asked in places that were found since.
    pub(crate) fn enter(&mut self, query: &Query, root: &ProcRoot, places: &[Place]) {
        self.netlink.enter(query, root, places);
    }

    /// Reads what will be asked for, as far as there is room, while others are at work.
    /// `tables` are those of the first place.
    pub(crate) fn read_ahead<'q>(
        &mut self,
        query: &Query,
        facts: &Facts<'_>,
        root: &ProcRoot,
        places: &[Place],
        tables: impl Iterator<Item = Table<'q>>,
    ) {
        let netlink = &mut self.netlink;
        let is_room = places.iter().all(|place| netlink.read_ahead(query, facts, root, place));
        if let Some(place) = places.first()
            && is_room
        {
            let told = netlink.kinds(query, place);
            let room = self.most_ahead.saturating_sub(netlink.ahead());
            self.procfs.read_ahead(tables.filter(|table| !told.contains(table.kind)), room);
        }
    }

    /// What to ask for in a place, or why it is not to be had there.
    pub(crate) fn ask<'q>(
        &self,
        query: &'q Query,
        facts: &'q Facts<'q>,
        root: &'q ProcRoot,
        place: &'q Place,
        coverage: &mut Coverage,
    ) -> Result<Ask<'q>, Fallback> {
        let ask = self.netlink.ask(query, facts, root, place, coverage)?;
        // Without socket diagnostics, its tables have to be there.
        place.prepare(root, ask.kinds).map(|()| ask)
    }

    /// Goes on to another namespace.
    pub(crate) fn next_namespace(&mut self) {
        self.procfs.next_namespace();
        self.seen.next_namespace();
    }

    /// Hands each socket of a table to `each`, once, from the first source that tells it.
    /// `register` is what the join knows of sockets.
    pub(crate) fn tell(
        &mut self,
        ask: &Ask<'_>,
        table: &Table<'_>,
        coverage: &mut Coverage,
        register: &impl Register,
        mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Told {
        let Sources { netlink, procfs, seen, .. } = self;
        seen.next_table();
        match netlink.tell(ask, table.kind, seen, coverage, register, &mut each) {
            Told::Not(Some(fallback)) => coverage.fall_back(table.kind, fallback),
            Told::Not(None) => {}
            told => return told,
        }
        let rows = coverage.rows;
        let told = procfs.tell(table, seen, coverage, register, &mut each);
        lacks(ask, table.kind, (rows, told), coverage);
        told
    }
}

/// Notes what was asked for beside the sockets, and the tables of /proc do not tell.
fn lacks(ask: &Ask<'_>, kind: Kind, (rows, told): (u64, Told), coverage: &mut Coverage) {
    if coverage.rows > rows && !ask.details(kind).is_empty() {
        coverage.without_details = coverage.without_details | kind.into();
    }
    if ask.is_bound(kind) && !matches!(told, Told::Absent) {
        coverage.without_bound = coverage.without_bound | kind.into();
    }
}
