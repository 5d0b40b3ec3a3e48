//! What an agent keeps: built once, used for every refresh.

use std::{cell::RefCell, ops::ControlFlow, sync::Arc};

use procnet_core::{ByteOrder, process::status::Uids};

use crate::{
    Budget, Coverage, Error, OwnedSocket, Owners, ProcRoot, Query, Socket, Visited,
    file::{self, RelativePath},
    owners::{Crew, Incremental, OwnerTable},
    source::{
        netlink::{Ask, Netlink},
        procfs::{Procfs, Table},
    },
    visit::{self, Visit},
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
    procfs: Procfs,
    netlink: Netlink,
    crew: Crew,
    owners: OwnerTable,
    /// Made when it is first asked for.
    incremental: Option<Incremental>,
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
            procfs: Procfs::new(),
            netlink: Netlink::default(),
            crew: Crew::new(&root, None),
            owners: OwnerTable::default(),
            incremental: None,
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
        self.procfs.ahead.most = bytes;
        self
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
        self.procfs.clear();
        let visit = Visit { query, visitor };
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
        let (net, ask) = self.walk(visit.query, coverage)?;
        let Scanner { root, order, procfs, netlink, owners, .. } = self;
        let query = visit.query;
        let tables = query.tables(root, &net, *order);
        let owners = &*owners;
        let read =
            visit::tables((procfs, netlink), &ask, tables, coverage, owners, |coverage, socket| {
                if !visit.wants(&socket) {
                    return ControlFlow::Continue(());
                }
                let owners = match socket.inode {
                    Some(inode) if query.owners || query.pid.is_some() => owners.of(inode),
                    _ => Owners::default(),
                };
                if query.pid.is_some() && owners.is_empty() {
                    return ControlFlow::Continue(());
                }
                visit.hand_over(coverage, Socket { owners, ..socket })
            });
        read.answer(query, coverage, root, &net)
    }

    /// Hands on each row whose owners are known, looks for those of the others, and hands
    /// them on.
    fn visit_incremental<R: Visited>(
        &mut self,
        mut visit: Visit<'_, impl FnMut(&Socket<'_>) -> R>,
        budget: Budget,
        coverage: &mut Coverage,
    ) -> Result<(), Error> {
        let Scanner { root, order, procfs, netlink, crew, incremental, .. } = self;
        let net = root.host_net()?;
        let ask = netlink.begin(visit.query, root, &net, coverage)?;
        // What is not asked for is noted all the same, as sockets that live on.
        let ask = ask.unfiltered();
        let kept = incremental.get_or_insert_with(|| Incremental::new(crew.is_sized()));
        kept.begin(root, budget, visit.query.process_uids)?;
        let tables = visit.query.tables(root, &net, *order);
        let cell = RefCell::new(&mut *kept);
        let read =
            visit::tables((procfs, netlink), &ask, tables, coverage, &cell, |coverage, socket| {
                let mut kept = cell.borrow_mut();
                // Also one that is not wanted is known to live on.
                let wanted = visit.wants(&socket);
                if !wanted {
                    kept.keep(&socket);
                    return ControlFlow::Continue(());
                }
                match kept.note(&socket) {
                    Some(owners) => visit.hand_over(coverage, Socket { owners, ..socket }),
                    None => ControlFlow::Continue(()),
                }
            });
        kept.settle(root, read.complete);
        if !read.stopped {
            let _ = kept.waited(|socket| visit.hand_over(coverage, socket));
        }
        let (processes, left_out) = kept.report();
        (coverage.processes, coverage.left_out) = (Some(processes), left_out);
        read.answer(visit.query, coverage, root, &net)
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

    /// Looks for owners, as far as the query needs them, and says where the tables are, and
    /// which of them to ask socket diagnostics for.
    fn walk<'q>(
        &mut self,
        query: &'q Query,
        coverage: &mut Coverage,
    ) -> Result<(RelativePath, Ask<'q>), Error> {
        let Scanner { root, order, procfs, netlink, crew, owners, text, .. } = self;
        let uids = query.process_uids;
        if let Some(pid) = query.pid {
            let net = root.process_net(pid, text)?;
            let ask = netlink.begin(query, root, &net, coverage)?;
            coverage.processes = Some(crew.one(pid, uids, owners)?);
            return Ok((net, ask));
        }
        let net = root.host_net()?;
        let ask = netlink.begin(query, root, &net, coverage)?;
        if query.owners {
            let helped = crew.begin(uids, owners)?;
            if helped && query.limit.is_none() {
                let tables = query.tables(root, &net, *order);
                procfs.read_ahead(tables.filter(|table| !ask.kinds.contains(table.kind)));
            }
            coverage.processes = Some(crew.finish(owners));
        } else {
            owners.clear();
        }
        Ok((net, ask))
    }
}

impl Query {
    /// The tables that hold what is asked for.
    fn tables<'q>(
        &self,
        root: &'q ProcRoot,
        net: &'q [u8],
        order: ByteOrder,
    ) -> impl Iterator<Item = Table<'q>> {
        let listening = self.listening;
        self.kinds.iter().map(move |kind| {
            let listeners = kind.is_tcp() && listening;
            Table { root, net, kind, order, listeners }
        })
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
