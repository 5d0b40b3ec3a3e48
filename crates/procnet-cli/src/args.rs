//! What can be typed: the one definition of commands, options and their help.

use std::path::PathBuf;

use clap::{
    Parser, Subcommand, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser, ValueParser},
};
use procnet::{ByteOrder, Kinds, ProcRoot, Query, Scanner, Source, State};

use crate::{command::decode, error::Error, output::Format};

const EXAMPLES: &str = "\
Examples:
  procnet                                 every socket, and who owns it
  procnet -l --kind tcp                   who waits for connections
  procnet sockets --state close-wait      who forgets to close
  procnet sockets --format ndjson | jq .  for a program
  procnet summary                         how many, by state, port, user and queue
  procnet dev                             counters of interfaces
  procnet decode tcp6 capture.txt         a capture, of this or another host

Without a subcommand, procnet does as `procnet sockets`, with its options.

Exit codes: 0, all was seen; 1, something could not be read, and is named on
standard error; 2, the command could not run.";

/// Which sockets exist on this host, and which processes own them.
#[derive(Debug, Parser)]
#[command(name = "procnet", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) sockets: Sockets,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List sockets, with every process that holds them.
    Sockets(Sockets),
    /// Count sockets by state, port, user and queue; fast, as it looks at no process.
    Summary(Summary),
    /// Show the counters of network interfaces.
    Dev(Dev),
    /// Show the counters of protocols: ip, icmp, tcp, udp and others.
    Snmp(Snmp),
    /// Show how many connections are tracked, and what tracking them did.
    Conntrack(Conntrack),
    /// Decode a captured table, of this host or another.
    Decode(Decode),
}

/// How all commands print.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Printing {
    /// How to print: a table for people, the others for programs.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,
}

/// Which host all commands but `decode` look at.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Host {
    /// Read this directory instead of $HOST_PROC or /proc: the /proc of another host that is
    /// mounted here, or captured files laid out alike.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

impl Host {
    pub(crate) fn scanner(&self) -> Result<Scanner, Error> {
        let root = match &self.root {
            Some(path) => ProcRoot::at(path)?,
            None => ProcRoot::from_env()?,
        };
        Ok(Scanner::with_root(root))
    }
}

const SOCKETS_EXAMPLES: &str = "\
Examples:
  procnet sockets --kind tcp,udp --listening     open ports
  procnet sockets --state estab,time-wait        as ss or the kernel write them
  procnet sockets --port 443                     who is behind a port
  procnet sockets --pid 4242                     of one process, in its network
  procnet sockets --no-owners --format csv       fast: looks at no process
  procnet sockets --root /host/proc              the host's, from a container

On a terminal that is too narrow, a table leaves out columns that hold only
zeros, then cuts texts (…). Into a file or a pipe it prints all.";

#[derive(Debug, clap::Args)]
#[command(after_help = SOCKETS_EXAMPLES)]
pub(crate) struct Sockets {
    /// Only sockets of this kind; may be given again, or as a list with commas.
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',', value_parser = kinds())]
    kinds: Vec<Kinds>,
    /// Only sockets that this process owns, in its network namespace.
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    /// Only sockets in one of these states (listen, established, time-wait, unconn, …).
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',', value_parser = state)]
    states: Vec<State>,
    /// Only sockets that wait for others: listeners, and UDP sockets without a peer.
    #[arg(long, short)]
    listening: bool,
    /// Only sockets that are bound to this local port.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Where sockets come from: the kernel's tables in /proc, its socket diagnostics (faster,
    /// with exact names), or these where they work.
    #[arg(long, value_enum, value_name = "SOURCE", default_value_t)]
    source: SourceName,
    /// Print at most this many sockets.
    #[arg(long, value_name = "N")]
    max: Option<u64>,
    /// Do not look for owners, which is most of the work.
    #[arg(long)]
    pub(crate) no_owners: bool,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

impl Sockets {
    pub(crate) fn query(&self) -> Query {
        let query = Query::new().owners(!self.no_owners).source(self.source.into());
        let mut query = narrowed(query, &self.kinds, &self.states);
        if self.listening {
            query = query.listening();
        }
        if let Some(port) = self.port {
            query = query.local_port(port);
        }
        if let Some(pid) = self.pid {
            query = query.pid(pid);
        }
        match self.max {
            Some(max) => query.limit(max),
            None => query,
        }
    }
}

