//! One visit: which sockets are handed to the visitor, and what is counted on the way.

use std::ops::ControlFlow;

use crate::{
    Coverage, Error, ErrorKind, Kind, Kinds, ProcRoot, Query, Socket,
    coverage::Failure,
    filter::{Facts, Looked, OfSocket},
    owners::Register,
    place::Place,
    source::{Ask, Sources, Table, Told},
};

/// A query and its visitor.
pub(crate) struct Visit<'q, F> {
    pub(crate) query: &'q Query,
    /// What its filter names.
    pub(crate) facts: &'q Facts<'q>,
    /// Whether its filter asks for owners.
    pub(crate) by_owners: bool,
    pub(crate) visitor: F,
}

impl<R: Visited, F: FnMut(&Socket<'_>) -> R> Visit<'_, F> {
    /// Whether a socket is one that is asked for, or may be if its owners are looked for.
    #[inline]
    pub(crate) fn wants(&self, coverage: &mut Coverage, socket: &Socket<'_>) -> bool {
        let at_port = |port: u16| socket.local().is_some_and(|local| local.port() == port);
        self.query.wants(socket.kind, socket.state)
            && self.query.local_port.is_none_or(at_port)
            && match self.meets(socket, Looked::NotYet) {
                None if self.by_owners => true,
                met => decided(met, coverage),
            }
    }

    /// Whether a socket that is wanted as far as its row tells is so by its owners, too.
    pub(crate) fn takes(
        &self,
        coverage: &mut Coverage,
        socket: &Socket<'_>,
        owners: Looked,
    ) -> bool {
        !self.by_owners || decided(self.meets(socket, owners), coverage)
    }

    /// Whether a socket meets the filter, if that is known.
    fn meets(&self, socket: &Socket<'_>, owners: Looked) -> Option<bool> {
        let Some(filter) = &self.query.filter else { return Some(true) };
        filter.decide(&OfSocket { socket, facts: self.facts, owners })
    }

    /// Hands a socket to the visitor, and counts it.
    pub(crate) fn hand_over(
        &mut self,
        coverage: &mut Coverage,
        socket: &Socket<'_>,
    ) -> ControlFlow<()> {
        let Visit { query, visitor, .. } = self;
        if query.limit.is_some_and(|limit| coverage.sockets >= limit) {
            coverage.truncated = true;
            return ControlFlow::Break(());
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
        visitor(socket).flow()
    }
}

/// What is not known does not hold, and is counted.
fn decided(met: Option<bool>, coverage: &mut Coverage) -> bool {
    coverage.undecided += u64::from(met.is_none());
    met == Some(true)
}

/// Hands each socket of a place's tables to `each`, and counts the tables that cannot be read.
/// `register` is what the join knows of sockets.
pub(crate) fn tables<'q>(
    sources: &mut Sources,
    ask: &Ask<'_>,
    tables: impl Iterator<Item = Table<'q>>,
    coverage: &mut Coverage,
    register: &impl Register,
    mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
) -> Read {
    let mut read = Read { strict: ask.strict, ..Read::default() };
    let mut done = Kinds::NONE;
    for table in tables {
        // Some are told together.
        if done.contains(table.kind) {
            continue;
        }
        match sources.tell(ask, &table, coverage, register, &mut each) {
            Told::Handed { kinds, flow, whole } => {
                done = done | kinds;
                if flow.is_break() {
                    read.stopped = true;
                    break;
                }
                read.complete = if whole { read.complete | kinds } else { read.complete };
            }
            Told::Absent => {
                coverage.absent = coverage.absent | table.kind.into();
                read.complete = read.complete | table.kind.into();
            }
            Told::Failed { kinds, failure } => {
                done = done | kinds;
                kinds.iter().for_each(|kind| read.unreadable(kind, failure, coverage));
            }
            Told::Vanished => {
                read.vanished = true;
                break;
            }
            // The last source tells what there is.
            Told::Not(_) => {}
        }
    }
    read
}

/// What became of the tables.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// Those that were read to their end.
    pub(crate) complete: Kinds,
    /// The visitor, or the query's limit, ended the visit.
    pub(crate) stopped: bool,
    /// The process through which they were read has ended, or has gone elsewhere.
    pub(crate) vanished: bool,
    failure: Option<(Kind, Failure)>,
    /// Nothing but socket diagnostics was asked.
    strict: bool,
}

impl Read {
    /// Nothing was read yet, so nothing is missing of these tables.
    pub(crate) fn of_none(kinds: Kinds) -> Read {
        Read { complete: kinds, ..Read::default() }
    }

    /// Adds what became of the tables of another namespace.
    pub(crate) fn absorb(&mut self, other: &Read) {
        self.complete = self.complete & other.complete;
        self.stopped |= other.stopped;
    }

    #[cold]
    fn unreadable(&mut self, kind: Kind, failure: Failure, coverage: &mut Coverage) {
        self.failure = Some((kind, failure));
        coverage.unreadable.push((kind, failure));
    }

    /// The error, if not one table could be read: that is no answer.
    pub(crate) fn answer(
        &self,
        kinds: Kinds,
        coverage: &Coverage,
        root: &ProcRoot,
        place: &Place,
    ) -> Result<(), Error> {
        let unread = coverage.unreadable.len() + coverage.absent.iter().count();
        match self.failure {
            Some((kind, failure)) if coverage.rows == 0 && unread == kinds.iter().count() => {
                let error = Error::io(place.path_of(root, kind.name()), failure.into());
                Err(if self.strict { error.with_kind(ErrorKind::NoNetlink) } else { error })
            }
            _ => Ok(()),
        }
    }
}

/// What a visitor may return: nothing, or whether to go on.
pub trait Visited {
    /// Whether to go on.
    fn flow(self) -> ControlFlow<()>;
}

impl Visited for () {
    fn flow(self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl Visited for ControlFlow<()> {
    fn flow(self) -> ControlFlow<()> {
        self
    }
}
