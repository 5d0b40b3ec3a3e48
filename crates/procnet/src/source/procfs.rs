//! Sockets from the tables under `/proc/net`, which every kernel has.

mod empty;
mod prefetched;
mod suspect;
mod table;
mod tcp_buckets;
mod text;
mod unix;
mod verifier;

use std::ops::ControlFlow;

use rustix::io::{Errno, Result as SystemResult};

use self::{
    empty::EmptyTables,
    prefetched::{Input, Prefetched},
    tcp_buckets::TcpBuckets,
    text::{Captured, Exact},
    unix::UnixTable,
};
use super::{
    Source,
    diag::SharedClient,
    registered,
    request::{Ahead, Outcome, Prefetch, Request, SocketSource},
};
use crate::{
    Error, Kind, ProcRoot,
    coverage::{Failure, Fallback},
    file::{Ending, TableFile},
    netns::NetnsHandle,
    plan::Plan,
    sink::Sink,
};

/// Reads tables into one reused buffer.
#[derive(Debug)]
pub(super) struct Procfs {
    buffer: Box<[u8]>,
    prefetched: Prefetched,
    empty: EmptyTables,
    tcp_buckets: TcpBuckets,
    unix: UnixTable,
    text: Vec<u8>,
}

impl Procfs {
    pub(super) fn new(client: &SharedClient) -> Procfs {
        // At least two pages, so that a read takes everything the kernel returns at once; and more
        // than the longest line of any table, so that a longer line is not a row.
        let size = (64 << 10).max(2 * rustix::param::page_size());
        Procfs {
            buffer: vec![0; size].into_boxed_slice(),
            prefetched: Prefetched::default(),
            empty: EmptyTables::default(),
            tcp_buckets: TcpBuckets::default(),
            unix: UnixTable::new(client),
            text: Vec::new(),
        }
    }
}

/// Opens the requested table.
fn open(request: &Request<'_>) -> SystemResult<TableFile> {
    let opened = request.netns.open(request.root, request.kind.name())?;
    // For sockets without addresses, the final empty read costs nothing.
    let short = request.root.is_live() && request.kind.has_addresses();
    Ok(TableFile::new(opened, if short { Ending::ShortRead } else { Ending::EmptyRead }))
}

impl SocketSource for Procfs {
    fn name(&self) -> Source {
        Source::Procfs
    }

    fn begin(
        &mut self,
        _root: &ProcRoot,
        _namespaces: &[NetnsHandle],
        _plan: &Plan<'_>,
    ) -> Result<(), Error> {
        self.prefetched.clear();
        self.empty.clear();
        self.tcp_buckets.begin();
        Ok(())
    }

    fn add(&mut self, _root: &ProcRoot, _namespaces: &[NetnsHandle]) {}

    fn refusal(&self, root: &ProcRoot, netns: &NetnsHandle) -> Option<Fallback> {
        netns.can_read_tables(root).err()
    }

    fn provides(&self, kind: Kind) -> bool {
        kind.has_table()
    }

    fn is_automatic(&self, kind: Kind, netns: &NetnsHandle) -> bool {
        kind.has_table() && !netns.by_descriptors
    }

    fn prefetch(&mut self, request: &Request<'_>, ahead: Ahead<'_>) -> Prefetch {
        let kinds = request.kind.into();
        if !request.kind.has_table() {
            return Prefetch::Declined;
        }
        if self.empty.contains(request) {
            return Prefetch::Whole { kinds, bytes: 0 };
        }
        // For listeners, only the start of a table is read, which does not take long.
        if request.plan.is_listeners(request.kind) {
            return Prefetch::Full;
        }
        let key = (request.netns.id, request.kind);
        match self.prefetched.read(key, open(request), ahead) {
            Some(bytes) => Prefetch::Whole { kinds, bytes },
            None => Prefetch::Full,
        }
    }

    fn read(&mut self, request: &Request<'_>, sink: &mut Sink<'_>) -> Outcome {
        let Procfs { buffer, prefetched, empty, tcp_buckets, unix, text } = self;
        let (kind, kinds) = (request.kind, request.kind.into());
        if !kind.has_table() {
            let is_absent = registered::is_absent(request, text);
            return match is_absent || registered::is_empty(request, text) {
                true => Outcome::Absent,
                false => Outcome::Declined(Fallback::NoTable),
            };
        }
        // For listeners, only the start of the table is read.
        let whole = !request.plan.is_listeners(kind);
        let rows = sink.coverage.rows;
        let read = if empty.contains(request) {
            Ok(ControlFlow::Continue(()))
        } else {
            let input = match prefetched.take((request.netns.id, kind)) {
                Some(input) => Ok(input),
                None => open(request).map(Input::fresh),
            };
            match input {
                Err(errno) => Err(errno),
                Ok(input) => {
                    let is_capture = request.root.is_capture();
                    let captured = is_capture.then(|| Captured::new(kind, input.is_compressed()));
                    match captured.flatten() {
                        text if kind == Kind::Unix => unix.read(input, buffer, text, request, sink),
                        Some(text) => table::read(input, buffer, tcp_buckets, text, request, sink),
                        None => {
                            let text = Exact::default();
                            table::read(input, buffer, tcp_buckets, text, request, sink)
                        }
                    }
                }
            }
        };
        // Requested details, which no table has.
        if sink.coverage.rows > rows && !request.plan.details(kind).is_empty() {
            sink.coverage.without_details = sink.coverage.without_details | kinds;
        }
        if request.plan.wants_bound(kind) && read.as_ref().err() != Some(&Errno::NOENT) {
            sink.coverage.without_bound = sink.coverage.without_bound | kinds;
        }
        match read {
            Ok(flow) if flow.is_break() => Outcome::Stopped { kinds },
            Ok(_) => Outcome::Read { kinds, whole },
            Err(Errno::NOENT | Errno::SRCH)
                if request.netns.through_process && request.netns.has_moved(request.root) =>
            {
                Outcome::Vanished
            }
            Err(Errno::NOENT) => Outcome::Absent,
            Err(errno) => Outcome::Failed { kinds, failure: Failure::new(errno) },
        }
    }
}
