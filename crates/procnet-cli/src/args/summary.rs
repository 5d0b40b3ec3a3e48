//! `procnet summary`.

use procnet::Query;

use super::{Host, Printing, Selection};
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  procnet summary                        all sockets, and the ten busiest ports
  procnet summary --kind tcp             only TCP, over IPv4 and IPv6
  procnet summary --state time-wait      TIME-WAIT sockets, by port
  procnet summary --all-ports --format ndjson";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Summary {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Print all ports, in numerical order, instead of the ten with the most sockets and two sums:
    /// of the others, and of ports in the range from which the kernel chooses, with one socket each
    #[arg(long)]
    pub(crate) all_ports: bool,
    /// Also print what the kernel itself counts, as `ss -s` does: sockets that no table lists are
    /// in it, and no selection applies
    #[arg(long)]
    pub(crate) kernel: bool,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

impl Summary {
    pub(crate) fn query(&self) -> Result<Query, Error> {
        self.selection.narrow(Query::new())
    }
}
