//! What is asked.

use std::sync::Arc;

use procnet_core::State;

use crate::{Filter, Kinds, Netns, Source, details::Details, owners::Budget};

/// Which sockets are asked for, and what about them.
///
/// By default: TCP, UDP and unix sockets ([`Kinds::DEFAULT`]) in the host's (or the calling
/// thread's) network namespace, with their owners.
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
    /// All conditions on a socket. Shared, so that a copy of the query allocates nothing.
    pub(crate) filter: Option<Arc<Filter>>,
    pub(crate) pid: Option<u32>,
    pub(crate) limit: Option<u64>,
    pub(crate) owners: bool,
    pub(crate) process_uids: bool,
    pub(crate) incremental: Option<Budget>,
    pub(crate) source: Source,
    pub(crate) netns: Option<Netns>,
    pub(crate) details: Details,
    pub(crate) bound: bool,
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
            incremental: None,
            source: Source::default(),
            netns: None,
            details: Details::NONE,
            bound: false,
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
    /// The kernel lists TCP listeners before all other sockets, so the rest is not read.
    #[must_use]
    pub fn listening(self) -> Query {
        self.filter(Filter::listening())
    }

    /// Only sockets that are bound to this local port: [`Filter::local_port`].
    #[must_use]
    pub fn local_port(self, port: u16) -> Query {
        self.filter(Filter::local_port(port))
    }

    /// Only sockets that meet this condition, and all conditions given before.
    ///
    /// Tables and states that it excludes are not read, and the kernel is asked to leave out what
    /// it excludes, as far as sock_diag can. If it asks for owners ([`Filter::needs_owners`]),
    /// processes are walked even without [`owners`](Query::owners); the sockets are then reported
    /// without them. A socket about which the answer is unknown is left out and counted in
    /// [`Coverage::undecided`](crate::Coverage::undecided).
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
    /// looked at, so no other owner is named.
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

    /// Whether to find out who owns the sockets. Without, no process is looked at (but the
    /// one that [`pid`](Query::pid) names), which is most of the cost.
    #[must_use]
    pub fn owners(mut self, wanted: bool) -> Query {
        self.owners = wanted;
        self
    }

    /// Keeps owners from one visit to the next, and looks only for what is new: for an agent
    /// that asks again and again.
    ///
    /// The first visit costs what a full one does, on one thread. After it, new processes,
    /// processes with more or fewer descriptors than before, and the owners of new sockets
    /// are looked at, and a share of the others, so that every process is looked at whole
    /// once in 128 visits. So a socket that was not there before has its owners at once; an
    /// owner that changed without changing how many descriptors a process has may be reported
    /// wrong for up to that long. Kernels before 6.2 do not report how many they are.
    ///
    /// Sockets whose owners have to be looked for come last. What the budget left out is in
    /// [`Coverage::left_out`](crate::Coverage::left_out). With
    /// [`pid`](Query::pid), that process is walked whole in each visit. A query that asks neither
    /// for owners nor for a filter that needs them is an error:
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

    /// Where sockets come from; [`Source::Auto`] by default.
    ///
    /// [`Coverage::sources`](crate::Coverage::sources) says which tables came from which source,
    /// and [`Coverage::fallbacks`](crate::Coverage::fallbacks) why a table did not come from the
    /// first. With any other source than `Auto`, a table that it does not provide is unreadable,
    /// and the answer an error if it provides none.
    #[must_use]
    pub fn source(mut self, source: Source) -> Query {
        self.source = source;
        self
    }

    /// In which network namespaces to look; by default in the root's own, or in that of the
    /// process that [`pid`](Query::pid) names.
    ///
    /// Each socket then bears its [`Socket::netns`](crate::Socket::netns). One walk of processes
    /// serves all namespaces. With [`Netns::All`], a namespace that could not be entered or
    /// whose tables could not be read is in [`Coverage::namespaces`](crate::Coverage::namespaces).
    ///
    /// The calling thread stays where it is. Tables of a namespace are those that `/proc` shows
    /// of a process in it; sock_diag needs a socket that is made there, which takes
    /// `CAP_SYS_ADMIN`, as does a namespace that no process is in. That socket is kept until a
    /// visit does not ask there any more, and with it a namespace that all others have left: an
    /// agent lets go of it at its next visit.
    ///
    /// Each namespace costs a walk of the kernel's hash of TCP, which all share: once for
    /// sock_diag, and up to four times for the tables. With 2¹⁸ buckets a walk takes some
    /// 0.3 ms and 2 ms if hardly a socket is in them, and 2.5 ms and 4 ms if 50,000 are.
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

    /// What to ask for beside each socket itself: see [`Socket::details`](crate::Socket::details).
    ///
    /// Only sock_diag reports details; tables that came from /proc all the same are named in
    /// [`Coverage::without_details`](crate::Coverage::without_details). What is not asked for
    /// costs nothing. No privilege is needed but for [`Details::MARK`].
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

    /// Whether TCP sockets are asked for, too, that are bound to a port and neither listen nor
    /// are connected: [`State::BOUND_INACTIVE`].
    ///
    /// No table shows them, nor does any kernel before Linux 6.8: only sock_diag does. Tables
    /// that came from /proc all the same are named in
    /// [`Coverage::without_bound`](crate::Coverage::without_bound); a kernel that is too old
    /// looks like one that has none. A filter that names
    /// `BOUND_INACTIVE` asks for them as well.
    #[must_use]
    pub fn bound(mut self, wanted: bool) -> Query {
        self.bound = wanted;
        self
    }

    /// Whether to read the four users of each owning process, once per process. A socket's
    /// own user is always there. With [`incremental`](Query::incremental), the first visit
    /// that asks for them looks at all processes anew, and all visits after it have them, as
    /// they were when a process was last looked at.
    #[must_use]
    pub fn process_uids(mut self, wanted: bool) -> Query {
        self.process_uids = wanted;
        self
    }

    /// Whether it asks for owners, itself or by its filter, so that processes have to be walked.
    #[must_use]
    pub fn needs_owners(&self) -> bool {
        self.owners || self.filter.as_deref().is_some_and(Filter::needs_owners)
    }

    /// Within which budget owners are looked for that are kept from visit to visit; `None` if every
    /// process is walked, or a single one.
    pub(crate) fn kept_owners(&self) -> Option<Budget> {
        self.incremental.filter(|_| self.pid.is_none())
    }

    /// Why the options contradict each other, if they do.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        let keeps_nothing = self.kept_owners().is_some() && !self.needs_owners();
        keeps_nothing.then_some("incremental owners, but no owners")
    }
}
