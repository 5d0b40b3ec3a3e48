//! Where sources report sockets: the one place that knows what a socket meets on its way to the
//! visitor.

mod seen;

use std::ops::ControlFlow;

use procnet_core::{Error as DecodeError, Inode};

pub(crate) use self::seen::{Mark, Seen, SeenRow};
use crate::{
    Coverage, Filter, Kind, Owners, Socket,
    coverage::Processes,
    filter::{OfSocket, OwnersSeen},
    netns::Namespace,
    owners::{Incremental, OwnerLookup, OwnerTable, Position},
    plan::Plan,
    socket::{SocketFields, SocketKey, SocketRow},
};

/// Where the owners of sockets are looked up.
#[derive(Debug)]
pub(crate) enum OwnerIndex<'v> {
    /// They are not asked for.
    None,
    /// What a walk of processes has found.
    Table(&'v mut OwnerTable),
    /// What is kept from visit to visit; sockets that are new to it wait until their owners
    /// were looked for.
    Cache(&'v mut Incremental),
}

/// Takes the sockets of one visit: whether each was seen before, whether it is what the query asks
/// for, who owns it; counts it, and hands it to the visitor.
pub(crate) struct Sink<'v> {
    plan: &'v Plan<'v>,
    seen: &'v mut Seen,
    owners: OwnerIndex<'v>,
    pub(crate) coverage: Coverage,
    visitor: &'v mut dyn FnMut(&Socket<'_>) -> ControlFlow<()>,
    /// The namespace that the sockets are in, if namespaces were asked for.
    netns: Option<&'v Namespace>,
    /// Whether the filter asks for owners.
    filters_owners: bool,
    /// Whether inodes of sockets with cookies are noted, for a table that has none.
    notes_inodes: bool,
    /// How often this table was looked at, this time included.
    look: u32,
    /// Rows of this look at the table.
    rows: u64,
    /// Of them, those that were not seen before.
    new_rows: u64,
}

