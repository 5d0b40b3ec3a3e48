//! One visit, from its query to its coverage.

use std::ops::ControlFlow;

use procnet_core::ByteOrder;

use super::Scanner;
use crate::{
    Coverage, Error, ErrorKind, Kind, Kinds, Netns, ProcRoot, Query, Socket, Source,
    coverage::Fallback,
    netns::{Namespace, NetnsHandle},
    owners::{Incremental, OtherOwners, OwnerDetails, OwnerSource},
    plan::Plan,
    sink::{OwnerIndex, Sink},
    source::{Outcome, Request, Sources, TablesRead},
};

impl Scanner {
    /// Finds the namespaces, walks processes as far as owners are needed, and has the sources
    /// report their sockets to a sink.
    pub(super) fn run(
        &mut self,
        query: &Query,
        visitor: &mut dyn FnMut(&Socket<'_>) -> ControlFlow<()>,
    ) -> Result<Coverage, Error> {
        if let Some(why) = query.contradiction() {
            return Err(Error::invalid_query(self.root.path(), why));
        }
        let simplified = self.simplified.of(query);
        let plan = &Plan::new(query, &simplified, &self.root, &mut self.text);
        let mut coverage = Coverage::default();
        self.find_namespaces(query, &mut coverage)?;
        self.sources.begin(&self.root, plan, &self.namespaces)?;
        match query.kept_owners() {
            Some(budget) => {
                let sized = self.pool.is_sized();
                let kept = self.incremental.get_or_insert_with(|| Incremental::new(sized));
                kept.begin(&self.root, budget, OwnerDetails::of(query))?;
            }
            None => self.walk(plan, &mut coverage)?,
        }
        if query.netns == Some(Netns::All) {
            self.sources.find(&mut self.namespaces);
        }
        let Scanner {
            root,
            order,
            sources,
            owners,
            other_tables,
            incremental,
            namespaces,
            seen,
            ..
        } = self;
        let owners = match incremental {
            Some(kept) if query.kept_owners().is_some() => OwnerIndex::Cache(kept),
            _ if plan.needs_owners() || query.pid.is_some() => {
                OwnerIndex::Table(owners, OtherOwners { tables: other_tables, root })
            }
            _ => OwnerIndex::None,
        };
        let mut sink = Sink::new(plan, seen, owners, coverage, visitor);
        if plan.kinds.contains(Kind::Unix) && sources.reads_text(Kind::Unix) {
            sink.note_inodes();
        }
        let (mut whole, mut stopped, mut answer) = (plan.kinds, false, Ok(()));
        for netns in &*namespaces {
            if let Some(fallback) = sources.refusal(root, netns) {
                if namespaces.len() == 1 {
                    answer = Err(refused(root, query, netns, fallback));
                }
                sink.coverage.namespaces.hide(&netns.namespace, fallback.failure());
                whole = Kinds::NONE;
                continue;
            }
            sink.next_namespace(query.netns.is_some().then_some(&netns.namespace));
            let mut tables = TablesRead::default();
            for request in requests(plan, root, *order, netns) {
                if tables.is_done(request.kind) {
                    continue;
                }
                let mut last = (query.source, Outcome::Declined(Fallback::Unsupported));
                for source in sources.asked_mut(&request) {
                    last = (source.name(), source.read(&request, &mut sink));
                    let Outcome::Declined(fallback) = last.1 else { break };
                    let is_reported = query.source == Source::Auto || !request.kind.has_table();
                    if is_reported && !netns.by_descriptors {
                        sink.coverage.add_fallback(request.kind, fallback);
                    }
                }
                if netns.by_descriptors && matches!(last.1, Outcome::Declined(_)) {
                    // That it cannot be entered is said once.
                    continue;
                }
                tables.note(request.kind, last.0, last.1, &mut sink.coverage);
                if matches!(last.1, Outcome::Absent) && !is_known_absent(root, netns, request.kind)
                {
                    let not_captured = &mut sink.coverage.not_captured;
                    *not_captured = *not_captured | request.kind.into();
                }
                if tables.is_over() {
                    break;
                }
            }
            let visited = &mut sink.coverage.namespaces;
            *if tables.vanished { &mut visited.vanished } else { &mut visited.visited } += 1;
            visited.by_descriptors += u64::from(netns.by_descriptors);
            if namespaces.len() == 1 {
                answer = answer_of(&tables, sources, plan, root, netns, &sink.coverage);
            }
            whole = whole & tables.whole;
            stopped |= tables.stopped;
            if stopped || answer.is_err() {
                break;
            }
        }
        // The cache of owners is brought up to date even if there is no answer.
        if let Some(kept) = sink.cache() {
            kept.settle(root, if answer.is_ok() { whole } else { Kinds::NONE });
        }
        if !stopped && answer.is_ok() {
            sink.waiting();
        }
        let mut coverage = sink.coverage;
        coverage.foreign = sources.client.lock().take_foreign();
        if let Some(kept) = incremental.as_mut().filter(|_| query.kept_owners().is_some()) {
            let (processes, left_out) = kept.report(coverage.ownerless > 0);
            let processes = processes.of(root);
            (coverage.processes, coverage.left_out) = (Some(processes), left_out);
        }
        answer.map(|()| coverage)
    }

    /// The network namespace of a selection that is not [`Netns::All`].
    pub(crate) fn one_namespace(&mut self, netns: &Netns) -> Result<NetnsHandle, Error> {
        let Scanner { root, finder, text, .. } = self;
        match netns {
            Netns::Own | Netns::All => NetnsHandle::of_host(root),
            Netns::Pid(pid) => NetnsHandle::of_process(root, *pid, text),
            Netns::Path(path) => finder.at(root, path),
        }
    }

    /// Finds the network namespaces that a query selects.
    pub(super) fn find_namespaces(
        &mut self,
        query: &Query,
        coverage: &mut Coverage,
    ) -> Result<(), Error> {
        self.namespaces.clear();
        // By default, the namespace of a process is its own.
        let of_process = query.pid.map(Netns::Pid);
        match query.netns.as_ref().or(of_process.as_ref()).unwrap_or(&Netns::Own) {
            Netns::All => {
                let Scanner { root, pool, incremental, finder, namespaces, .. } = self;
                match NetnsHandle::of_host(root) {
                    Ok(netns) => namespaces.push(netns),
                    Err(error) => match error.failure() {
                        Some(failure) => coverage.namespaces.hide(&Namespace::default(), failure),
                        None => return Err(error),
                    },
                }
                let holders = match incremental {
                    Some(kept) if query.kept_owners().is_some() => kept.netns_holders(),
                    _ => pool.netns_holders(),
                };
                coverage.namespaces.unknown = finder.find(root, holders, namespaces)?;
                coverage.namespaces.unlisted = finder.lacks_processes(root);
                coverage.namespaces.contained = root.is_contained();
            }
            one => {
                let netns = self.one_namespace(one)?;
                if let (Netns::Pid(pid), Some(net)) = (one, &netns.net) {
                    let is_known = self.root.shows_network_of(*pid, net);
                    coverage.namespaces.unknown = u64::from(!is_known);
                }
                self.namespaces.push(netns);
            }
        }
        Ok(())
    }

    /// Walks processes, as far as owners are needed, and reads tables meanwhile.
    fn walk(&mut self, plan: &Plan<'_>, coverage: &mut Coverage) -> Result<(), Error> {
        let Scanner {
            root, order, sources, pool, owners, other_tables, namespaces, finder, ..
        } = self;
        let query = plan.query;
        if let Some(pid) = query.pid {
            coverage.processes = Some(pool.one(pid, OwnerDetails::of(query), owners)?.of(root));
            pool.begin_other_tables(other_tables);
            return Ok(());
        }
        if !plan.needs_owners() {
            owners.clear();
            return Ok(());
        }
        let details = OwnerDetails::of(query);
        // A pass that is made for rows shows owners, too.
        let source = sources.that_passes().filter(|_| query.owner_source != OwnerSource::Walk);
        let passed = match source {
            Some(source) => pool.by_rows(details, owners, |each| source.find_owners(each))?,
            None => None,
        };
        let processes = match passed {
            Some(processes) => {
                if query.source == Source::Auto {
                    pool.load_program();
                }
                processes
            }
            None => {
                let is_shared = pool.begin(details, query.owner_source, owners)?;
                if is_shared && query.limit.is_none() {
                    let all = namespaces.iter();
                    let requests = all.flat_map(|netns| requests(plan, root, *order, netns));
                    sources.prefetch(requests, &|| pool.is_busy());
                }
                pool.finish(owners)
            }
        };
        coverage.processes = Some(processes.of(root));
        pool.begin_other_tables(other_tables);
        if query.netns == Some(Netns::All) {
            let known = namespaces.len();
            finder.add(root, pool.netns_holders(), namespaces);
            sources.add(root, namespaces.get(known..).unwrap_or_default());
        }
        Ok(())
    }
}

/// The tables of a network namespace that hold sockets the query selects.
fn requests<'q>(
    plan: &'q Plan<'q>,
    root: &'q ProcRoot,
    order: ByteOrder,
    netns: &'q NetnsHandle,
) -> impl Iterator<Item = Request<'q>> {
    // Sockets that the query excludes are tracked nevertheless, as sockets that still exist.
    let unfiltered = plan.query.kept_owners().is_some();
    plan.kinds.iter().map(move |kind| Request { plan, root, order, netns, kind, unfiltered })
}

