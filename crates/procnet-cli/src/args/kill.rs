//! Closing sockets.

/// Closing sockets.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[command(next_help_heading = "Closing")]
pub(crate) struct Kill {
    /// Close the selected TCP and UDP sockets, whoever owns them (CAP_NET_ADMIN). Needs a condition; selects
    /// connections only, unless states, -l or -a are given. Lists the sockets, then asks for their number
    #[arg(id = "kill", long = "kill", short = 'K')]
    #[arg(conflicts_with_all = ["summary", "group_by", "watch", "events", "max", "resolve", "threads"])]
    #[arg(conflicts_with_all = ["context", "contexts"])]
    pub(crate) wanted: bool,
    /// Print what --kill would close, and close nothing
    #[arg(long, requires = "kill", conflicts_with_all = ["yes", "confirm"])]
    pub(crate) dry_run: bool,
    /// Close without asking; --yes or --confirm is needed without a terminal
    #[arg(long, requires = "kill", conflicts_with = "confirm")]
    pub(crate) yes: bool,
    /// Close without asking, if exactly N sockets are to be closed, else none
    #[arg(long, value_name = "N", requires = "kill")]
    pub(crate) confirm: Option<u64>,
}
