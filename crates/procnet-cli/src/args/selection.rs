//! Selection of sockets, shared by `sockets`, `summary` and `top`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _, ValueParser};
use procnet::{
    Filter, Kind, Kinds, Netns, Query, Source, State,
    owners::{Budget, OwnerSource},
};

use super::{
    completed::Completed, conditions::Conditions, kinds::KindArgs, live_values, netns::NetnsArg,
    number, states::States,
};
use crate::error::Error;

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct Selection {
    #[command(flatten)]
    kinds: KindArgs,
    /// Only listening sockets, and those of UDP and others without a peer. States given by --state
    /// or at the start of the filter replace it
    #[arg(long, short, overrides_with = "all")]
    listening: bool,
    /// Sockets in all states (default); the last of -a and -l wins
    #[arg(long, short, overrides_with = "listening")]
    all: bool,
    /// Only sockets in these states: listen, established, time-wait, unconn, …; or in a group of
    /// states of ss: connected, synchronized, bucket, big
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',')]
    #[arg(value_parser = states(), hide_possible_values = true)]
    states: Vec<States>,
    /// Only sockets of process PID, in its network namespace
    #[arg(long, value_name = "PID", value_parser = number::pid, allow_negative_numbers = true)]
    #[arg(add = live_values::pids())]
    pid: Option<u32>,
    #[command(flatten)]
    conditions: Conditions,
    /// List sockets of this network namespace: own, all, a PID, a name known to `ip netns`, or a
    /// path. Adds a namespace column
    #[arg(long, short = 'N', visible_alias = "net", value_name = "NETNS")]
    #[arg(value_parser = namespaces(), hide_possible_values = true)]
    #[arg(add = live_values::namespaces())]
    netns: Option<NetnsArg>,
    /// Read sockets from sock_diag (netlink: faster, with exact names), from /proc (procfs), by a BPF
    /// iterator (bpf: only those that a descriptor holds), or from sock_diag messages recorded below
    /// --root (recorded). By default, from sock_diag where available, else from /proc; those of TCP in
    /// many network namespaces by BPF where it is permitted (auto)
    #[arg(long, value_name = "SOURCE", value_parser = sources())]
    source: Option<Source>,
    /// Find owners by a BPF iterator (bpf: one pass within the kernel), by reading /proc/PID/fd
    /// (walk), or by the former where it is permitted and pays (auto) [default: auto]
    #[arg(long, value_name = "SOURCE", value_parser = owner_sources())]
    owner_source: Option<OwnerSource>,
}

impl Selection {
    /// Adds the selection to a query.
    pub(crate) fn narrow(&self, query: Query) -> Result<Query, Error> {
        let by_bpf = self.owner_source() == OwnerSource::Bpf;
        match self.pid {
            // A pass of BPF finds the owners of all processes.
            Some(_) if by_bpf => self.narrow_by_filter(query),
            Some(pid) => Ok(self.matching(self.of_sources(query))?.pid(pid)),
            None => Ok(self.find_owners(self.matching(self.of_sources(query))?)),
        }
    }

    /// The same, with the process as a condition among others, so that the sockets of others can be
    /// distinguished from those whose owners are unknown.
    pub(crate) fn narrow_by_filter(&self, query: Query) -> Result<Query, Error> {
        let query = self.matching(self.of_namespace(query))?;
        Ok(self.find_owners(match self.pid {
            Some(pid) => query.filter(Filter::pid(pid)),
            None => query,
        }))
    }

    /// How owners are found.
    pub(crate) fn owner_source(&self) -> OwnerSource {
        self.owner_source.unwrap_or_default()
    }

    /// Adds how owners are found, if the query needs any.
    fn find_owners(&self, query: Query) -> Query {
        if query.needs_owners() { query.owner_source(self.owner_source()) } else { query }
    }

    /// Adds where sockets are read, in the namespace of the process if one is selected.
    pub(crate) fn of_namespace(&self, query: Query) -> Query {
        let query = self.of_sources(query);
        match (self.pid, &self.netns) {
            (Some(pid), None) => query.netns(Netns::Pid(pid)),
            _ => query,
        }
    }

    /// Adds the sources, the kinds and the namespaces.
    fn of_sources(&self, query: Query) -> Query {
        let mut query = match self.source {
            Some(source) => query.source(source),
            None => query,
        };
        if let Some(kinds) = self.kinds.selected() {
            query = query.kinds(kinds);
        }
        match &self.netns {
            Some(NetnsArg(netns)) => query.netns(netns.clone()),
            None => query,
        }
    }

    /// Adds the conditions.
    fn matching(&self, mut query: Query) -> Result<Query, Error> {
        let states: Vec<State> = self.states.iter().flat_map(|states| &states.0).copied().collect();
        let states_are_open = states.is_empty();
        if !states_are_open {
            query = query.states(states);
        }
        // As in ss, explicit states win.
        if self.listening && states_are_open && !self.conditions.begins_with_states() {
            query = query.listening();
        }
        if let Some(types) = self.kinds.types() {
            query = query.filter(types);
        }
        let kinds = self.kinds.selected().unwrap_or(Kinds::ALL);
        if let Some(filter) = self.conditions.filter(kinds)? {
            query = query.filter(filter);
        }
        Ok(match self.conditions.local_port() {
            Some(port) => query.local_port(port),
            None => query,
        })
    }

    /// The selected kinds, if any are given.
    pub(crate) fn kinds(&self) -> Option<Kinds> {
        self.kinds.selected()
    }

    /// Whether there are conditions beside the kinds and the namespace.
    pub(crate) fn has_conditions(&self) -> bool {
        let kinds = self.kinds.selected().unwrap_or(Kinds::ALL);
        let has_filter = !matches!(self.conditions.filter(kinds), Ok(None))
            || self.conditions.local_port().is_some();
        self.pid.is_some() || self.listening || !self.states.is_empty() || has_filter
    }

