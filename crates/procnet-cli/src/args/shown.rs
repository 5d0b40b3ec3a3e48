//! Options shared by the commands that print tables.

use super::{Host, Printing, Watch};

/// The host and the output.
#[derive(Debug, clap::Args)]
pub(crate) struct Shown {
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

/// The same for counters, which can be watched.
#[derive(Debug, clap::Args)]
pub(crate) struct Watchable {
    #[command(flatten)]
    pub(crate) watch: Watch,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}
