//! The state an agent keeps: created once, and used for every refresh.

mod run;

use std::{ops::ControlFlow, sync::Arc};

use procnet_core::{ByteOrder, process::status::Uids};

use crate::{
    Coverage, Error, Netns, ProcRoot, Query, Socket,
    bpf::SharedLoader,
    conntrack::Ctnetlink,
    file,
    filter::LastSimplified,
    netns::{Finder, Namespace, NetnsHandle},
    owners::{Incremental, OtherTables, OwnerTable, WalkerPool},
    sink::Seen,
    socket::KeptSockets,
    source::Sources,
    visit::{Answer, VisitResult},
};

/// Answers queries. It keeps what is costly to set up from one query to the next: buffers, the open
/// directory of /proc, the tables of owners.
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
    pub(crate) root: Arc<ProcRoot>,
    order: ByteOrder,
    loader: SharedLoader,
    pub(crate) sources: Sources,
    simplified: LastSimplified,
    /// The sockets reported during this visit.
    seen: Seen,
    pub(crate) pool: WalkerPool,
    pub(crate) owners: OwnerTable,
    pub(crate) other_tables: OtherTables,
    /// Created at the first use.
    incremental: Option<Incremental>,
    finder: Finder,
    /// The network namespaces of the last query.
    namespaces: Vec<NetnsHandle>,
    /// The client of connection tracking.
    pub(crate) conntrack: Ctnetlink,
    /// The socket of the last lookup.
    pub(crate) found: KeptSockets,
    /// The content of a small file.
    pub(crate) text: Vec<u8>,
}

impl Scanner {
    /// A scanner of `$HOST_PROC`, by default of `/proc`.
    ///
    /// # Errors
    ///
    /// If that is not a directory.
    pub fn new() -> Result<Scanner, Error> {
        ProcRoot::from_env().map(Scanner::with_root)
    }

    /// A scanner of the given root.
    #[must_use]
    pub fn with_root(root: ProcRoot) -> Scanner {
        let root = Arc::new(root);
        let loader = SharedLoader::default();
        Scanner {
            order: root.manifest().order.unwrap_or(ByteOrder::NATIVE),
            sources: Sources::new(&loader),
            simplified: LastSimplified::default(),
            seen: Seen::default(),
            pool: WalkerPool::new(&root, None, &loader),
            owners: OwnerTable::default(),
            other_tables: OtherTables::new(),
            incremental: None,
            finder: Finder::default(),
            namespaces: Vec::new(),
            conntrack: Ctnetlink::default(),
            found: KeptSockets::default(),
            text: Vec::new(),
            root,
            loader,
        }
    }

    /// Sets the byte order in which addresses are read; for captures of other hosts. The default is
    /// the one that [the capture records](crate::capture::write), else that of this machine.
    #[must_use]
    pub fn byte_order(mut self, order: ByteOrder) -> Scanner {
        self.order = order;
        self
    }

