//! What is asked.

use std::sync::Arc;

use procnet_core::State;

use crate::{Budget, Details, Filter, Kind, Kinds, Netns, Source, filter::OfKind};

/// What sockets are asked for, and what about them.
///
/// Unless told otherwise: those of every kind in the host's (or the calling thread's)
/// network namespace, with their owners.
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
    pub(crate) states: Option<States>,
    pub(crate) listening: bool,
    pub(crate) local_port: Option<u16>,
    /// Shared, so that a copy of the query allocates nothing.
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
    /// Every socket, with its owners.
    #[must_use]
    pub fn new() -> Query {
        Query {
            kinds: Kinds::ALL,
            states: None,
            listening: false,
            local_port: None,
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

    /// Only sockets in one of these states.
    #[must_use]
    pub fn states(mut self, states: impl IntoIterator<Item = State>) -> Query {
        self.states = Some(states.into_iter().collect());
        self
    }

    /// Only sockets that wait for others, as `ss -l` has it: TCP and unix sockets that
    /// listen, and UDP sockets that are not connected.
    ///
    /// The kernel lists TCP listeners before everything else, so the rest is not read.
    #[must_use]
    pub fn listening(mut self) -> Query {
        self.listening = true;
        self
    }

    /// Only sockets that are bound to this local port; unix sockets are bound to none.
    #[must_use]
    pub fn local_port(mut self, port: u16) -> Query {
        self.local_port = Some(port);
        self
    }

    /// Only sockets that meet this condition, beside all others that the query has; of two
    /// filters the last one counts.
    ///
    /// Tables and states that it excludes are not read, and the kernel's socket diagnostics are
    /// asked to leave out what it excludes as far as they can. If it asks for owners
    /// ([`Filter::needs_owners`]), processes are looked at, also without
    /// [`owners`](Query::owners); the sockets are then handed over without them. A socket of
    /// which is not told what it asks is left out and counted in
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
        self.filter = Some(Arc::new(filter));
        self
    }

    /// Only sockets that this process owns, in *its* network namespace. No other process is
    /// looked at, so no other owner is named.
    #[must_use]
    pub fn pid(mut self, pid: u32) -> Query {
        self.pid = Some(pid);
        self
    }

    /// At most this many sockets. [`Coverage::truncated`](crate::Coverage::truncated) tells
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
    /// owner that changed without changing how many descriptors a process has may be told
    /// wrong for up to that long. Kernels before 6.2 do not tell how many they are.
    ///
    /// Sockets whose owners have to be looked for come last. What the budget left out is in
    /// [`Coverage::left_out`](crate::Coverage::left_out). It is of no effect together with
    /// [`pid`](Query::pid), and without [`owners`](Query::owners).
    ///
    /// ```
    /// use procnet::{Budget, Kinds, Query, Scanner};
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

    /// Where sockets come from: the tables of /proc, unless told otherwise.
    ///
    /// With [`Source::Auto`], [`Coverage::netlink`](crate::Coverage::netlink) says which tables
    /// came from socket diagnostics, and [`Coverage::fallbacks`](crate::Coverage::fallbacks) why
    /// others did not. With [`Source::Netlink`] a table that they do not tell is unreadable,
    /// and the answer an error if none is told, or if they would tell of another network: in a
    /// directory of captures, or where the namespace may not be entered.
    #[must_use]
    pub fn source(mut self, source: Source) -> Query {
        self.source = source;
        self
    }

    /// In which network namespaces to look: unless told otherwise in the root's own, or in that
    /// of the process that [`pid`](Query::pid) names.
    ///
    /// Each socket then bears its [`Socket::netns`](crate::Socket::netns). One walk of processes
    /// serves all namespaces. With [`Netns::All`], a namespace that could not be entered or
    /// whose tables could not be read is in [`Coverage::namespaces`](crate::Coverage::namespaces).
    ///
    /// The calling thread stays where it is. Tables of a namespace are those that `/proc` shows
    /// of a process in it; socket diagnostics need a socket that is made there, which takes
    /// `CAP_SYS_ADMIN`, as does a namespace that no process is in. That socket is kept until a
    /// visit does not ask there any more, and with it a namespace that all others have left: an
    /// agent lets go of it at its next visit.
    ///
    /// Each namespace costs a walk of the kernel's hash of TCP, which all share: once for
    /// socket diagnostics, and up to four times for the tables. With 2¹⁸ buckets a walk takes some
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
    /// Only socket diagnostics tell details, so this goes with [`Source::Auto`] or
    /// [`Source::Netlink`]; the tables that came from /proc all the same are named in
    /// [`Coverage::without_details`](crate::Coverage::without_details). What is not asked for
    /// costs nothing. No privilege is needed but for [`Details::MARK`].
    ///
    /// ```
    /// use procnet::{Details, Kinds, Query, Scanner, Source};
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
    /// No table shows them, nor does any kernel before Linux 6.8: only socket diagnostics do,
    /// so this goes with [`Source::Auto`] or [`Source::Netlink`]. Tables that came from /proc
    /// all the same are named in
    /// [`Coverage::without_bound`](crate::Coverage::without_bound); that a kernel is too old
    /// cannot be told from there being none. [`states`](Query::states) with
    /// `BOUND_INACTIVE` among them asks for them as well.
    #[must_use]
    pub fn bound(mut self, wanted: bool) -> Query {
        self.bound = wanted;
        self
    }

    /// Whether bound, inactive sockets of a kind are asked for.
    pub(crate) fn wants_bound(&self, kind: Kind) -> bool {
        let named = |states: &States| states.contains(State::BOUND_INACTIVE);
        let asked = self.bound || self.states.as_ref().is_some_and(named);
        asked && kind.is_tcp() && self.wants(kind, State::BOUND_INACTIVE)
    }

    /// Whether to read the four users of each owning process, once per process. A socket's
    /// own user is always there. With [`incremental`](Query::incremental), the first visit
    /// that asks for them looks at all processes anew, and all visits after it have them, as
    /// they were when a process was looked at last.
    #[must_use]
    pub fn process_uids(mut self, wanted: bool) -> Query {
        self.process_uids = wanted;
        self
    }

    /// Whether processes have to be looked at, unless the query names one.
    pub(crate) fn needs_owners(&self) -> bool {
        self.owners || self.filter.as_deref().is_some_and(Filter::needs_owners)
    }

    /// The kinds that any socket asked for can be of.
    pub(crate) fn possible_kinds(&self) -> Kinds {
        let possible = |kind: &Kind| self.is_possible(*kind, None);
        self.kinds.iter().filter(possible).map(Kinds::from).collect()
    }

    /// Whether the filter may be met by a socket of this kind, in this state if it is known.
    pub(crate) fn is_possible(&self, kind: Kind, state: Option<State>) -> bool {
        let excludes = |filter: &Filter| filter.decide(&OfKind { kind, state }) == Some(false);
        !self.filter.as_deref().is_some_and(excludes)
    }

    /// Whether nothing but listeners of this kind can be asked for.
    pub(crate) fn means_listeners(&self, kind: Kind) -> bool {
        let mut others = (0..=u8::MAX).map(State).filter(|state| *state != State::LISTEN);
        self.listening || !others.any(|state| self.is_possible(kind, Some(state)))
    }

    /// Whether a socket of this kind in this state is asked for.
    pub(crate) fn wants(&self, kind: Kind, state: State) -> bool {
        let waits = if kind.is_tcp() || kind == Kind::Unix { State::LISTEN } else { State::CLOSE };
        self.states.as_ref().is_none_or(|states| states.contains(state))
            && (!self.listening || state == waits)
    }
}

/// A set of states; any byte may be one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct States([u64; 4]);

impl States {
    pub(crate) const ALL: States = States([u64::MAX; 4]);

    /// The same, but for these.
    pub(crate) fn without(self, states: impl IntoIterator<Item = State>) -> States {
        let States([a, b, c, d]) = states.into_iter().collect();
        let States([w, x, y, z]) = self;
        States([w & !a, x & !b, y & !c, z & !d])
    }

    /// Its states, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = State> {
        (0..=u8::MAX).map(State).filter(|state| self.contains(*state))
    }

    pub(crate) fn contains(&self, state: State) -> bool {
        self.0[usize::from(state.0 >> 6)] & (1 << (state.0 & 63)) != 0
    }
}

impl FromIterator<State> for States {
    fn from_iter<I: IntoIterator<Item = State>>(states: I) -> States {
        let mut set = States::default();
        for state in states {
            set.0[usize::from(state.0 >> 6)] |= 1 << (state.0 & 63);
        }
        set
    }
}
