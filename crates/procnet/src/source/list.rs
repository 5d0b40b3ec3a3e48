//! The list of sources. They are tried in order until one provides the table.

use std::borrow::Cow;

use super::{
    Source,
    bpf::Bpf,
    diag::{Diag, SharedClient},
    procfs::Procfs,
    recorded::Recorded,
    request::{Ahead, Outcome, Prefetch, Request, SocketSource},
};
use crate::{
    Coverage, Error, Kind, Kinds, ProcRoot,
    bpf::SharedLoader,
    coverage::{Failure, Fallback},
    netns::NetnsHandle,
    plan::Plan,
};

/// Every source, in the order in which [`Source::Auto`] tries them. A new source is a line here.
fn all(client: &SharedClient, loader: &SharedLoader) -> Vec<Box<dyn SocketSource>> {
    vec![
        Box::new(Bpf::new(loader)),
        Box::new(Diag::new(client)),
        Box::new(Procfs::new(client)),
        Box::new(Recorded::default()),
    ]
}

/// The default limit of bytes read ahead: about 110,000 rows of /proc/net/tcp, or a dump of 600,000
/// sockets.
const READ_AHEAD: usize = 16 << 20;

/// The sources of a scanner.
#[derive(Debug)]
pub(crate) struct Sources {
    list: Vec<Box<dyn SocketSource>>,
    /// The sock_diag client, which sources and lookups share.
    pub(crate) client: SharedClient,
    /// The source that the query of this visit selects.
    asked: Source,
    /// The maximum number of bytes read ahead.
    pub(crate) read_ahead: usize,
}

/// The results for the tables of a network namespace.
#[derive(Debug, Default)]
pub(crate) struct TablesRead {
    /// Tables that need not be requested any more: some are read together.
    done: Kinds,
    /// Tables that were read completely.
    pub(crate) whole: Kinds,
    /// Whether the visitor, or the query's limit, ended the visit.
    pub(crate) stopped: bool,
    /// Whether the namespace no longer exists.
    pub(crate) vanished: bool,
    /// One of the tables that could not be read.
    pub(crate) failure: Option<(Source, Kind, Failure)>,
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

    /// Records the outcome of a request; `name` is the source that was tried last.
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
                kinds.iter().for_each(|kind| self.fail(name, kind, failure, coverage));
            }
            Outcome::Vanished => self.vanished = true,
            // This was the last source.
            Outcome::Declined(fallback) => self.fail(name, kind, fallback.failure(), coverage),
        }
    }

    #[cold]
    fn fail(&mut self, name: Source, kind: Kind, failure: Failure, coverage: &mut Coverage) {
        self.failure = Some((name, kind, failure));
        coverage.unreadable.push((kind, failure));
    }
}

impl Sources {
    pub(crate) fn new(loader: &SharedLoader) -> Sources {
        let client = SharedClient::default();
        Sources { list: all(&client, loader), client, asked: Source::Auto, read_ahead: READ_AHEAD }
    }

    fn asked(&self) -> impl Iterator<Item = &Box<dyn SocketSource>> {
        self.list.iter().filter(|source| is_asked(self.asked, source.name()))
    }

    /// Begins a visit to these network namespaces.
    pub(crate) fn begin(
        &mut self,
        root: &ProcRoot,
        plan: &Plan<'_>,
        namespaces: &[NetnsHandle],
    ) -> Result<(), Error> {
        self.asked = plan.query.source;
        // In reverse, as BPF counts the sockets of each namespace, those of the sock_diag client among
        // them.
        for source in self.list.iter_mut().rev() {
            let is_asked = is_asked(self.asked, source.name());
            let namespaces = if is_asked { namespaces } else { &[] };
            source.begin(root, namespaces, plan)?;
        }
        Ok(())
    }

    /// Prepares for network namespaces found since the visit began.
    pub(crate) fn add(&mut self, root: &ProcRoot, namespaces: &[NetnsHandle]) {
        for source in &mut self.list {
            if is_asked(self.asked, source.name()) {
                source.add(root, namespaces);
            }
        }
    }

    /// Adds network namespaces that only one of the sources can find.
    pub(crate) fn find(&mut self, namespaces: &mut Vec<NetnsHandle>) {
        for source in &mut self.list {
            if is_asked(self.asked, source.name()) {
                source.find(namespaces);
            }
        }
    }

    /// The source of this visit that looks at each descriptor of all processes, if there is one.
    pub(crate) fn that_passes(&mut self) -> Option<&mut Box<dyn SocketSource>> {
        let asked = self.asked;
        self.list.iter_mut().find(|source| is_asked(asked, source.name()) && source.passes())
    }

    /// Why no source can read a network namespace, if so.
    pub(crate) fn refusal(&self, root: &ProcRoot, netns: &NetnsHandle) -> Option<Fallback> {
        let mut refusal = None;
        for source in self.asked() {
            // One source that can read it suffices.
            refusal = Some(source.refusal(root, netns)?);
        }
        refusal
    }

    /// The name of a source's file for a table, for messages.
    pub(crate) fn file_name(&self, name: Source, kind: Kind) -> Cow<'static, str> {
        let source = self.list.iter().find(|source| source.name() == name);
        source.map_or(kind.name().into(), |source| source.file_name(kind))
    }

    /// Whether the source that will read a table identifies its sockets by their inodes.
    pub(crate) fn reads_text(&self, kind: Kind) -> bool {
        let first = self.asked().find(|source| source.provides(kind));
        first.is_some_and(|source| source.name() == Source::Procfs)
    }

    /// Reads tables ahead while other threads look for owners, as far as the limit permits.
    pub(crate) fn prefetch<'q>(
        &mut self,
        requests: impl Iterator<Item = Request<'q>>,
        are_busy: &dyn Fn() -> bool,
    ) {
        let mut room = self.read_ahead;
        let (mut netns, mut done) = (std::ptr::null::<NetnsHandle>(), Kinds::NONE);
        for request in requests {
            if !are_busy() {
                return;
            }
            if !std::ptr::eq(netns, request.netns) {
                (netns, done) = (request.netns, Kinds::NONE);
            }
            if done.contains(request.kind) {
                continue;
            }
            for source in asked_for(&mut self.list, self.asked, &request) {
                match source.prefetch(&request, Ahead { room, are_busy }) {
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

    /// The sources that the query of this visit selects for a table, in order.
    pub(crate) fn asked_mut(
        &mut self,
        request: &Request<'_>,
    ) -> impl Iterator<Item = &mut Box<dyn SocketSource>> {
        asked_for(&mut self.list, self.asked, request)
    }
}

fn asked_for<'s>(
    list: &'s mut [Box<dyn SocketSource>],
    asked: Source,
    request: &Request<'_>,
) -> impl Iterator<Item = &'s mut Box<dyn SocketSource>> {
    list.iter_mut().filter(move |source| match asked {
        Source::Auto => source.is_automatic(request.kind, request.netns),
        one => source.name() == one,
    })
}

/// Whether the selected source includes this one.
fn is_asked(asked: Source, name: Source) -> bool {
    asked == Source::Auto || asked == name
}
