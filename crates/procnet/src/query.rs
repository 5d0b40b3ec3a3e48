//! Which sockets to visit, and what to report about them.

mod contradiction;

use std::sync::Arc;

use procnet_core::State;

use crate::{
    Filter, Kinds, Netns, Source,
    details::Details,
    owners::{Budget, OwnerDetails, OwnerSource},
};

/// Which sockets to visit, and what to report about them.
///
/// By default: TCP, UDP and unix sockets ([`Kinds::DEFAULT`]) in the network namespace of the host
/// (or of the calling thread), with their owners.
///
/// ```
/// use procnet::{Kinds, Query, State};
///
/// let established = Query::new().kinds(Kinds::TCP).states([State::ESTABLISHED]).owners(false);
/// let of_one_process = Query::new().pid(1).limit(100);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(crate) kinds: Kinds,
    /// All conditions on a socket. Shared, so that cloning the query allocates nothing.
    pub(crate) filter: Option<Arc<Filter>>,
    pub(crate) pid: Option<u32>,
    pub(crate) limit: Option<u64>,
    pub(crate) owners: bool,
    pub(crate) process_uids: bool,
    /// What is read about owners for the filter of another query.
    pub(crate) owner_details: OwnerDetails,
    pub(crate) incremental: Option<Budget>,
    pub(crate) source: Source,
    pub(crate) owner_source: OwnerSource,
    pub(crate) one_pass: bool,
    pub(crate) netns: Option<Netns>,
    pub(crate) details: Details,
    pub(crate) bound: bool,
    pub(crate) storage_maps: Vec<u32>,
}

impl Default for Query {
    fn default() -> Query {
        Query::new()
    }
}

impl Query {
    /// The TCP, UDP and unix sockets of the host, with their owners.
    #[must_use]
    pub fn new() -> Query {
        Query {
            kinds: Kinds::DEFAULT,
            filter: None,
            pid: None,
            limit: None,
            owners: true,
            process_uids: false,
            owner_details: OwnerDetails::default(),
            incremental: None,
            source: Source::default(),
            owner_source: OwnerSource::default(),
            one_pass: false,
            netns: None,
            details: Details::NONE,
            bound: false,
            storage_maps: Vec::new(),
        }
    }

    /// Only sockets of these kinds; the other tables are not read.
    #[must_use]
    pub fn kinds(mut self, kinds: impl Into<Kinds>) -> Query {
        self.kinds = kinds.into();
        self
    }

    /// Only sockets in one of these states: [`Filter::states`].
    #[must_use]
    pub fn states(self, states: impl IntoIterator<Item = State>) -> Query {
        self.filter(Filter::states(states))
    }

    /// Only sockets that wait for others, as `ss -l` lists them: [`Filter::listening`].
    ///
    /// The kernel lists TCP listeners before all other sockets, so the rest of the table is not
    /// read.
    #[must_use]
    pub fn listening(self) -> Query {
        self.filter(Filter::listening())
    }

    /// Only sockets bound to this local port: [`Filter::local_port`].
    #[must_use]
    pub fn local_port(self, port: u16) -> Query {
        self.filter(Filter::local_port(port))
    }

