//! `procnet explain`.

use super::{Host, Printing};

const EXAMPLES: &str = "\
Examples:
  procnet explain                          for this user
  sudo procnet explain                     for root
  procnet explain --root /host/proc        for the host, from a container
  procnet explain --format json

For each kind of data, prints whether all, some or none of it is visible and
where it comes from; if not all, why, and what would help. It changes nothing and
needs no more privileges than the other commands.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}
