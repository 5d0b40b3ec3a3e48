//! How all commands print.

use clap::ValueEnum;

use crate::output::Format;

/// How all commands print.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Printing")]
pub(crate) struct Printing {
    /// How to print: a table for people, the others for programs.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Print whole texts and every column, however wide the terminal is.
    #[arg(long)]
    pub(crate) wide: bool,
    /// Print no headings above a table, and no line of names in CSV.
    #[arg(long, short = 'H')]
    pub(crate) no_header: bool,
    /// Colours of a table: on a terminal unless NO_COLOR is set, always, or never.
    #[arg(long, visible_alias = "colour", value_enum, value_name = "WHEN", default_value_t)]
    #[arg(hide_possible_values = true)]
    pub(crate) color: Color,
}

/// When a table has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Into files and pipes, too
    Always,
    /// Nowhere
    Never,
}

impl Color {
    /// Whether to colour what goes to a terminal, or does not.
    pub(crate) fn applies(self, terminal: bool) -> bool {
        // As no-color.org has it: set, to anything but nothing. A terminal that is dumb shows
        // the sequences instead.
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        match self {
            Color::Auto => terminal && !set("NO_COLOR") && !dumb(),
            Color::Always => true,
            Color::Never => false,
        }
    }
}
