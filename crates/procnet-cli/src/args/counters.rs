//! Files of counters: `procnet dev`, `snmp`, `conntrack` and others.

use std::ffi::OsString;

use super::{Shown, Watchable};

const DEV_EXAMPLES: &str = "\
Examples:
  procnet dev                         what interfaces have counted
  procnet dev --watch 2               how fast they count
  procnet dev --watch 10 --format ndjson";

#[derive(Debug, clap::Args)]
#[command(after_help = DEV_EXAMPLES)]
pub(crate) struct Dev {
    #[command(flatten)]
    pub(crate) shown: Watchable,
}

const SNMP_EXAMPLES: &str = "\
Examples:
  procnet snmp                        every protocol
  procnet snmp tcp udp                two of them
  procnet snmp tcp --watch 1          how fast they count
  procnet snmp tcp --format csv       for a spreadsheet";

#[derive(Debug, clap::Args)]
#[command(after_help = SNMP_EXAMPLES)]
pub(crate) struct Snmp {
    /// Only these protocols, in any case: ip, icmp, icmpmsg, tcp, udp, udplite.
    #[arg(value_name = "PROTOCOL")]
    pub(crate) protocols: Vec<String>,
    #[command(flatten)]
    pub(crate) shown: Watchable,
}

const NETSTAT_EXAMPLES: &str = "\
Examples:
  procnet netstat                     all that the kernel counts besides
  procnet netstat tcpext              of TCP: overflows, drops, retransmissions, cookies
  procnet netstat --format ndjson";

#[derive(Debug, clap::Args)]
#[command(after_help = NETSTAT_EXAMPLES)]
pub(crate) struct Netstat {
    /// Only these protocols, in any case: tcpext, ipext, mptcpext.
    #[arg(value_name = "PROTOCOL")]
    pub(crate) protocols: Vec<String>,
    #[command(flatten)]
    pub(crate) shown: Watchable,
}

const SNMP6_EXAMPLES: &str = "\
Examples:
  procnet snmp6                       of the host
  procnet snmp6 icmp6                 whose name begins with Icmp6
  procnet snmp6 --interface eth0      of one interface
  procnet snmp6 --all-interfaces ip6in --format csv";

#[derive(Debug, clap::Args)]
#[command(after_help = SNMP6_EXAMPLES)]
pub(crate) struct Snmp6 {
    /// Only counters whose name begins with one of these, in any case: ip6, icmp6, udp6, udplite6.
    #[arg(value_name = "PREFIX")]
    prefixes: Vec<String>,
    /// Of this interface instead of the host; may be given again.
    #[arg(long = "interface", short, value_name = "NAME", conflicts_with = "all_interfaces")]
    pub(crate) interfaces: Vec<OsString>,
    /// Of every interface instead of the host.
    #[arg(long)]
    pub(crate) all_interfaces: bool,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

impl Snmp6 {
    /// Whether a counter of this name is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let begins = |prefix: &String| {
            name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        self.prefixes.is_empty() || self.prefixes.iter().any(begins)
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Softnet {
    /// One row: all CPUs added up.
    #[arg(long)]
    pub(crate) sum: bool,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Conntrack {
    /// A row for each CPU, instead of their sum.
    #[arg(long, conflicts_with = "watch")]
    pub(crate) per_cpu: bool,
    /// The connections that are tracked, a row each.
    #[arg(long, conflicts_with_all = ["per_cpu", "watch"])]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) shown: Watchable,
}
