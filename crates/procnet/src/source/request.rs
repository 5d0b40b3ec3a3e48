//! What a source is asked for, and what becomes of it: the same for every source.

use std::fmt::Debug;

use procnet_core::ByteOrder;

use super::Source;
use crate::{
    Kind, Kinds, ProcRoot,
    coverage::{Failure, Fallback},
    netns::NetnsHandle,
    plan::Plan,
    sink::Sink,
};

/// The sockets of one table in one network namespace.
#[derive(Clone, Copy)]
pub(crate) struct Request<'q> {
    /// The query, with its conditions, and the details that it asks for.
    pub(crate) plan: &'q Plan<'q>,
    pub(crate) root: &'q ProcRoot,
    /// The byte order of the host whose tables are read.
    pub(crate) order: ByteOrder,
    pub(crate) netns: &'q NetnsHandle,
    pub(crate) kind: Kind,
    /// Every socket of the table is to be reported, even if the query excludes it; but where only
    /// listeners are asked for, the rest may be left out.
    pub(crate) unfiltered: bool,
}

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// The source does not provide the table: the next one is asked.
    Declined(Fallback),
    /// The sockets of these tables were reported, to the end of the tables unless the sink has
    /// had enough; `whole` if that is every socket, not only what is asked for.
    Read { kinds: Kinds, whole: bool },
    /// The sink has had enough.
    Stopped { kinds: Kinds },
    /// There is no such table.
    Absent,
    /// These tables could not be read, or not to their end.
    Failed { kinds: Kinds, failure: Failure },
    /// The namespace is gone: the process through which it was found has ended, or has moved to
    /// another.
    Vanished,
}

/// What became of an attempt to read a table before its sockets are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Prefetch {
    /// It is left to the next source.
    Declined,
    /// These tables were read to their end, into so many bytes.
    Whole { kinds: Kinds, bytes: usize },
    /// There is no room for more.
    Full,
}

/// A source of sockets.
pub(crate) trait SocketSource: Debug + Send + Sync {
    /// The name by which a query asks for it alone.
    fn name(&self) -> Source;

    /// Begins a visit of these network namespaces, of none if it is not to be asked: what was kept
    /// for others is released.
    fn begin(&mut self, root: &ProcRoot, namespaces: &[NetnsHandle], kinds: Kinds);

    /// Prepares for network namespaces that were found since the visit began.
    fn add(&mut self, root: &ProcRoot, namespaces: &[NetnsHandle]);

    /// Why it cannot be asked in a network namespace at all, if so.
    fn refusal(&self, root: &ProcRoot, netns: &NetnsHandle) -> Option<Fallback>;

    /// Whether it provides sockets of a kind, as far as is known before it is asked.
    fn provides(&self, kind: Kind) -> bool;

    /// Reads a table before its sockets are wanted, into at most `room` bytes; a later
    /// [`read`](SocketSource::read) reports them.
    fn prefetch(&mut self, request: &Request<'_>, room: usize) -> Prefetch;

    /// Reports each socket of a table to the sink.
    fn read(&mut self, request: &Request<'_>, sink: &mut Sink<'_>) -> Outcome;
}