/// A source, as it is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum SourceName {
    Auto,
    #[default]
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

const SUMMARY_EXAMPLES: &str = "\
Examples:
  procnet summary                        the ten ports with most sockets among it
  procnet summary --kind tcp             of tcp and tcp6 alone
  procnet summary --state time-wait      who waits for stray segments, by port
  procnet summary --all-ports --format ndjson";

#[derive(Debug, clap::Args)]
#[command(after_help = SUMMARY_EXAMPLES)]
pub(crate) struct Summary {
    /// Only sockets of this kind; may be given again, or as a list with commas.
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',', value_parser = kinds())]
    kinds: Vec<Kinds>,
    /// Only sockets in one of these states (listen, established, time-wait, unconn, …).
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',', value_parser = state)]
    states: Vec<State>,
    /// Every port, by number, instead of the ten with most sockets.
    #[arg(long)]
    pub(crate) all_ports: bool,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

impl Summary {
    pub(crate) fn query(&self) -> Query {
        narrowed(Query::new(), &self.kinds, &self.states)
    }
}

/// Only what is of one of these kinds and in one of these states, where any is named.
fn narrowed(query: Query, kinds: &[Kinds], states: &[State]) -> Query {
    let query = match kinds {
        [] => query,
        kinds => query.kinds(kinds.iter().copied().collect::<Kinds>()),
    };
    match states {
        [] => query,
        states => query.states(states.iter().copied()),
    }
}

fn kinds() -> ValueParser {
    let names = Kinds::NAMED.map(|(name, _)| name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Kinds>()).into()
}

fn state(text: &str) -> Result<State, procnet::core::UnknownState> {
    text.trim().parse()
}

#[derive(Debug, clap::Args)]
pub(crate) struct Dev {
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

const SNMP_EXAMPLES: &str = "\
Examples:
  procnet snmp                        every protocol
  procnet snmp tcp udp                two of them
  procnet snmp tcp --format csv       for a spreadsheet";

#[derive(Debug, clap::Args)]
#[command(after_help = SNMP_EXAMPLES)]
pub(crate) struct Snmp {
    /// Only these protocols, in any case: ip, icmp, icmpmsg, tcp, udp, udplite.
    #[arg(value_name = "PROTOCOL")]
    pub(crate) protocols: Vec<String>,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Conntrack {
    /// A row for each CPU, instead of their sum.
    #[arg(long)]
    pub(crate) per_cpu: bool,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

const DECODE_EXAMPLES: &str = "\
Examples:
  procnet decode tcp6 capture.txt
  ssh host cat /proc/net/tcp | procnet decode tcp -
  procnet decode udp --byte-order big s390x.txt --format ndjson

A row that does not decode is named on standard error, as FILE: line L,
column C; the others are still printed.";

#[derive(Debug, clap::Args)]
#[command(after_help = DECODE_EXAMPLES)]
pub(crate) struct Decode {
    /// Which table it is, named as under /proc/net.
    #[arg(value_name = "KIND", value_parser = tables())]
    pub(crate) table: &'static decode::Table,
    /// The captured table; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The byte order of the host that printed it.
    #[arg(long, value_enum, value_name = "ORDER", default_value_t = Order::NATIVE)]
    pub(crate) byte_order: Order,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

fn tables() -> ValueParser {
    let values = decode::TABLES.iter().map(|table| {
        let value = PossibleValue::new(table.name);
        value.aliases(table.aliases)
    });
    let find = |name: String| decode::Table::find(&name).ok_or("not a table");
    PossibleValuesParser::new(values).try_map(find).into()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    const NATIVE: Order = match ByteOrder::NATIVE {
        ByteOrder::Little => Order::Little,
        ByteOrder::Big => Order::Big,
    };
}

impl From<Order> for ByteOrder {
    fn from(order: Order) -> ByteOrder {
        match order {
            Order::Little => ByteOrder::Little,
            Order::Big => ByteOrder::Big,
        }
    }
}
