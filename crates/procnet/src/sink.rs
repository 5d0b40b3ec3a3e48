//! The sink to which sources report sockets: the one place that defines what happens to a socket
//! before it reaches the visitor.

mod admit;
mod seen;

use std::ops::ControlFlow;

use procnet_core::{Error as DecodeError, Inode};

pub(crate) use self::seen::{Mark, Seen, SeenRow};
use self::{
    admit::{OwnersAt, add_kept_owners, add_walked_owners, decide, hide_owners, takes},
    seen::Likeness,
};
use crate::{
    Coverage, Filter, Kind, Socket,
    filter::OwnersSeen,
    netns::Namespace,
    owners::{Incremental, OtherOwners, OwnerTable},
    plan::Plan,
    socket::{SocketFields, SocketKey, SocketRow},
};

/// Where the owners of sockets are looked up.
#[derive(Debug)]
pub(crate) enum OwnerIndex<'v> {
    /// Owners are not requested.
    None,
    /// In the result of a walk over the processes, then in the tables of threads and of io_uring.
    Table(&'v mut OwnerTable, OtherOwners<'v>),
    /// In the cache kept from visit to visit; sockets that are new to it wait until their owners
    /// have been looked for.
    Cache(&'v mut Incremental),
}

/// Takes the sockets of one visit. It decides whether each was seen before and whether it matches
/// the query, looks up its owners, counts it, and passes it to the visitor.
pub(crate) struct Sink<'v> {
    plan: &'v Plan<'v>,
    seen: &'v mut Seen,
    owners: OwnerIndex<'v>,
    pub(crate) coverage: Coverage,
    visitor: &'v mut dyn FnMut(&Socket<'_>) -> ControlFlow<()>,
    /// The namespace of the sockets, if namespaces were requested.
    netns: Option<&'v Namespace>,
    /// Whether the filter has conditions on owners.
    filters_owners: bool,
    /// Whether inodes of sockets with cookies are recorded, for a table that has no cookies.
    notes_inodes: bool,
    /// The number of times this table was read, including this time.
    look: u32,
    /// The rows of this read of the table.
    rows: u64,
    /// The rows among them that were not seen before.
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

    /// Also records the inodes of sockets with cookies: see [`Sink::is_in_other_table`].
    pub(crate) fn note_inodes(&mut self) {
        self.notes_inodes = true;
    }

    /// Begins the next network namespace.
    pub(crate) fn next_namespace(&mut self, netns: Option<&'v Namespace>) {
        self.seen.next_namespace();
        self.netns = netns;
    }

    /// Begins the nth read of a table, counted from 1. Rows that were seen before are not reported
    /// again; only the first read counts them.
    pub(crate) fn begin_look(&mut self, look: u32) {
        (self.look, self.rows, self.new_rows) = (look, 0, 0);
    }

    /// The number of rows in this read of a table.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// The number of these rows that were not seen before.
    pub(crate) fn new_rows(&self) -> u64 {
        self.new_rows
    }

    /// Whether a row is known to have an owner.
    pub(crate) fn is_owned(&self, inode: Inode) -> bool {
        match &self.owners {
            OwnerIndex::None => false,
            OwnerIndex::Table(table, _) => table.has(inode),
            OwnerIndex::Cache(cache) => !cache.of(inode).is_empty(),
        }
    }

    /// Whether a socket of another table, read before, has this inode.
    pub(crate) fn is_in_other_table(&self, inode: Inode) -> bool {
        let is_marked = match &self.owners {
            OwnerIndex::None => false,
            OwnerIndex::Table(table, _) => table.is_marked(inode),
            OwnerIndex::Cache(cache) => cache.is_marked(inode),
        };
        is_marked || self.seen.has_inode(inode)
    }

    /// Takes a row that does not decode. `line` is its line number in a table; without one, it is a
    /// message, which is numbered here.
    #[cold]
    pub(crate) fn undecodable(&mut self, kind: Kind, line: Option<usize>, error: DecodeError) {
        self.rows += 1;
        if self.look == 1 {
            self.coverage.rows += 1;
            let number = line.unwrap_or(usize::try_from(self.rows).unwrap_or(usize::MAX));
            self.coverage.undecodable.push(kind, number, error);
        }
    }

    /// Counts a row that its source knows was reported before.
    pub(crate) fn repeat(&mut self) {
        self.rows += 1;
        self.coverage.rows += u64::from(self.look == 1);
        self.coverage.repeated += u64::from(self.look == 1);
    }

    /// Counts a row that certainly does not match the query.
    pub(crate) fn skip(&mut self) {
        self.rows += 1;
        self.coverage.rows += u64::from(self.look == 1);
    }

    /// Prepares for rows with these inodes.
    #[inline]
    pub(crate) fn expect(&self, inodes: impl Iterator<Item = Inode>) {
        if let OwnerIndex::Table(table, _) = &self.owners {
            table.load(inodes);
        }
    }

    /// Takes a socket. `Break` if the visit is over.
    pub(crate) fn row(&mut self, row: &SocketRow<'_>) -> ControlFlow<()> {
        let mut found = None;
        let mut may_be_repeated = false;
        let was_seen = match self.was_seen(row, &mut found) {
            Some(was_seen) => was_seen,
            None => {
                let likeness = self.likeness(row);
                may_be_repeated = likeness == Likeness::MaybeRepeated;
                likeness == Likeness::Repeated
            }
        };
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
                // The socket is known to exist still.
                cache.keep(&socket);
                false
            }
            _ if !wanted => false,
            OwnerIndex::None => true,
            OwnerIndex::Table(table, other) => {
                add_walked_owners(plan, coverage, table, other, found, &mut socket)
            }
            OwnerIndex::Cache(cache) => add_kept_owners(plan, coverage, cache, &mut socket),
        };
        if !admitted {
            return ControlFlow::Continue(());
        }
        if !count(plan, coverage, &socket) {
            return ControlFlow::Break(());
        }
        if may_be_repeated {
            coverage.maybe_repeated.push(&socket);
        }
        visitor(&socket)
    }

    /// Whether a socket was seen before; `None` if it has neither inode nor pointer. If this looked
    /// up its inode, its owners were found as well.
    #[inline]
    fn was_seen(&mut self, row: &SocketRow<'_>, found: &mut Option<OwnersAt>) -> Option<bool> {
        let SocketFields { cookie, inode, pointer, .. } = row.fields;
        if row.is_distinct {
            return Some(false);
        }
        let is_association = row.fields.is_association();
        if let Some(cookie) = cookie.filter(|_| !is_association) {
            if self.notes_inodes {
                self.note_inode(inode);
            }
            return Some(self.seen.cookie(cookie));
        }
        inode.map(drop).or(pointer.map(drop)).or(cookie.map(drop))?;
        let row = self.seen.row(&SocketKey::of(&row.fields), inode);
        Some(self.was_row_seen(row, inode, found))
    }

    /// Compares a row that has neither inode nor pointer with those before.
    #[cold]
    fn likeness(&mut self, row: &SocketRow<'_>) -> Likeness {
        let row = self.seen.row(&SocketKey::of(&row.fields), None);
        self.seen.alike(row, self.look)
    }

    /// Whether a socket matches the filter, or may match once its owners are known.
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
            (OwnerIndex::Table(table, _), Some(inode)) => match table.find(inode) {
                Some(position) => {
                    *found = Some(OwnersAt(position));
                    table.mark(position).and_then(|mark| row.mark_at(mark))
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

    /// Passes the sockets that waited for their owners to the visitor, after these have been looked
    /// for.
    pub(crate) fn waiting(&mut self) {
        let Sink { plan, owners: OwnerIndex::Cache(cache), coverage, visitor, .. } = self else {
            return;
        };
        let seen = cache.owners_seen();
        for mut socket in cache.waiting() {
            if !takes(plan, coverage, &socket, |_| seen) {
                continue;
            }
            hide_owners(plan, &mut socket);
            if !count(plan, coverage, &socket) || visitor(&socket).is_break() {
                return;
            }
        }
    }

    /// The cache of owners, if owners come from one.
    pub(crate) fn cache(&mut self) -> Option<&mut Incremental> {
        match &mut self.owners {
            OwnerIndex::Cache(cache) => Some(cache),
            _ => None,
        }
    }
}

/// Counts a socket for the visitor. Returns whether the limit permits it.
#[inline]
fn count(plan: &Plan<'_>, coverage: &mut Coverage, socket: &Socket<'_>) -> bool {
    let query = plan.query;
    if query.limit.is_some_and(|limit| coverage.sockets >= limit) {
        coverage.truncated = true;
        return false;
    }
    coverage.sockets += 1;
    // That its row may be cut is said once for the table.
    if socket.suspect && !coverage.is_cut(socket.kind) {
        coverage.suspect.push(socket.inode);
    }
    match socket.inode {
        None => coverage.without_inode += 1,
        Some(_) if query.owners && socket.owners.is_empty() => {
            coverage.ownerless += 1;
            coverage.kernel += u64::from(socket.is_kernels());
        }
        Some(_) => {}
    }
    true
}
