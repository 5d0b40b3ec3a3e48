//! `procnet life`.

use std::time::Duration;

use procnet::{Kinds, Query, Source, State, events::DestroyEvents};

use super::{EventSource, Host, Printing, Selection, selection::repeated, top::needs_owners};
use crate::{error::Error, field::Field};

const EXAMPLES: &str = "\
Examples:
  procnet life                               TCP connections, each when it ends
  procnet life -u                            UDP sockets
  procnet life -u --first-use                with their owners, however short they live
  procnet life dport = :5432                 connections to a port
  procnet life --process 'postgres*'         of a program
  procnet life --for 60 --group-by process   who had how many in a minute
  procnet life --for 60 --group-by remote    to and from whom
  procnet life --max 100 --format csv        the next hundred
  procnet life --format ndjson | jq .        for scripts

Ends with Ctrl-C, which prints the groups of --group-by.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Life {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// How to detect closed sockets: by BPF programs on the kernel's tracepoints (bpf: exact durations,
    /// and the owner of each), by notifications of sock_diag (netlink: needs no privilege; UDP as
    /// well), or by BPF where it is permitted (auto)
    #[arg(long, value_enum, value_name = "SOURCE", default_value_t, help_heading = "Selection")]
    #[arg(hide_possible_values = true)]
    pub(crate) event_source: EventSource,
    /// Watch for the first send or receive of each socket: connections that their peer resets then
    /// have an owner, and UDP sockets an owner and a time. By BPF, since Linux 6.3; slows down every
    /// send and receive on the host by 0.1 to 0.4 µs
    #[arg(long, help_heading = "Selection")]
    pub(crate) first_use: bool,
    /// Do not search for the owners of connections
    #[arg(long, help_heading = "Columns")]
    pub(crate) no_owners: bool,
    /// Show addresses by the names that the host's resolver has for them. A line waits 0.2 seconds for
    /// its names, groups three seconds
    #[arg(long, short, help_heading = "Columns")]
    pub(crate) resolve: bool,
    /// Count connections by FIELD instead of listing them, and print the groups at the end; may be a
    /// comma-separated list. A connection shared by several processes counts for each
    #[arg(long, value_name = "FIELD", value_delimiter = ',', help_heading = "Order")]
    #[arg(value_parser = super::grouping::one_of(Field::OF_ENDED))]
    pub(crate) group_by: Vec<Field>,
    /// Stop after N connections; with --group-by, print at most N groups
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max: Option<u64>,
    /// Stop after SECONDS
    #[arg(id = "for", long = "for", value_name = "SECONDS", value_parser = super::watch::seconds)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) time: Option<Duration>,
    /// Look for connections and their owners every SECONDS, without BPF
    #[arg(id = "watch", long = "watch", value_name = "SECONDS", value_parser = super::watch::seconds)]
    #[arg(default_value = "1", allow_negative_numbers = true, help_heading = "Refresh")]
    pub(crate) every: Duration,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

impl Life {
    /// The sockets whose ends are reported: by default, those of TCP.
    pub(crate) fn query(&self) -> Result<Query, Error> {
        self.query_of(self.kinds()?)
    }

    /// The same of some kinds only.
    pub(crate) fn query_of(&self, kinds: Kinds) -> Result<Query, Error> {
        Ok(self.selection.narrow_by_filter(Query::new())?.kinds(kinds))
    }

    /// What is looked at meanwhile: sockets of the same kinds, whether they match or not.
    pub(crate) fn looks(&self, kinds: Kinds) -> Result<Query, Error> {
        let asked = self.query()?;
        // If they are printed, or if the filter needs them.
        let needs_owners = self.shows_owners() || asked.clone().owners(false).needs_owners();
        let mut query = self.selection.of_namespace(Query::new()).kinds(kinds);
        if self.selection.has_all_netns() {
            // A pass of BPF would have no cookies.
            query = query.source(Source::Netlink);
        }
        // What is in this state has ended.
        let states = State::NAMED.into_iter().filter(|state| *state != State::TIME_WAIT);
        let query = query.states(states).owners(needs_owners).owners_as_for(&asked);
        Ok(repeated(query, self.selection.owner_source()))
    }

    /// The kinds, of those whose ends are reported.
    pub(crate) fn kinds(&self) -> Result<Kinds, Error> {
        let kinds = self.selection.kinds().unwrap_or(Kinds::TCP) & DestroyEvents::KINDS;
        if kinds.is_empty() { Err(Error::LifeKinds) } else { Ok(kinds) }
    }

    /// How many rows are printed at most.
    pub(crate) fn max(&self) -> usize {
        self.max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX))
    }

    /// Whether owners are printed, or counted by.
    pub(crate) fn shows_owners(&self) -> bool {
        match &self.group_by[..] {
            [] => !self.no_owners,
            fields => needs_owners(fields),
        }
    }
}
