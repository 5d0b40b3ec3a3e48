//! The list of sources, and how they are asked: one after the other, until one provides the table.

use super::{
    Source,
    diag::{Diag, SharedClient},
    procfs::Procfs,
    request::{Outcome, Prefetch, Request, SocketSource},
};
use crate::{
    Coverage, Kind, Kinds, ProcRoot,
    coverage::{Failure, Fallback},
    netns::NetnsHandle,
    plan::Plan,
};

/// Every source, in the order in which [`Source::Auto`] asks them. A new source is a line here.
fn all(client: &SharedClient) -> Vec<Box<dyn SocketSource>> {
    vec![
        Box::new(Diag::new(client)), //
        Box::new(Procfs::new(client)),
    ]
}

/// How many bytes may be read before they are wanted, by default: some 110,000 rows of tcp.
const READ_AHEAD: usize = 16 << 20;

/// The sources of a scanner.
#[derive(Debug)]
pub(crate) struct Sources {
    list: Vec<Box<dyn SocketSource>>,
    /// The sock_diag client that they share with lookups.
    pub(crate) client: SharedClient,
    /// Those that the query of this visit asks.
    asked: Source,
    /// The most bytes that are read before they are wanted.
    pub(crate) read_ahead: usize,
}

/// What became of the tables of a network namespace.
#[derive(Debug, Default)]
pub(crate) struct TablesRead {
    /// Those that need not be asked for any more: some are read together.
    done: Kinds,
    /// Those that were read whole.
    pub(crate) whole: Kinds,
    /// The visitor, or the query's limit, ended the visit.
    pub(crate) stopped: bool,
    /// The namespace is gone.
    pub(crate) vanished: bool,
    /// One of those that could not be read.
    pub(crate) failure: Option<(Kind, Failure)>,
}

impl TablesRead {
    /// Whether there is nothing more to read.
    pub(crate) fn is_over(&self) -> bool {
        self.stopped || self.vanished
    }

    /// Whether a table was read together with another.
    pub(crate) fn is_done(&self, kind: Kind) -> bool {
        self.done.contains(kind)
    }

    /// Notes what became of a request; `name` is the source that was asked last.
    pub(crate) fn note(
        &mut self,
        kind: Kind,
        name: Source,
        outcome: Outcome,
        coverage: &mut Coverage,
    ) {
        match outcome {
            Outcome::Read { kinds, whole } => {
                coverage.add_source(name, kinds);
                self.done = self.done | kinds;
                self.whole = if whole { self.whole | kinds } else { self.whole };
            }
            Outcome::Stopped { kinds } => {
                coverage.add_source(name, kinds);
                self.stopped = true;
            }
            Outcome::Absent => {
                coverage.absent = coverage.absent | kind.into();
                self.whole = self.whole | kind.into();
            }
            Outcome::Failed { kinds, failure } => {
                coverage.add_source(name, kinds);
                self.done = self.done | kinds;
                kinds.iter().for_each(|kind| self.fail(kind, failure, coverage));
            }
            Outcome::Vanished => self.vanished = true,
            // No other source is left.
            Outcome::Declined(fallback) => self.fail(kind, fallback.failure(), coverage),
        }
    }

    #[cold]
    fn fail(&mut self, kind: Kind, failure: Failure, coverage: &mut Coverage) {
        self.failure = Some((kind, failure));
        coverage.unreadable.push((kind, failure));
    }
}

impl Sources {
    pub(crate) fn new() -> Sources {
        let client = SharedClient::default();
        Sources { list: all(&client), client, asked: Source::Auto, read_ahead: READ_AHEAD }
    }

    fn asked(&self) -> impl Iterator<Item = &Box<dyn SocketSource>> {
        self.list.iter().filter(|source| is_asked(self.asked, source.name()))
    }

    /// Begins a visit of these network namespaces.
    pub(crate) fn begin(&mut self, root: &ProcRoot, plan: &Plan<'_>, namespaces: &[NetnsHandle]) {
        self.asked = plan.query.source;
        for source in &mut self.list {
            let is_asked = is_asked(self.asked, source.name());
            let namespaces = if is_asked { namespaces } else { &[] };
            source.begin(root, namespaces, plan.kinds);
        }
    }

    /// Prepares for network namespaces that were found since the visit began.
    pub(crate) fn add(&mut self, root: &ProcRoot, namespaces: &[NetnsHandle]) {
        for source in &mut self.list {
            if is_asked(self.asked, source.name()) {
                source.add(root, namespaces);
            }
        }
    }

    /// Why no source can be asked in a network namespace, if so.
    pub(crate) fn refusal(&self, root: &ProcRoot, netns: &NetnsHandle) -> Option<Fallback> {
        let mut refusal = None;
        for source in self.asked() {
            // The first that can be asked will do.
            refusal = Some(source.refusal(root, netns)?);
        }
        refusal
    }

    /// Whether the source that will read a table identifies its sockets by their inodes.
    pub(crate) fn reads_text(&self, kind: Kind) -> bool {
        let first = self.asked().find(|source| source.provides(kind));
        first.is_some_and(|source| source.name() == Source::Procfs)
    }

    /// Reads what will be asked for, while others are at work, as far as there is room.
    pub(crate) fn prefetch<'q>(&mut self, requests: impl Iterator<Item = Request<'q>>) {
        let mut room = self.read_ahead;
        let (mut netns, mut done) = (std::ptr::null::<NetnsHandle>(), Kinds::NONE);
        for request in requests {
            if !std::ptr::eq(netns, request.netns) {
                (netns, done) = (request.netns, Kinds::NONE);
            }
            if done.contains(request.kind) {
                continue;
            }
            for source in &mut self.list {
                if !is_asked(self.asked, source.name()) {
                    continue;
                }
                match source.prefetch(&request, room) {
                    Prefetch::Declined => {}
                    Prefetch::Whole { kinds, bytes } => {
                        done = done | kinds;
                        room = room.saturating_sub(bytes);
                        break;
                    }
                    Prefetch::Full => return,
                }
            }
        }
    }

    /// The sources that the query of this visit asks, in order.
    pub(crate) fn asked_mut(&mut self) -> impl Iterator<Item = &mut Box<dyn SocketSource>> {
        let asked = self.asked;
        self.list.iter_mut().filter(move |source| is_asked(asked, source.name()))
    }
}

/// Whether a query that asks for a source asks this one.
fn is_asked(asked: Source, name: Source) -> bool {
    asked == Source::Auto || asked == name
}
