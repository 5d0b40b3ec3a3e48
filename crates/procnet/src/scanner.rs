//! What an agent keeps: built once, used for every refresh.

mod lookup;
mod pass;

use std::{cell::RefCell, ops::ControlFlow, sync::Arc};

use procnet_core::{ByteOrder, process::status::Uids};

pub use self::lookup::Lookup;
use self::pass::Pass;
use crate::{
    Budget, Coverage, Error, Filter, Kinds, Namespace, Netns, OwnedSocket, ProcRoot, Processes,
    Query, Socket, Visited, file,
    filter::{Facts, Looked},
    netns::Finder,
    owners::{Crew, Incremental, Join, OwnerTable},
    place::Place,
    source::{Ask, Sources, netlink::desk::Desk},
    visit::Visit,
};

/// Answers queries, and keeps between them what is costly to make: buffers, the directory
/// of /proc, the tables of owners.
///
/// ```
/// use procnet::{Kinds, Query, Scanner};
///
/// let mut scanner = Scanner::new()?;
/// let query = Query::new().kinds(Kinds::TCP);
/// for _refresh in 0..2 {
///     let mut with_owner = 0;
///     let coverage = scanner.visit(&query, |socket| with_owner += usize::from(!socket.owners.is_empty()))?;
///     println!("{} sockets, {with_owner} with an owner", coverage.sockets);
///     eprint!("{coverage}"); // what could not be seen
/// }
/// # Ok::<(), procnet::Error>(())
/// ```
#[derive(Debug)]
pub struct Scanner {
    root: Arc<ProcRoot>,
    order: ByteOrder,
    sources: Sources,
    desk: Desk,
    crew: Crew,
    owners: OwnerTable,
    /// Made when it is first asked for.
    incremental: Option<Incremental>,
    finder: Finder,
    /// Where the sockets of the last query were to be had.
    places: Vec<Place>,
    /// The text of a small file.
    pub(crate) text: Vec<u8>,
}

impl Scanner {
    /// A scanner of `$HOST_PROC`, else of `/proc`.
    ///
    /// # Errors
    ///
    /// If that is no directory.
    pub fn new() -> Result<Scanner, Error> {
        ProcRoot::from_env().map(Scanner::with_root)
    }

    /// A scanner of a given root.
    #[must_use]
    pub fn with_root(root: ProcRoot) -> Scanner {
        let root = Arc::new(root);
        Scanner {
            order: ByteOrder::NATIVE,
            sources: Sources::new(),
            desk: Desk::default(),
            crew: Crew::new(&root, None),
            owners: OwnerTable::default(),
            incremental: None,
            finder: Finder::default(),
            places: Vec::new(),
            text: Vec::new(),
            root,
        }
    }

    /// Reads addresses as those of a host of this byte order; for captures of other hosts.
    #[must_use]
    pub fn byte_order(mut self, order: ByteOrder) -> Scanner {
        self.order = order;
        self
    }

