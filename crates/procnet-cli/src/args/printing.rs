//! Output options of all commands.

use clap::ValueEnum;

use crate::output::Format;

/// Output options of all commands.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Printing {
    /// Output format: table for people, the others for programs
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Do not fit the table to the terminal: print every column, uncut
    #[arg(long)]
    pub(crate) wide: bool,
    /// Omit the header line of tables and CSV
    #[arg(long, short = 'H')]
    pub(crate) no_header: bool,
    /// Color tables: auto (on a terminal, unless NO_COLOR is set), always or never
    #[arg(long, visible_alias = "colour", value_enum, value_name = "WHEN", default_value_t)]
    #[arg(hide_possible_values = true)]
    pub(crate) color: Color,
}

/// When tables are colored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Also in files and pipes
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether to color output to a terminal, or to something else.
    pub(crate) fn applies(self, terminal: bool) -> bool {
        // no-color.org: set and not empty. A dumb terminal prints the escape sequences.
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        match self {
            Color::Auto => terminal && !set("NO_COLOR") && !dumb(),
            Color::Always => true,
            Color::Never => false,
        }
    }
}
