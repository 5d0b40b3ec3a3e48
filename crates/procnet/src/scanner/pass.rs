//! The passage of a visit through its places: from each, the sockets of its tables.

use std::ops::ControlFlow;

use procnet_core::{ByteOrder, Inode};

use crate::{
    Coverage, Error, ErrorKind, Fallback, Kinds, Namespaces, ProcRoot, Query, Socket, Source,
    filter::Facts,
    owners::Register,
    place::Place,
    source::{Ask, Sources, Table},
    visit::{self, Read},
};

/// The places of a visit, to be passed through.
pub(super) struct Pass<'q> {
    pub(super) query: &'q Query,
    pub(super) facts: &'q Facts<'q>,
    pub(super) root: &'q ProcRoot,
    pub(super) order: ByteOrder,
    pub(super) places: &'q [Place],
}

impl<'q> Pass<'q> {
    /// Hands each socket of each place to `hand`, and counts what could not be read. `asking`
    /// says how socket diagnostics are asked.
    ///
    /// # Errors
    ///
    /// If there is one place, and not one table of it could be read: that is no answer.
    pub(super) fn each<R: Register>(
        &self,
        sources: &mut Sources,
        coverage: &mut Coverage,
        register: &R,
        asking: impl Fn(Ask<'q>) -> Ask<'q>,
        mut hand: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Result<Read, Error> {
        let mut all = Read::of_none(self.query.possible_kinds());
        for (at, place) in self.places.iter().enumerate() {
            if at > 0 {
                sources.next_namespace();
            }
            let ask = sources.ask(self.query, self.facts, self.root, place, coverage);
            let ask = match ask {
                Ok(ask) => asking(ask),
                Err(fallback) if self.places.len() == 1 => {
                    return Err(self.refused(place, fallback));
                }
                Err(fallback) => {
                    coverage.namespaces.hide(&place.namespace, fallback.failure());
                    all.complete = Kinds::NONE;
                    continue;
                }
            };
            let netns = self.query.netns.is_some().then_some(&place.namespace);
            let tag = |coverage: &mut Coverage, socket: Socket<'_>| {
                hand(coverage, Socket { netns, ..socket })
            };
            let tables = self.tables(place);
            let read = if self.places.len() == 1 {
                visit::tables(sources, &ask, tables, coverage, register, tag)
            } else {
                visit::tables(sources, &ask, tables, coverage, &Apart(register), tag)
            };
            let Namespaces { visited, vanished, .. } = &mut coverage.namespaces;
            *if read.vanished { vanished } else { visited } += 1;
            if self.places.len() == 1 {
                read.answer(self.query.possible_kinds(), coverage, self.root, place)?;
            }
            all.absorb(&read);
            if read.stopped {
                break;
            }
        }
        Ok(all)
    }

    /// The tables that hold what is asked for.
    pub(super) fn tables(&self, place: &'q Place) -> impl Iterator<Item = Table<'q>> + use<'q> {
        let Pass { query, root, order, .. } = *self;
        query.possible_kinds().iter().map(move |kind| {
            let listeners = kind.is_tcp() && query.means_listeners(kind);
            Table { root, place, kind, order, listeners }
        })
    }

    #[cold]
    fn refused(&self, place: &Place, fallback: Fallback) -> Error {
        let path = place.path_of(self.root, "");
        let strict = self.query.source == Source::Netlink;
        let kind = if strict { ErrorKind::NoNetlink } else { ErrorKind::PermissionDenied };
        Error::io(path, fallback.failure().into()).with_kind(kind)
    }
}

/// What a join knows of sockets, where several namespaces are passed through: that it has seen an
/// inode in one does not tell that it has in another.
struct Apart<'r, R>(&'r R);

impl<R: Register> Register for Apart<'_, R> {
    fn is_owned(&self, inode: Inode) -> bool {
        self.0.is_owned(inode)
    }

    fn is_first(&self, _inode: Inode) -> Option<bool> {
        None
    }

    fn was_seen(&self, _inode: Inode) -> bool {
        false
    }
}
