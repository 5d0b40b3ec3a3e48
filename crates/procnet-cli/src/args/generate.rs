//! `procnet completions` and `procnet man`.

use clap_complete::Shell;

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  procnet completions bash > ~/.local/share/bash-completion/completions/procnet
  procnet completions fish > ~/.config/fish/completions/procnet.fish
  procnet completions zsh > ~/.zfunc/_procnet";

#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

const MAN_EXAMPLES: &str = "\
Examples:
  procnet man > procnet.1
  procnet man sockets > procnet-sockets.1
  procnet man top | man -l -";

#[derive(Debug, clap::Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct Man {
    /// The subcommand; by default, procnet itself
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}
