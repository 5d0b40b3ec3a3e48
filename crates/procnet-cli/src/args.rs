//! The command line: subcommands, options and their help.

mod capture;
mod completed;
mod conditions;
mod decode;
mod event_source;
mod explain;
mod filter_file;
mod generate;
mod grouping;
mod host;
mod kill;
mod kinds;
mod life;
mod live_values;
mod netns;
mod number;
mod printing;
mod reporting;
mod selection;
mod short_help;
mod shown;
mod sockets;
mod states;
mod summary;
mod top;
mod watch;

use clap::{Parser, Subcommand};

pub(crate) use self::{
    capture::Capture,
    decode::{Decode, DiagProtocol},
    event_source::EventSource,
    explain::Explain,
    filter_file::{FilterFile, place},
    generate::{Completions, Man},
    grouping::{Grouping, Sort},
    host::Host,
    kill::Kill,
    life::Life,
    netns::NetnsArg,
    printing::{Color, Printing},
    reporting::Reporting,
    selection::{Selection, Wider, repeated},
    short_help::short_help,
    shown::{Shown, Watchable},
    sockets::Sockets,
    states::States,
    summary::Summary,
    top::{Top, needs_owners},
    watch::{OwnSockets, Watch},
};
use crate::table::Table;

const EXAMPLES: &str = "\
Examples:
  procnet                                 all sockets and their owners
  procnet -ltn                            listening TCP sockets
  procnet -t sport = :https               connections to a local port
  procnet sockets --state close-wait      connections never closed
  procnet sockets --format ndjson | jq .  for scripts
  procnet top                             processes with the most sockets
  procnet life                            connections that end, with owner and bytes
  procnet summary                         counts by state, port, user and queue
  procnet dev                             interface counters
  procnet decode tcp6 capture.txt         decode a captured table
  procnet capture DIR                     for --root DIR, on another machine

Without a subcommand, procnet runs `procnet sockets` and takes its options.

A process is shown as NAME(PID)/FD: nginx(812)/6 has the socket as its descriptor
6. Thus several processes, or one several times, may be shown for one socket.

Exit codes: 0 if the output is complete; 1 if something could not be read, which
is reported on standard error; 2 if the command could not run. --allow-partial
makes 0 of 1, and --quiet keeps standard error empty.";

/// List sockets and the processes that own them
#[derive(Debug, Parser)]
#[command(name = "procnet", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) sockets: Box<Sockets>,
    #[command(flatten)]
    pub(crate) reporting: Reporting,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List sockets and the processes that own them (default)
    Sockets(Box<Sockets>),
    /// Count sockets by state, port, user and queue length
    Summary(Box<Summary>),
    /// Show the processes, peers, ports or users with the most sockets
    Top(Box<Top>),
    /// Report each connection when it ends: whose it was, how long it lasted, bytes, retransmissions
    Life(Box<Life>),
    #[command(flatten)]
    Table(Table),
    /// Decode a captured /proc/net table
    Decode(Decode),
    /// Capture the files of /proc that procnet reads, to look at them elsewhere
    Capture(Capture),
    /// Explain what is visible here, what is not, and why
    Explain(Explain),
    /// Generate shell completions
    Completions(Completions),
    /// Generate a man page
    Man(Man),
}
