//! Requests to sources, and their outcomes: the same for every source.

use std::{borrow::Cow, fmt::Debug};

use procnet_core::ByteOrder;
use rustix::io::Errno;

use super::Source;
use crate::{
    Error, Kind, Kinds, ProcRoot,
    coverage::{Failure, Fallback},
    netns::NetnsHandle,
    owners::Held,
    plan::Plan,
    sink::Sink,
};

/// A request for the sockets of one table in one network namespace.
#[derive(Clone, Copy)]
pub(crate) struct Request<'q> {
    /// The query, with its conditions and the requested details.
    pub(crate) plan: &'q Plan<'q>,
    pub(crate) root: &'q ProcRoot,
    /// The byte order of the host whose tables are read.
    pub(crate) order: ByteOrder,
    pub(crate) netns: &'q NetnsHandle,
    pub(crate) kind: Kind,
    /// Whether to report every socket of the table, even if the query excludes it. If only
    /// listeners are requested, all other sockets may be left out.
    pub(crate) unfiltered: bool,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// The source does not provide the table: the next source is tried.
    Declined(Fallback),
    /// The sockets of these tables were reported, up to the end of the tables unless the sink has
    /// had enough. `whole` if every socket was, not only those the query selects.
    Read { kinds: Kinds, whole: bool },
    /// The sink has had enough.
    Stopped { kinds: Kinds },
    /// The table does not exist.
    Absent,
    /// These tables could not be read, or not to their end.
    Failed { kinds: Kinds, failure: Failure },
    /// The namespace is gone: the process through which it was found has exited or moved to another
    /// one.
    Vanished,
}

/// How far a table is read ahead.
#[derive(Clone, Copy)]
pub(crate) struct Ahead<'a> {
    /// Into at most this many bytes.
    pub(crate) room: usize,
    /// Whether other threads are still busy: once they are not, rows are better reported than kept.
    pub(crate) are_busy: &'a dyn Fn() -> bool,
}

/// The outcome of reading a table ahead.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Prefetch {
    /// The table is left to the next source.
    Declined,
    /// These tables were read to their end, into this many bytes.
    Whole { kinds: Kinds, bytes: usize },
    /// The limit is reached, or the other threads are done.
    Full,
}

/// A source of sockets.
pub(crate) trait SocketSource: Debug + Send + Sync {
    /// The name by which a query selects this source alone.
    fn name(&self) -> Source;

    /// The file for a table below the directory of tables, for messages.
    fn file_name(&self, kind: Kind) -> Cow<'static, str> {
        kind.name().into()
    }

    /// Begins a visit to these network namespaces; to none if this source is not used. Whatever was
    /// kept for other namespaces is released.
    ///
    /// # Errors
    ///
    /// If the query selects this source alone, and it cannot answer.
    fn begin(
        &mut self,
        root: &ProcRoot,
        namespaces: &[NetnsHandle],
        plan: &Plan<'_>,
    ) -> Result<(), Error>;

    /// Prepares for network namespaces found since the visit began.
    fn add(&mut self, root: &ProcRoot, namespaces: &[NetnsHandle]);

    /// Adds network namespaces that only this source can find.
    fn find(&mut self, _namespaces: &mut Vec<NetnsHandle>) {}

    /// Whether it is going to look at each descriptor of all processes in this visit.
    fn passes(&self) -> bool {
        false
    }

    /// Does so, and reports which process holds which file: pid, descriptor and file.
    ///
    /// # Errors
    ///
    /// If it ended early: what it reported is not all.
    fn find_owners(&mut self, _each: &mut dyn FnMut(u32, u32, Held)) -> Result<(), Failure> {
        Err(Failure::new(Errno::NOSYS))
    }

    /// Why this source cannot read a network namespace at all, if so.
    fn refusal(&self, root: &ProcRoot, netns: &NetnsHandle) -> Option<Fallback>;

    /// Whether it provides sockets of a kind, as far as is known in advance.
    fn provides(&self, kind: Kind) -> bool;

    /// Whether [`Source::Auto`] asks it for a table of a network namespace.
    fn is_automatic(&self, _kind: Kind, netns: &NetnsHandle) -> bool {
        !netns.by_descriptors
    }

    /// Reads a table ahead; a later [`read`](SocketSource::read) reports its sockets.
    fn prefetch(&mut self, request: &Request<'_>, ahead: Ahead<'_>) -> Prefetch;

    /// Reports each socket of a table to the sink.
    fn read(&mut self, request: &Request<'_>, sink: &mut Sink<'_>) -> Outcome;
}
