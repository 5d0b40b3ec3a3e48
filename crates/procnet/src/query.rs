//! What is asked.

use procnet_core::State;

use crate::Kinds;

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
    pub(crate) pid: Option<u32>,
    pub(crate) limit: Option<u64>,
    pub(crate) owners: bool,
    pub(crate) process_uids: bool,
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
            pid: None,
            limit: None,
            owners: true,
            process_uids: false,
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

    /// Whether to read the four users of each owning process, once per process. A socket's
    /// own user is always there.
    #[must_use]
    pub fn process_uids(mut self, wanted: bool) -> Query {
        self.process_uids = wanted;
        self
    }

    /// Whether a socket in this state is asked for.
    pub(crate) fn wants(&self, state: State) -> bool {
        self.states.as_ref().is_none_or(|states| states.contains(state))
    }
}

/// A set of states; any byte may be one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct States([u64; 4]);

impl States {
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