impl<'v> Sink<'v> {
    pub(crate) fn new(
        plan: &'v Plan<'v>,
        seen: &'v mut Seen,
        owners: OwnerIndex<'v>,
        coverage: Coverage,
        visitor: &'v mut dyn FnMut(&Socket<'_>) -> ControlFlow<()>,
    ) -> Sink<'v> {
        seen.clear();
        Sink {
            plan,
            seen,
            owners,
            coverage,
            visitor,
            netns: None,
            filters_owners: plan.filter().is_some_and(Filter::needs_owners),
            notes_inodes: false,
            look: 1,
            rows: 0,
            new_rows: 0,
        }
    }

    /// Notes inodes of sockets with cookies, too: see [`Sink::is_in_other_table`].
    pub(crate) fn note_inodes(&mut self) {
        self.notes_inodes = true;
    }

    /// Begins another network namespace.
    pub(crate) fn next_namespace(&mut self, netns: Option<&'v Namespace>) {
        self.seen.next_namespace();
        self.netns = netns;
    }

    /// Begins to look at a table, for the nth time, counted from 1. Rows that were seen before are
    /// not reported again; only the first look counts them.
    pub(crate) fn begin_look(&mut self, look: u32) {
        (self.look, self.rows, self.new_rows) = (look, 0, 0);
    }

    /// How many rows this look at a table has given.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// How many of them were not seen before.
    pub(crate) fn new_rows(&self) -> u64 {
        self.new_rows
    }

    /// Whether a row has an owner, as far as is known.
    pub(crate) fn is_owned(&self, inode: Inode) -> bool {
        match &self.owners {
            OwnerIndex::None => false,
            OwnerIndex::Table(table) => table.has(inode),
            OwnerIndex::Cache(cache) => !cache.of(inode).is_empty(),
        }
    }

    /// Whether a socket of another table, which was read before, has an inode.
    pub(crate) fn is_in_other_table(&self, inode: Inode) -> bool {
        let is_marked = match &self.owners {
            OwnerIndex::None => false,
            OwnerIndex::Table(table) => table.is_marked(inode),
            OwnerIndex::Cache(cache) => cache.is_marked(inode),
        };
        is_marked || self.seen.has_inode(inode)
    }

    /// Takes a row that does not decode, of a line of text; without one it is that of its message.
    #[cold]
    pub(crate) fn undecodable(&mut self, kind: Kind, line: Option<usize>, error: DecodeError) {
        self.rows += 1;
        if self.look == 1 {
            self.coverage.rows += 1;
            let number = line.unwrap_or(usize::try_from(self.rows).unwrap_or(usize::MAX));
            self.coverage.undecodable.push(kind, number, error);
        }
    }

    /// Counts a row that its source has found to be reported before.
    pub(crate) fn repeat(&mut self) {
        self.rows += 1;
        self.coverage.rows += u64::from(self.look == 1);
        self.coverage.repeated += u64::from(self.look == 1);
    }

    /// Counts a row that is certainly not asked for.
    pub(crate) fn skip(&mut self) {
        self.rows += 1;
        self.coverage.rows += u64::from(self.look == 1);
    }

    /// Prepares for sockets with these inodes, whose rows come next.
    #[inline]
    pub(crate) fn expect(&self, inodes: impl Iterator<Item = Inode>) {
        if let OwnerIndex::Table(table) = &self.owners {
            table.load(inodes);
        }
    }

    /// Takes a socket. `Break` if there have been enough.
    pub(crate) fn row(&mut self, row: &SocketRow<'_>) -> ControlFlow<()> {
        let mut found = None;
        let was_seen = self.was_seen(row, &mut found);
        let is_first_look = self.look == 1;
        self.rows += 1;
        self.coverage.rows += u64::from(is_first_look || !was_seen);
        if was_seen {
            self.coverage.repeated += u64::from(is_first_look);
            return ControlFlow::Continue(());
        }
        self.new_rows += 1;
        self.coverage.recovered += u64::from(!is_first_look);

        let mut socket = row.socket();
        socket.netns = self.netns;
        let wanted = self.wants(&socket);
        let Sink { plan, owners, coverage, visitor, .. } = self;
        let admitted = match owners {
            OwnerIndex::Cache(cache) if !wanted => {
                // It is known to live on.
                cache.keep(&socket);
                false
            }
            _ if !wanted => false,
            OwnerIndex::None => true,
            OwnerIndex::Table(table) => {
                add_walked_owners(plan, coverage, table, found, &mut socket)
            }
            OwnerIndex::Cache(cache) => add_kept_owners(plan, coverage, cache, &mut socket),
        };
        if !admitted {
            return ControlFlow::Continue(());
        }
        if !count(plan, coverage, &socket) {
            return ControlFlow::Break(());
        }
        visitor(&socket)
    }

    /// Whether a socket was seen before. Where it was looked up by its inode for that, its owners
    /// were found, too.
    #[inline]
    fn was_seen(&mut self, row: &SocketRow<'_>, found: &mut Option<OwnersAt>) -> bool {
        let SocketFields { cookie, inode, .. } = row.fields;
        if row.is_distinct {
            return false;
        }
        if let Some(cookie) = cookie {
            if self.notes_inodes {
                self.note_inode(inode);
            }
            return self.seen.cookie(cookie);
        }
        let key = SocketKey::of(&row.fields);
        if key.is_empty() {
            // It cannot be distinguished from another.
            return self.look > 1;
        }
        let row = self.seen.row(&key, inode);
        self.was_row_seen(row, inode, found)
    }

    /// Whether a socket meets the filter, or may once its owners are known.
    #[inline]
    fn wants(&mut self, socket: &Socket<'_>) -> bool {
        let Some(filter) = self.plan.filter() else { return true };
        match decide(filter, self.plan, socket, OwnersSeen::No) {
            Some(met) => met,
            None if self.filters_owners => true,
            None => {
                self.coverage.undecided += 1;
                false
            }
        }
    }

    #[inline]
    fn was_row_seen(
        &mut self,
        row: SeenRow,
        inode: Option<Inode>,
        found: &mut Option<OwnersAt>,
    ) -> bool {
        let marked = match (&mut self.owners, inode) {
            (OwnerIndex::Table(table), Some(inode)) => match table.find_mut(inode) {
                Some(slot) => {
                    *found = Some(OwnersAt(slot.position()));
                    row.mark_at(slot.mark())
                }
                None => return self.seen.unowned(row),
            },
            (OwnerIndex::Cache(cache), Some(inode)) => match cache.mark(inode) {
                Some(mark) => row.mark_at(mark),
                None => return self.seen.unowned(row),
            },
            _ => return self.seen.unowned(row),
        };
        marked.unwrap_or_else(|| self.seen.other(row))
    }

    #[cold]
    fn note_inode(&mut self, inode: Option<Inode>) {
        if let Some(inode) = inode {
            self.seen.note_inode(inode);
        }
    }

    /// Hands the sockets to the visitor that waited for their owners, once those were looked for.
    pub(crate) fn waiting(&mut self) {
        let Sink { plan, owners: OwnerIndex::Cache(cache), coverage, visitor, .. } = self else {
            return;
        };
        let seen = cache.owners_seen();
        for mut socket in cache.waiting() {
            if !takes(plan, coverage, &socket, seen) {
                continue;
            }
            hide_owners(plan, &mut socket);
            if !count(plan, coverage, &socket) || visitor(&socket).is_break() {
                return;
            }
        }
    }

    /// The cache of owners, if they come from one.
    pub(crate) fn cache(&mut self) -> Option<&mut Incremental> {
        match &mut self.owners {
            OwnerIndex::Cache(cache) => Some(cache),
            _ => None,
        }
    }
}

