//! What commands have in common that show what a host knows or counts.

use super::{Host, Printing, Watch};

/// Of which host, and in which form.
#[derive(Debug, clap::Args)]
pub(crate) struct Shown {
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

/// The same of what can be looked at again and again.
#[derive(Debug, clap::Args)]
pub(crate) struct Watchable {
    #[command(flatten)]
    pub(crate) watch: Watch,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}
