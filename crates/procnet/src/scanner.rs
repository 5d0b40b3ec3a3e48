//! What an agent keeps: built once, used for every refresh.

use std::{ops::ControlFlow, sync::Arc};

use procnet_core::{ByteOrder, State, process::status::Uids};
use rustix::io::Errno;

use crate::{
    Coverage, Error, Kind, OwnedSocket, ProcRoot, Query, Socket,
    coverage::{Failure, Source},
    file::{self, RelativePath},
    owners::{Crew, OwnerTable},
    source::procfs::{Procfs, Table},
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
    crew: Crew,
    owners: OwnerTable,
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
            crew: Crew::new(&root, None),
            owners: OwnerTable::default(),
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
    /// Unless told otherwise, as many as there are processors, but four at most. They are
    /// started when a host is first seen to have thousands of descriptors, are called
    /// `procnet-walk`, and sleep between refreshes.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Scanner {
        self.crew = Crew::new(&self.root, Some(threads));
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
    pub fn visit<F, R>(&mut self, query: &Query, mut visitor: F) -> Result<Coverage, Error>
    where
        F: FnMut(&Socket<'_>) -> R,
        R: Visited,
    {
        let mut coverage = Coverage { source: Source::Procfs, ..Coverage::default() };
        let net = self.walk(query, &mut coverage)?;
        let Scanner { root, order, procfs, owners, .. } = self;
        let mut last_failure = None;
        for table in query.tables(root, &net, *order) {
            let kind = table.kind;
            let is_owned = |inode| !owners.of(inode).is_empty();
            let flow = procfs.table(&table, &mut coverage, is_owned, |coverage, socket| {
                if !is_wanted(query, &socket) {
                    return ControlFlow::Continue(());
                }
                let found = socket.inode.map(|inode| owners.of(inode)).unwrap_or_default();
                let socket = Socket { owners: found, ..socket };
                if query.pid.is_some() && socket.owners.is_empty() {
                    return ControlFlow::Continue(());
                }
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
                visitor(&socket).flow()
            });
            match flow {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => break,
                Err(Errno::NOENT) => coverage.absent = coverage.absent | kind.into(),
                Err(errno) => {
                    last_failure = Some((kind, errno));
                    coverage.unreadable.push((kind, Failure::new(errno)));
                }
            }
        }
        match last_failure {
            // Not one table: that is no answer.
            Some((kind, errno)) if coverage.rows == 0 && unread(&coverage, query) => {
                let net = String::from_utf8_lossy(&net);
                let path = file::path(format_args!("{net}/{kind}"));
                Err(Error::io(self.root.path_of(&path), errno))
            }
            _ => Ok(coverage),
        }
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

    /// Looks for owners, as far as the query needs them, and says where the tables are.
    fn walk(&mut self, query: &Query, coverage: &mut Coverage) -> Result<RelativePath, Error> {
        let Scanner { root, order, procfs, crew, owners, text, .. } = self;
        procfs.clear();
        let uids = query.process_uids;
        if let Some(pid) = query.pid {
            let net = root.process_net(pid, text)?;
            coverage.processes = Some(crew.one(pid, uids, owners)?);
            return Ok(net);
        }
        let net = root.host_net()?;
        if query.owners {
            let helped = crew.begin(uids)?;
            if helped && query.limit.is_none() {
                procfs.read_ahead(query.tables(root, &net, *order));
            }
            coverage.processes = Some(crew.finish(owners));
        } else {
            owners.clear();
        }
        Ok(net)
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

/// Whether a socket passes the query's filters.
fn is_wanted(query: &Query, socket: &Socket<'_>) -> bool {
    let waits = match socket.kind {
        Kind::Tcp | Kind::Tcp6 | Kind::Unix => State::LISTEN,
        _ => State::CLOSE,
    };
    query.wants(socket.state) && (!query.listening || socket.state == waits)
}

/// Whether every table that was asked for could not be read.
fn unread(coverage: &Coverage, query: &Query) -> bool {
    coverage.unreadable.len() + coverage.absent.iter().count() == query.kinds.iter().count()
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