/// Where the owners of an inode are in the table.
#[derive(Clone, Copy)]
struct OwnersAt(Position);

#[inline]
fn decide(
    filter: &Filter,
    plan: &Plan<'_>,
    socket: &Socket<'_>,
    owners: OwnersSeen,
) -> Option<bool> {
    filter.decide(&OfSocket { socket, names: &plan.names, owners })
}

/// Adds the owners that the walk has found to a socket; whether it is what is asked for.
#[inline]
fn add_walked_owners<'s>(
    plan: &Plan<'_>,
    coverage: &mut Coverage,
    table: &'s OwnerTable,
    found: Option<OwnersAt>,
    socket: &mut Socket<'s>,
) -> bool {
    let owners = match (found, socket.inode) {
        (Some(OwnersAt(position)), Some(inode)) => table.at(position, inode),
        (None, Some(inode)) => table.of(inode),
        (_, None) => Owners::default(),
    };
    if plan.query.pid.is_some() && owners.is_empty() {
        return false;
    }
    socket.set_owners(owners, OwnerLookup::Table(table));
    let is_whole = coverage.processes.as_ref().is_some_and(Processes::is_whole);
    let seen = if is_whole { OwnersSeen::All } else { OwnersSeen::Some };
    let takes = takes(plan, coverage, socket, seen);
    hide_owners(plan, socket);
    takes
}

/// Adds the owners that are kept to a socket; whether it is what is asked for, and need not wait
/// for its owners.
fn add_kept_owners<'s>(
    plan: &Plan<'_>,
    coverage: &mut Coverage,
    cache: &'s mut Incremental,
    socket: &mut Socket<'s>,
) -> bool {
    let seen = cache.owners_seen();
    if !cache.note(socket) {
        return false;
    }
    let takes = takes(plan, coverage, socket, seen);
    hide_owners(plan, socket);
    takes
}

/// Takes the owners from a socket, if only the filter asked for them.
#[inline]
fn hide_owners(plan: &Plan<'_>, socket: &mut Socket<'_>) {
    if !plan.query.owners && plan.query.pid.is_none() {
        socket.set_owners(Owners::default(), OwnerLookup::None);
    }
}

/// Whether a socket meets the filter, now that its owners are known. Where that is unknown it is
/// left out, and counted.
#[inline]
fn takes(
    plan: &Plan<'_>,
    coverage: &mut Coverage,
    socket: &Socket<'_>,
    owners: OwnersSeen,
) -> bool {
    let Some(filter) = plan.filter().filter(|filter| filter.needs_owners()) else { return true };
    let met = decide(filter, plan, socket, owners);
    coverage.undecided += u64::from(met.is_none());
    met == Some(true)
}

/// Counts a socket that goes to the visitor; whether the limit allows it.
#[inline]
fn count(plan: &Plan<'_>, coverage: &mut Coverage, socket: &Socket<'_>) -> bool {
    let query = plan.query;
    if query.limit.is_some_and(|limit| coverage.sockets >= limit) {
        coverage.truncated = true;
        return false;
    }
    coverage.sockets += 1;
    if socket.suspect {
        coverage.suspect.push(socket.inode);
    }
    match socket.inode {
        None => coverage.without_inode += 1,
        Some(_) if query.owners && socket.owners.is_empty() => coverage.ownerless += 1,
        Some(_) => {}
    }
    true
}
