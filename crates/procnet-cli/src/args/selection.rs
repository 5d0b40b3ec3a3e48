//! Which sockets: what `sockets`, `summary` and `top` have in common.

use clap::ValueEnum;
use procnet::{Kind, Query, Source, State};

use super::{conditions::Conditions, kinds::KindArgs, netns::NetnsArg, states::States};
use crate::error::Error;

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Which sockets")]
pub(crate) struct Selection {
    #[command(flatten)]
    kinds: KindArgs,
    /// Only sockets that wait for others: listeners, and UDP sockets without a peer.
    #[arg(long, short, overrides_with = "all")]
    listening: bool,
    /// Sockets in every state, which is what is listed anyway. Of -a and -l the last counts.
    #[arg(long, short, overrides_with = "listening")]
    all: bool,
    /// Only sockets in one of these states: listen, established, time-wait, unconn, …; or in
    /// those that ss calls connected, synchronized, bucket, big.
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',')]
    states: Vec<States>,
    /// Only sockets that this process owns, in its network namespace.
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    #[command(flatten)]
    conditions: Conditions,
    /// Look in this network namespace: own, all, that of a PID, or one by its path or by its
    /// name in `ip netns`. Each socket then bears its namespace.
    #[arg(long, short = 'N', value_name = "NETNS")]
    netns: Option<NetnsArg>,
    /// Where sockets come from: the kernel's socket diagnostics (netlink; faster, with exact
    /// names), its tables in /proc (procfs), or those where they work and these where not
    /// (auto), which is what is done unless told.
    #[arg(long, value_enum, value_name = "SOURCE")]
    source: Option<SourceName>,
}

impl Selection {
    /// Only what was asked for.
    pub(crate) fn narrow(&self, query: Query) -> Result<Query, Error> {
        let mut query = match self.source {
            Some(source) => query.source(source.into()),
            None => query,
        };
        if let Some(kinds) = self.kinds.asked() {
            query = query.kinds(kinds);
        }
        let states: Vec<State> = self.states.iter().flat_map(|states| &states.0).copied().collect();
        if !states.is_empty() {
            query = query.states(states);
        }
        if self.listening {
            query = query.listening();
        }
        let filter = self.conditions.filter().map_err(|error| Error::Filter {
            command: self.conditions.only_word().is_some(),
            error,
        })?;
        if let Some(filter) = filter {
            query = query.filter(filter);
        }
        if let Some(port) = self.conditions.local_port() {
            query = query.local_port(port);
        }
        if let Some(NetnsArg(netns)) = &self.netns {
            query = query.netns(netns.clone());
        }
        Ok(match self.pid {
            Some(pid) => query.pid(pid),
            None => query,
        })
    }

    /// Whether each socket bears its network namespace.
    pub(crate) fn tells_netns(&self) -> bool {
        self.netns.is_some()
    }

    /// Whether sockets are asked for that have neither addresses nor a name.
    pub(crate) fn has_addressless(&self) -> bool {
        let kinds = self.kinds.asked().unwrap_or_default();
        kinds.contains(Kind::Packet) || kinds.contains(Kind::Netlink)
    }

    /// Whether it is worth a word that socket diagnostics did not tell: who asked for them
    /// wants to know, who did not got what they wanted.
    pub(crate) fn tells_fallbacks(&self) -> bool {
        self.source == Some(SourceName::Auto)
    }
}

/// A source, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SourceName {
    Auto,
    Procfs,
    Netlink,
}

impl From<SourceName> for Source {
    fn from(name: SourceName) -> Source {
        match name {
            SourceName::Auto => Source::Auto,
            SourceName::Procfs => Source::Procfs,
            SourceName::Netlink => Source::Netlink,
        }
    }
}
