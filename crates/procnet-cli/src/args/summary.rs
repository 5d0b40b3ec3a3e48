//! `procnet summary`.

use procnet::Query;

use super::{Host, Printing, Selection};
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  procnet summary                        the ten ports with most sockets among it
  procnet summary --kind tcp             of tcp and tcp6 alone
  procnet summary --state time-wait      who waits for stray segments, by port
  procnet summary --all-ports --format ndjson";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Summary {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Every port, by number, instead of the ten with most sockets.
    #[arg(long)]
    pub(crate) all_ports: bool,
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
