//! What can be typed: the one definition of commands, options and their help.

mod conditions;
mod counters;
mod decode;
mod explain;
mod generate;
mod grouping;
mod host;
mod kinds;
mod netns;
mod network;
mod printing;
mod selection;
mod shown;
mod sockets;
mod states;
mod summary;
mod top;
mod watch;

use clap::{Parser, Subcommand};

pub(crate) use self::{
    counters::{Conntrack, Dev, Netstat, Snmp, Snmp6, Softnet},
    decode::Decode,
    explain::Explain,
    generate::{Completions, Man},
    grouping::{Grouping, Sort},
    host::Host,
    network::ShownByVersion,
    printing::Printing,
    selection::Selection,
    shown::{Shown, Watchable},
    sockets::Sockets,
    summary::Summary,
    top::Top,
    watch::Watch,
};

const EXAMPLES: &str = "\
Examples:
  procnet                                 every socket, and who owns it
  procnet -ltn                            who waits for connections
  procnet -t sport = :https               who is connected to a port
  procnet sockets --state close-wait      who forgets to close
  procnet sockets --format ndjson | jq .  for a program
  procnet top                             which processes hold most
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
    pub(crate) sockets: Box<Sockets>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List sockets, with every process that holds them.
    Sockets(Box<Sockets>),
    /// Count sockets by state, port, user and queue; fast, as it looks at no process.
    Summary(Box<Summary>),
    /// Tell who has most sockets: which processes, peers, ports or users.
    Top(Box<Top>),
    /// Show the counters of network interfaces.
    Dev(Dev),
    /// Show the counters of protocols: ip, icmp, tcp, udp and others.
    Snmp(Snmp),
    /// Show further counters of protocols: what happened to TCP, octets of IP, multipath TCP.
    Netstat(Netstat),
    /// Show the counters of IPv6, of the host or of interfaces.
    Snmp6(Snmp6),
    /// Show how many sockets there are, as the kernel counts them, and what they use.
    Sockstat(Shown),
    /// Show what each CPU did with packets.
    Softnet(Softnet),
    /// Show the protocols that the kernel has registered.
    Protocols(Shown),
    /// Show how many connections are tracked, and what tracking them did.
    Conntrack(Conntrack),
    /// Show the neighbours of IPv4.
    Arp(Shown),
    /// Show the routes of IPv4 and IPv6.
    Route(ShownByVersion),
    /// Show the IPv6 addresses of interfaces.
    Addr(Shown),
    /// Show the multicast groups that this host has joined.
    Igmp(ShownByVersion),
    /// Show which functions of the kernel take packets.
    Ptype(Shown),
    /// Show how well wireless interfaces receive.
    Wireless(Shown),
    /// Decode a captured table, of this host or another.
    Decode(Decode),
    /// Tell what can be seen here, from where, why not more, and what would help.
    Explain(Explain),
    /// Print what a shell needs to complete the words of this command.
    Completions(Completions),
    /// Print a page for man.
    Man(Man),
}