    /// Sets the maximum number of threads that walk the processes, including the caller's.
    ///
    /// The default is the number of processors, but at most four; the maximum is fifteen. The
    /// threads are started at the first visit of a host with thousands of descriptors, are named
    /// `procnet-walk`, and sleep between refreshes. Another one, `procnet-receive`, takes their
    /// place after the walk if much of a dump is left.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Scanner {
        self.pool = WalkerPool::new(&self.root, Some(threads), &self.loader);
        self
    }

    /// Sets the maximum number of bytes of tables and dumps that are read while other threads walk
    /// the processes: about 120 bytes for a socket from sock_diag, or 20 after the first 4 MiB, as
    /// dumps are then kept compressed; 150 from /proc. The default is 16 MiB.
    ///
    /// Whatever does not fit is read after the walk; a dump, in another thread while this one
    /// reports sockets. On a host with a million sockets, 160 MiB make an answer with owners from
    /// /proc a fifth faster; with 0, nothing is read during the walk.
    #[must_use]
    pub fn read_ahead(mut self, bytes: usize) -> Scanner {
        self.sources.read_ahead = bytes;
        self
    }

    /// Sets whether long dumps of sock_diag are received in another thread, `procnet-receive`, while
    /// the visitor runs.
    ///
    /// It pays if the visitor takes its time, for example to print: the kernel lists a socket in
    /// about as much time as it takes to print it. By default, only what is left of a dump after a
    /// walk is received this way.
    #[must_use]
    pub fn receive_in_thread(self, in_thread: bool) -> Scanner {
        self.sources.client.lock().receives_in_thread = in_thread;
        self
    }

    pub(crate) fn loader(&self) -> &SharedLoader {
        &self.loader
    }

    /// The byte order of the host whose tables are read.
    pub(crate) fn order(&self) -> ByteOrder {
        self.order
    }

    /// The root it reads.
    #[must_use]
    pub fn root(&self) -> &ProcRoot {
        &self.root
    }

    /// Passes every socket that matches `query` to `visitor` as it is decoded.
    ///
    /// The visitor returns nothing, a [`ControlFlow`] to stop early, or a [`Result`] to stop at an
    /// error; the caller receives the value it stopped with beside the [`Coverage`]: see
    /// [`VisitResult`]. If owners are requested, processes are walked first: a socket created after
    /// that is reported without an owner.
    ///
    /// ```
    /// use procnet::{Kinds, Query, Scanner};
    /// use std::ops::ControlFlow;
    ///
    /// let query = Query::new().kinds(Kinds::TCP).listening().owners(false);
    /// let (_coverage, port) = Scanner::new()?.visit(&query, |socket| match socket.local() {
    ///     Some(local) if local.port() >= 1024 => ControlFlow::Break(local.port()),
    ///     _ => ControlFlow::Continue(()),
    /// })?;
    /// println!("{port:?}");
    /// # Ok::<(), procnet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no answer: the root has no tables, none of the requested tables can be read, or
    /// the requested process does not exist or may not be read; or if the options of the query
    /// contradict each other ([`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery)).
    /// Anything else that could not be seen is in the [`Coverage`].
    pub fn visit<F, R>(
        &mut self,
        query: &Query,
        mut visitor: F,
    ) -> Result<R::Output<Coverage>, Error>
    where
        F: FnMut(&Socket<'_>) -> R,
        R: VisitResult,
    {
        let mut stopped = None;
        let coverage = self.run(query, &mut |socket| match visitor(socket).into_flow() {
            ControlFlow::Continue(()) => ControlFlow::Continue(()),
            ControlFlow::Break(value) => {
                stopped = Some(value);
                ControlFlow::Break(())
            }
        })?;
        Ok(R::output(coverage, stopped))
    }

    /// Collects all sockets that match `query`.
    ///
    /// # Errors
    ///
    /// As for [`visit`](Scanner::visit).
    pub fn collect(&mut self, query: &Query) -> Result<Answer, Error> {
        let mut sockets = Vec::new();
        let coverage = self.visit(query, |socket| sockets.push(socket.to_owned()))?;
        Ok(Answer { sockets, coverage })
    }

    /// The pids of all visible processes, in the order of the listing.
    ///
    /// # Errors
    ///
    /// If the root cannot be listed.
    pub fn pids(&mut self) -> Result<Vec<u32>, Error> {
        let mut pids = Vec::new();
        self.root.list_pids(&mut self.text, &mut pids)?;
        Ok(pids)
    }

    /// The four user ids of a process.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchProcess`](crate::ErrorKind::NoSuchProcess), or the reason why its
    /// `status` cannot be read.
    pub fn process_uids(&mut self, pid: u32) -> Result<Uids, Error> {
        let path = file::path(format_args!("{pid}/status"));
        let read = file::read_small(self.root.dir(), &path, &mut self.text);
        let status = read.map_err(|errno| self.root.process_error(&path, errno))?;
        Uids::decode(status).map_err(|error| Error::decode(self.root.path_of(&path), None, error))
    }

    /// The network namespaces of the last query.
    pub(crate) fn visited_namespaces(&self) -> &[NetnsHandle] {
        &self.namespaces
    }

    /// Every network namespace that can be found, the root's own first: those that [`Netns::All`]
    /// selects.
    ///
    /// Namespaces held only by a descriptor are found once processes have been walked for owners.
    ///
    /// # Errors
    ///
    /// If the root cannot be listed.
    pub fn namespaces(&mut self) -> Result<Vec<Namespace>, Error> {
        self.find_namespaces(&Query::new().netns(Netns::All), &mut Coverage::default())?;
        Ok(self.namespaces.iter().map(|netns| netns.namespace.clone()).collect())
    }
}
