//! Colors of a table: few, from the terminal's palette, and never the only carrier of a meaning.

use std::io::{self, Write};

/// The style of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Style {
    #[default]
    Plain,
    /// A heading.
    Bold,
    /// The least informative.
    Dim,
    /// Listeners; new rows.
    Green,
    /// Possible problems; changed rows.
    Yellow,
    /// Vanished rows.
    Red,
    /// Rows that need attention.
    Alarm,
}

impl Style {
    /// The SGR parameter (ECMA-48), if there is one.
    fn code(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Green => "32",
            Style::Yellow => "33",
            Style::Red => "31",
            Style::Alarm => "1;31",
        }
    }

    /// Writes the sequence that starts the style.
    pub(super) fn begin(self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Style::Plain => Ok(()),
            style => write!(out, "\x1b[{}m", style.code()),
        }
    }

    /// Writes the sequence that resets it.
    pub(super) fn end(self, out: &mut impl Write) -> io::Result<()> {
        if self == Style::Plain { Ok(()) } else { out.write_all(b"\x1b[0m") }
    }
}

/// The style of a column's texts.
pub(crate) type Styler = fn(&str) -> Style;

/// No style.
pub(crate) fn plain(_: &str) -> Style {
    Style::Plain
}

/// Zeros are dim.
pub(crate) fn zeros(text: &str) -> Style {
    if text == "0" { Style::Dim } else { Style::Plain }
}