    /// Lets at most this many threads walk the processes, the caller's included.
    ///
    /// Unless told otherwise, as many as there are processors, but four at most; never more
    /// than fifteen. They are
    /// started when a host is first seen to have thousands of descriptors, are called
    /// `procnet-walk`, and sleep between refreshes.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Scanner {
        self.crew = Crew::new(&self.root, Some(threads));
        self
    }

    /// Lets it keep this much text of tables, in bytes, that is read while other threads walk
    /// the processes: some 150 bytes a socket. Unless told otherwise, 16 MiB.
    ///
    /// What does not fit is read after the walk. So on a host of a million sockets an answer
    /// with owners takes a fifth less time with 160 MiB; with 0, nothing is read meanwhile.
    #[must_use]
    pub fn read_ahead(mut self, bytes: usize) -> Scanner {
        self.sources.most_ahead = bytes;
        self
    }

    /// The byte order of the host whose tables are read.
    pub(crate) fn order(&self) -> ByteOrder {
        self.order
    }

    /// The root that it reads.
    #[must_use]
    pub fn root(&self) -> &ProcRoot {
        &self.root
    }

    /// Hands every socket that `query` asks for to `visitor`, as its row is decoded.
    ///
    /// The visitor returns nothing, or a [`ControlFlow`] to stop early. If owners are asked
    /// for, processes are walked first: a socket made after that is reported without owner.
    ///
    /// # Errors
    ///
    /// If nothing can be answered: the root holds no tables, none of the tables asked for
    /// can be read, or the process asked for does not exist or may not be looked at.
    /// Whatever else could not be seen is in the [`Coverage`].
    pub fn visit<F, R>(&mut self, query: &Query, visitor: F) -> Result<Coverage, Error>
    where
        F: FnMut(&Socket<'_>) -> R,
        R: Visited,
    {
        let mut coverage = Coverage::default();
        self.sources.clear();
        let facts = &Facts::of(query, &self.root, &mut self.text);
        let by_owners = query.filter.as_deref().is_some_and(Filter::needs_owners);
        let visit = Visit { query, facts, by_owners, visitor };
        match query.incremental {
            Some(budget) if query.owners && query.pid.is_none() => {
                self.visit_incremental(visit, budget, &mut coverage)?;
            }
            _ => self.visit_full(visit, &mut coverage)?,
        }
        Ok(coverage)
    }

    /// Looks for owners, as far as the query needs them, and then hands on each row.
    fn visit_full<R: Visited>(
        &mut self,
        mut visit: Visit<'_, impl FnMut(&Socket<'_>) -> R>,
        coverage: &mut Coverage,
    ) -> Result<(), Error> {
        self.walk(visit.query, visit.facts, coverage)?;
        let Scanner { root, order, sources, owners, places, .. } = self;
        let (query, owners) = (visit.query, &*owners);
        let pass = Pass { query, facts: visit.facts, root, order: *order, places };
        let looks = query.needs_owners() || query.pid.is_some();
        let is_whole = coverage.processes.as_ref().is_some_and(Processes::is_whole);
        let looked = if is_whole { Looked::AtAll } else { Looked::AtSome };
        pass.each(
            sources,
            coverage,
            owners,
            |ask| ask,
            |coverage, socket| {
                if !visit.wants(coverage, &socket) {
                    return ControlFlow::Continue(());
                }
                let join = match looks {
                    true => Join::Full(owners),
                    false => Join::None,
                };
                let owners = socket.inode.map(|inode| join.of(inode)).unwrap_or_default();
                if query.pid.is_some() && owners.is_empty() {
                    return ControlFlow::Continue(());
                }
                let asked = query.owners || query.pid.is_some();
                if !asked && !visit.by_owners {
                    return visit.hand_over(coverage, &socket);
                }
                let owned = socket.joined(owners, join);
                if !visit.takes(coverage, &owned, looked) {
                    return ControlFlow::Continue(());
                }
                visit.hand_over(coverage, if asked { &owned } else { &socket })
            },
        )
        .map(drop)
    }

    /// Hands on each row whose owners are known, looks for those of the others, and hands
    /// them on.
    fn visit_incremental<R: Visited>(
        &mut self,
        mut visit: Visit<'_, impl FnMut(&Socket<'_>) -> R>,
        budget: Budget,
        coverage: &mut Coverage,
    ) -> Result<(), Error> {
        let query = visit.query;
        self.find(query, coverage)?;
        let Scanner { root, order, sources, crew, incremental, places, .. } = self;
        sources.begin(query, root, places);
        let kept = incremental.get_or_insert_with(|| Incremental::new(crew.is_sized()));
        kept.begin(root, budget, query.process_uids)?;
        let cell = RefCell::new(&mut *kept);
        let pass = Pass { query, facts: visit.facts, root, order: *order, places };
        // What is not asked for is noted all the same, as sockets that live on.
        let read = pass.each(sources, coverage, &cell, Ask::unfiltered, |coverage, socket| {
            let mut kept = cell.borrow_mut();
            // Also one that is not wanted is known to live on.
            let wanted = visit.wants(coverage, &socket);
            if !wanted {
                kept.keep(&socket);
                return ControlFlow::Continue(());
            }
            let looked = kept.looked();
            let Some(socket) = kept.note(socket) else { return ControlFlow::Continue(()) };
            if !visit.takes(coverage, &socket, looked) {
                return ControlFlow::Continue(());
            }
            visit.hand_over(coverage, &socket)
        });
        // The books are closed also where there is no answer.
        let (complete, stopped) =
            read.as_ref().map_or((Kinds::NONE, true), |read| (read.complete, read.stopped));
        kept.settle(root, complete);
        if !stopped {
            let looked = kept.looked();
            let _ = kept.waited(|socket| {
                if visit.takes(coverage, &socket, looked) {
                    visit.hand_over(coverage, &socket)
                } else {
                    ControlFlow::Continue(())
                }
            });
        }
        let (processes, left_out) = kept.report();
        (coverage.processes, coverage.left_out) = (Some(processes), left_out);
        read.map(drop)
    }

    /// All sockets that `query` asks for, to keep.
    ///
    /// # Errors
    ///
    /// As for [`visit`](Scanner::visit).
    pub fn collect(&mut self, query: &Query) -> Result<Answer, Error> {
        let mut sockets = Vec::new();
        let coverage = self.visit(query, |socket| sockets.push(socket.to_owned()))?;
        Ok(Answer { sockets, coverage })
    }

    /// The pids of all processes that can be seen, in the order of the listing.
    ///
    /// # Errors
    ///
    /// If the root cannot be listed.
    pub fn pids(&mut self) -> Result<Vec<u32>, Error> {
        let mut pids = Vec::new();
        self.root.list_pids(&mut self.text, &mut pids)?;
        Ok(pids)
    }

    /// The four users of a process.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchProcess`](crate::ErrorKind::NoSuchProcess), or why its `status`
    /// cannot be read.
    pub fn process_uids(&mut self, pid: u32) -> Result<Uids, Error> {
        let path = file::path(format_args!("{pid}/status"));
        let read = file::read_small(self.root.dir(), &path, &mut self.text);
        let status = read.map_err(|errno| self.root.process_error(&path, errno))?;
        Uids::decode(status).map_err(|error| Error::decode(self.root.path_of(&path), None, error))
    }

    /// Every network namespace that can be found, the root's own first: what
    /// [`Netns::All`] asks for.
    ///
    /// Those that are only held by a descriptor are found once processes were walked for owners.
    ///
    /// # Errors
    ///
    /// If the root cannot be listed.
    pub fn namespaces(&mut self) -> Result<Vec<Namespace>, Error> {
        self.find(&Query::new().netns(Netns::All), &mut Coverage::default())?;
        Ok(self.places.iter().map(|place| place.namespace.clone()).collect())
    }

    /// Finds the places whose sockets a query asks for.
    fn find(&mut self, query: &Query, coverage: &mut Coverage) -> Result<(), Error> {
        let Scanner { root, crew, incremental, finder, places, text, .. } = self;
        places.clear();
        // Unless told otherwise, a process is looked at where it is.
        let of_process = query.pid.map(Netns::Pid);
        match query.netns.as_ref().or(of_process.as_ref()).unwrap_or(&Netns::Own) {
            Netns::Own => places.push(Place::of_host(root)?),
            Netns::Pid(pid) => places.push(Place::of_process(root, *pid, text)?),
            Netns::Path(path) => places.push(finder.at(root, path)?),
            Netns::All => {
                match Place::of_host(root) {
                    Ok(place) => places.push(place),
                    Err(error) => match error.failure() {
                        Some(failure) => coverage.namespaces.hide(&Namespace::default(), failure),
                        None => return Err(error),
                    },
                }
                let held = match incremental {
                    Some(kept) if query.incremental.is_some() => kept.held(),
                    _ => crew.held(),
                };
                coverage.namespaces.untold = finder.find(root, held, places)?;
            }
        }
        Ok(())
    }

    /// Finds the places, and looks for owners as far as the query needs them; meanwhile reads
    /// ahead.
    fn walk(
        &mut self,
        query: &Query,
        facts: &Facts<'_>,
        coverage: &mut Coverage,
    ) -> Result<(), Error> {
        self.find(query, coverage)?;
        let Scanner { root, order, sources, crew, owners, places, finder, .. } = self;
        sources.begin(query, root, places);
        let uids = query.process_uids;
        if let Some(pid) = query.pid {
            coverage.processes = Some(crew.one(pid, uids, owners)?);
            return Ok(());
        }
        if !query.needs_owners() {
            owners.clear();
            return Ok(());
        }
        let helped = crew.begin(uids, owners)?;
        if helped && query.limit.is_none() {
            let pass = Pass { query, facts, root, order: *order, places };
            let tables = places.iter().take(1).flat_map(|place| pass.tables(place));
            sources.read_ahead(query, facts, root, places, tables);
        }
        coverage.processes = Some(crew.finish(owners));
        if query.netns == Some(Netns::All) {
            let known = places.len();
            finder.add(root, crew.held(), places);
            sources.enter(query, root, places.get(known..).unwrap_or_default());
        }
        Ok(())
    }
}

/// Sockets to keep, and what they cover.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The sockets, in the order in which the kernel gave them.
    pub sockets: Vec<OwnedSocket>,
    /// What could not be seen.
    pub coverage: Coverage,
}
