//! What is said about what could not be read.

/// Options of all commands.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct Reporting {
    /// Print no messages, unless the command cannot run; the exit code still reports that something
    /// could not be read
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Exit with 0 even if something could not be read
    #[arg(long, global = true)]
    pub(crate) allow_partial: bool,
}