    /// Only sockets that match this condition, and all conditions given before.
    ///
    /// Tables and states that it excludes are not read, and the kernel leaves out what it excludes
    /// as far as sock_diag can decide it. If it has conditions on owners
    /// ([`Filter::needs_owners`]), processes are walked even without [`owners`](Query::owners); the
    /// sockets are then reported without them. A socket for which the result is unknown is left out
    /// and counted in [`Coverage::undecided`](crate::Coverage::undecided).
    ///
    /// ```
    /// use procnet::{Query, Scanner};
    ///
    /// let mut scanner = Scanner::new()?;
    /// let filter = "dport = :https and not comm = curl".parse()?;
    /// let answer = scanner.collect(&Query::new().filter(filter))?;
    /// println!("{} sockets", answer.sockets.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Query {
        let before = self.filter.take().map(Arc::unwrap_or_clone);
        self.filter = Some(Arc::new(match before {
            Some(before) => before.and(filter),
            None => filter,
        }));
        self
    }

    /// Only sockets that this process owns, in *its* network namespace. No other process is
    /// examined, so no other owner is reported.
    #[must_use]
    pub fn pid(mut self, pid: u32) -> Query {
        self.pid = Some(pid);
        self
    }

    /// At most this many sockets. [`Coverage::truncated`](crate::Coverage::truncated) reports
    /// whether there may be more.
    #[must_use]
    pub fn limit(mut self, sockets: u64) -> Query {
        self.limit = Some(sockets);
        self
    }

    /// Whether to find the owners of the sockets. Without owners, which are most of the cost, no
    /// process is examined except the one that [`pid`](Query::pid) names.
    #[must_use]
    pub fn owners(mut self, wanted: bool) -> Query {
        self.owners = wanted;
        self
    }

    /// Keeps owners from one visit to the next and looks only for new ones: for an agent that
    /// repeats a query.
    ///
    /// The first visit costs as much as a full walk on one thread. After that, each visit examines
    /// new processes, processes with more or fewer descriptors than before, the owners of new
    /// sockets, and a share of all other processes, so that a walk of every process ends once in
    /// 128 visits. So a new socket has its owners at once; an owner that changed while the number
    /// of its process's descriptors did not may be reported wrongly for up to twice that long (a
    /// process with many descriptors is walked in parts, and may change behind the last one).
    /// Kernels before 6.2 do not report the number of descriptors.
    ///
    /// Sockets whose owners have to be looked for come last. What the budget left out is in
    /// [`Coverage::left_out`](crate::Coverage::left_out). With [`pid`](Query::pid), that process is
    /// walked in full at each visit. A query that needs owners neither for its answer nor for its
    /// filter, or that needs them from [`OwnerSource::Bpf`], is an error:
    /// [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery).
    ///
    /// ```
    /// use procnet::{owners::Budget, Kinds, Query, Scanner};
    /// use std::time::Duration;
    ///
    /// let mut scanner = Scanner::new()?;
    /// let budget = Budget::unlimited().time(Duration::from_millis(50));
    /// let query = Query::new().kinds(Kinds::TCP).incremental(budget);
    /// for _refresh in 0..3 {
    ///     let coverage = scanner.visit(&query, |_socket| ())?;
    ///     println!("{} sockets, owners of {} left out", coverage.sockets, coverage.left_out.sockets);
    /// }
    /// # Ok::<(), procnet::Error>(())
    /// ```
    #[must_use]
    pub fn incremental(mut self, budget: Budget) -> Query {
        self.incremental = Some(budget);
        self
    }

    /// The source of the sockets; [`Source::Auto`] by default.
    ///
    /// [`Coverage::sources`](crate::Coverage::sources) reports which tables came from which source,
    /// and [`Coverage::fallbacks`](crate::Coverage::fallbacks) why a table did not come from the
    /// first one. With any source other than `Auto`, a table it does not provide is unreadable, and
    /// the answer is an error if it provides none.
    #[must_use]
    pub fn source(mut self, source: Source) -> Query {
        self.source = source;
        self
    }

    /// How owners are found. The default is [`OwnerSource::Auto`]: by a BPF iterator where its program
    /// may be loaded and where that pays, else by a walk; [`Processes`](crate::coverage::Processes)
    /// reports which it was, and why.
    ///
    /// Loading takes some 5 ms, and before Linux 6.16 some 16 ms, as long as a walk of 5000 descriptors;
    /// a scanner that is kept does it at its second visit. The program stays loaded as long as the scanner lives, and needs no
    /// privilege from then on. The owners of [one process](Query::pid) are always found by a walk of
    /// that process, and those that are [kept](Query::incremental) by walks of what has changed.
    ///
    /// With [`OwnerSource::Bpf`], a visit fails if there is no iterator
    /// ([`ErrorKind::NoBpf`](crate::ErrorKind::NoBpf)). It contradicts the two options that walk, and a
    /// query that needs no owners ([`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery)). A
    /// [`Filter::pid`] does not: it leaves out what others own.
    #[must_use]
    pub fn owner_source(mut self, source: OwnerSource) -> Query {
        self.owner_source = source;
        self
    }

    /// Whether rows of TCP are taken from the pass that finds owners, where they are found by a BPF
    /// iterator and [`Source::Auto`] reads the tables: half the CPU time, as nothing is dumped. By
    /// default only where many [namespaces](Query::netns) are visited.
    ///
    /// That is done where the kernel's counts prove that the pass has missed no socket of a network
    /// namespace, hence not where there are any in `TIME_WAIT`; sock_diag lists the others. Such rows
    /// have no [cookie](crate::Socket::cookie) unless somebody has asked for it before, and sockets are
    /// identified by their inodes. It has no effect with details of TCP. Without
    /// [`owners`](Query::owners) that [`OwnerSource::Bpf`] finds, it is an error:
    /// [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery).
    #[must_use]
    pub fn one_pass(mut self, one_pass: bool) -> Query {
        self.one_pass = one_pass;
        self
    }

    /// Whether rows come from the pass that finds owners, where that is whole.
    #[cfg(feature = "bpf")]
    pub(crate) fn is_one_pass(&self) -> bool {
        // It contradicts all that does without the pass.
        self.one_pass
    }

    /// The network namespaces to visit; by default the root's own, or that of the process that
    /// [`pid`](Query::pid) names.
    ///
    /// Each socket then has its [`Socket::netns`](crate::Socket::netns). One walk over the
    /// processes serves all namespaces. With [`Netns::All`], namespaces that could not be entered,
    /// or whose tables could not be read, are in
    /// [`Coverage::namespaces`](crate::Coverage::namespaces).
    ///
    /// The calling thread does not change its namespace. The tables of a namespace are read through
    /// `/proc` of a process in it. sock_diag needs a socket created in the namespace, which takes
    /// `CAP_SYS_ADMIN`, as does a namespace without processes. That socket is kept until a visit
    /// does not include its namespace, and it keeps the namespace alive even if all others have
    /// left it: an agent releases it at its next visit. Where tables of tcp are read that are longer
    /// than a page, the namespace's file is kept open in the same way.
    ///
    /// Each namespace costs a walk over the kernel's TCP hash, which all namespaces share: once for
    /// sock_diag, and up to four times for the tables. With 2¹⁸ buckets, such a walk takes about
    /// 0.3 ms and 2 ms respectively if they are nearly empty, and 2.5 ms and 4 ms if they hold
    /// 50,000 sockets.
    ///
    /// ```
    /// use procnet::{Kinds, Netns, Query, Scanner, Source};
    ///
    /// let query = Query::new().kinds(Kinds::TCP).netns(Netns::All).source(Source::Auto);
    /// let coverage = Scanner::new()?.visit(&query, |socket| {
    ///     if let Some(namespace) = socket.netns {
    ///         println!("{namespace}: {}", socket.local().unwrap());
    ///     }
    /// })?;
    /// println!("in {} namespaces", coverage.namespaces.visited);
    /// # Ok::<(), procnet::Error>(())
    /// ```
    #[must_use]
    pub fn netns(mut self, netns: Netns) -> Query {
        self.netns = Some(netns);
        self
    }

    /// The details to report besides each socket itself: see
    /// [`Socket::details`](crate::Socket::details).
    ///
    /// Only sock_diag reports details; tables that came from /proc nevertheless are in
    /// [`Coverage::without_details`](crate::Coverage::without_details). Details that are not
    /// requested cost nothing. Only [`Details::MARK`] needs privilege.
    ///
    /// ```
    /// use procnet::{details::Details, Kinds, Query, Scanner, Source};
    ///
    /// let query = Query::new().kinds(Kinds::TCP).source(Source::Auto).details(Details::TCP_INFO);
    /// Scanner::new()?.visit(&query, |socket| {
    ///     let info = socket.details().and_then(|details| details.tcp_info());
    ///     if let Some(microseconds) = info.and_then(|info| info.rtt()) {
    ///         println!("{:?}: {microseconds} µs", socket.remote());
    ///     }
    /// })?;
    /// # Ok::<(), procnet::Error>(())
    /// ```
    #[must_use]
    pub fn details(mut self, details: Details) -> Query {
        self.details = details;
        self
    }

    /// The BPF maps of which [`Details::STORAGES`] reports the values, by their IDs; at most 32. Without
    /// any, it reports those of all.
    ///
    /// A visit fails if one of them cannot be opened, which takes `CAP_SYS_ADMIN` in the initial user
    /// namespace and the feature `bpf`, or does not keep values with sockets.
    #[must_use]
    pub fn storage_maps(mut self, ids: impl IntoIterator<Item = u32>) -> Query {
        self.storage_maps = ids.into_iter().collect();
        // The kernel refuses a map that is named twice.
        self.storage_maps.sort_unstable();
        self.storage_maps.dedup();
        self
    }

    /// Whether to request TCP sockets that are bound to a port, but neither listen nor are
    /// connected, as well: [`State::BOUND_INACTIVE`].
    ///
    /// No table shows them: only sock_diag does, since Linux 6.8. Tables that came from /proc
    /// nevertheless are in [`Coverage::without_bound`](crate::Coverage::without_bound). A kernel
    /// that is too old cannot be distinguished from one without such sockets. A filter that names
    /// `BOUND_INACTIVE` requests them as well.
    #[must_use]
    pub fn bound(mut self, wanted: bool) -> Query {
        self.bound = wanted;
        self
    }

    /// Whether to read the four user ids of each owning process, once per process. The user of the
    /// socket itself is always reported. With [`incremental`](Query::incremental), the first visit
    /// that requests them examines all processes again, and all later visits report the ids as they
    /// were when the process was last examined. In a query without owners they are an error:
    /// [`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery).
    #[must_use]
    pub fn process_uids(mut self, wanted: bool) -> Query {
        self.process_uids = wanted;
        self
    }

    /// Reads about owners what the filter of another query needs to know of them, without leaving out
    /// any socket: for [`SocketEvents::matches`](crate::events::SocketEvents::matches) and
    /// [`DestroyEvents::matches`](crate::events::DestroyEvents::matches) of a subscription with that
    /// query.
    #[must_use]
    pub fn owners_as_for(mut self, other: &Query) -> Query {
        self.owner_details = OwnerDetails::of(other);
        self
    }

    /// Whether the query or its filter needs owners, so that processes have to be walked.
    #[must_use]
    pub fn needs_owners(&self) -> bool {
        self.owners || self.filter.as_deref().is_some_and(Filter::needs_owners)
    }

    /// The budget of the incremental search for owners; `None` if every process is walked, or a
    /// single one.
    pub(crate) fn kept_owners(&self) -> Option<Budget> {
        self.incremental.filter(|_| self.pid.is_none())
    }
}