    /// Whether listeners are asked for.
    pub(crate) fn has_listeners(&self) -> bool {
        let states = self.states.iter().flat_map(|states| &states.0);
        self.listening || states.into_iter().any(|state| *state == State::LISTEN)
    }

    /// Whether nothing but listeners, and sockets without a peer, is asked for.
    pub(crate) fn is_of_listeners(&self) -> bool {
        let mut states = self.states.iter().flat_map(|states| &states.0).peekable();
        match states.peek() {
            None => self.listening && !self.conditions.begins_with_states(),
            Some(_) => states.all(|state| *state == State::LISTEN),
        }
    }

    /// Wider queries that may find what was meant by one that found nothing. None, unless a process
    /// or a port is named.
    pub(crate) fn wider(&self) -> Result<Vec<(Wider, Query)>, Error> {
        if self.pid.is_none() && !self.conditions.name_something() {
            return Ok(Vec::new());
        }
        let mut wider = Vec::new();
        let query = || Query::new().owners(false).limit(1);
        if let Some(conditions) = self.conditions.with_prefixes() {
            let selection = Selection { conditions, ..self.clone() };
            wider.push((Wider::Prefix, selection.narrow(query())?));
        }
        if self.pid.is_some() && self.kinds.selected().is_none() {
            wider.push((Wider::Kinds, self.narrow(query())?.kinds(Kinds::ALL)));
        }
        if self.netns.is_none() {
            let netns = Some(NetnsArg(Netns::All));
            let selection = Selection { netns, ..self.clone() };
            wider.push((Wider::Namespaces, selection.narrow(query())?));
        }
        Ok(wider)
    }

    /// Whether the selected source has no cookies, by which ends are joined with what looks saw.
    pub(crate) fn has_no_cookies(&self) -> bool {
        !matches!(self.source, None | Some(Source::Auto | Source::Netlink))
    }

    /// Whether the sockets of one process are selected.
    #[cfg(feature = "columns")]
    pub(crate) fn has_pid(&self) -> bool {
        self.pid.is_some()
    }

    /// Whether sockets are printed with their network namespace.
    pub(crate) fn has_netns(&self) -> bool {
        self.netns.is_some()
    }

    /// Whether all sockets are those of the command's own network namespace.
    pub(crate) fn is_in_own_netns(&self) -> bool {
        let is_own = self.netns.as_ref().is_none_or(|netns| *netns == NetnsArg(Netns::Own));
        self.pid.is_none() && is_own
    }

    /// Whether all network namespaces are selected.
    pub(crate) fn has_all_netns(&self) -> bool {
        self.netns == Some(NetnsArg(Netns::All))
    }

    /// The kinds that are asked for by name.
    pub(crate) fn named_kinds(&self) -> Option<Kinds> {
        self.kinds.selected()
    }

    /// Whether packet or netlink sockets are selected.
    pub(crate) fn has_packet_netlink(&self) -> bool {
        let kinds = self.kinds.selected().unwrap_or_default();
        kinds.contains(Kind::Packet) || kinds.contains(Kind::Netlink)
    }

    /// Whether kinds are selected that have fields of their own, and that only sock_diag lists.
    pub(crate) fn has_other_families(&self) -> bool {
        let own = Kinds::SCTP | Kinds::SMC | Kinds::VSOCK | Kinds::TIPC | Kinds::XDP;
        let kinds = self.kinds.selected().unwrap_or_default();
        !(kinds & own).is_empty()
    }

    /// Whether sockets may come from sock_diag.
    pub(crate) fn may_use_sock_diag(&self) -> bool {
        matches!(self.source, None | Some(Source::Auto))
    }

    /// Whether sockets come from nothing but sock_diag.
    pub(crate) fn is_of_sock_diag(&self) -> bool {
        self.source == Some(Source::Netlink)
    }

    /// Whether the states are said, or all of them are asked for.
    pub(crate) fn names_states(&self) -> bool {
        let has_states = !self.states.is_empty() || self.conditions.begins_with_states();
        has_states || self.listening || self.all
    }

    /// Whether to report tables that were not read from sock_diag: only if it was requested.
    pub(crate) fn reports_fallbacks(&self) -> bool {
        self.source == Some(Source::Auto)
    }
}

/// A query that is repeated, with how its owners are found, if it needs any: by walks, they are kept.
pub(crate) fn repeated(query: Query, owners: OwnerSource) -> Query {
    match (query.needs_owners(), owners) {
        // Where it was set when owners were needed.
        (false, _) => query.owner_source(OwnerSource::Auto),
        (true, OwnerSource::Bpf) => query.owner_source(owners),
        (true, _) => query.owner_source(owners).incremental(Budget::unlimited()),
    }
}

/// In what a query is wider than another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wider {
    Prefix,
    Kinds,
    Namespaces,
}

fn states() -> Completed<States> {
    Completed { values: &States::NAMES, parse: str::parse }
}

fn namespaces() -> Completed<NetnsArg> {
    Completed { values: &["own", "all"], parse: str::parse }
}

/// The library's sources, by their names.
fn sources() -> ValueParser {
    let names = Source::ALL.map(|source| PossibleValue::new(source.to_string()));
    let find = |name: String| {
        Source::ALL.into_iter().find(|source| source.to_string() == name).ok_or("not a source")
    };
    PossibleValuesParser::new(names).try_map(find).into()
}

fn owner_sources() -> ValueParser {
    let names = OwnerSource::ALL.map(|source| PossibleValue::new(source.name()));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<OwnerSource>()).into()
}
