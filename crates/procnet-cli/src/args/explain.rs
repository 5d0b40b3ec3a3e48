//! `procnet explain`.

use super::{Host, Printing};

const EXAMPLES: &str = "\
Examples:
  procnet explain                          as this user, here
  sudo procnet explain                     what root would see
  procnet explain --root /host/proc        what of the host, from a container
  procnet explain --format json

Each thing is said to be seen whole, in part, or not at all; from where; if not
whole, why; and what would help. It changes nothing, and asks for no more than
the other commands do.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}