/// Whether the host does not have a table, and not only the capture.
fn is_known_absent(root: &ProcRoot, netns: &NetnsHandle, kind: Kind) -> bool {
    let path = netns.net.as_ref().map(|net| [&net[..], b"/", kind.name().as_bytes()].concat());
    root.is_live() || !kind.has_table() || path.is_some_and(|path| root.manifest().is_absent(&path))
}

/// The error, if not a single table of the only namespace could be read: that is not an answer.
fn answer_of(
    tables: &TablesRead,
    sources: &Sources,
    plan: &Plan<'_>,
    root: &ProcRoot,
    netns: &NetnsHandle,
    coverage: &Coverage,
) -> Result<(), Error> {
    let unread = coverage.unreadable.len() + coverage.absent.iter().count();
    match tables.failure {
        Some((name, kind, failure))
            if coverage.rows == 0 && unread == plan.kinds.iter().count() =>
        {
            let path = netns.path_of(root, &sources.file_name(name, kind));
            if let Some(fallback) = coverage.why_unread(kind) {
                return Err(Error::unlisted(path, fallback));
            }
            let error = Error::io(path, crate::coverage::errno(failure));
            let is_netlink = plan.query.source == Source::Netlink;
            Err(if is_netlink { error.with_kind(ErrorKind::NoNetlink) } else { error })
        }
        // A capture without any of the tables.
        _ if coverage.not_captured == plan.kinds => match plan.kinds.iter().next() {
            Some(first) => {
                Err(Error::new(ErrorKind::NotCaptured, netns.path_of(root, first.name())))
            }
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// The error, if no source can read the only namespace at all.
#[cold]
fn refused(root: &ProcRoot, query: &Query, netns: &NetnsHandle, fallback: Fallback) -> Error {
    let is_netlink = query.source == Source::Netlink;
    let kind = if is_netlink { ErrorKind::NoNetlink } else { ErrorKind::PermissionDenied };
    let errno = crate::coverage::errno(fallback.failure());
    Error::io(netns.path_of(root, ""), errno).with_kind(kind)
}
