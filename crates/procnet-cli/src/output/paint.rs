//! Colours of a table: few, from the terminal's own palette, and never the only sign of
//! anything.

use std::io::{self, Write};

/// How a text is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Paint {
    #[default]
    Plain,
    /// A heading.
    Bold,
    /// What tells least.
    Dim,
    /// What waits to be used; what has come.
    Green,
    /// What may be worth a look; what has changed.
    Yellow,
    /// What has gone.
    Red,
}

impl Paint {
    /// The parameter of SGR (ECMA-48), where there is one.
    fn code(self) -> &'static str {
        match self {
            Paint::Plain => "",
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Green => "32",
            Paint::Yellow => "33",
            Paint::Red => "31",
        }
    }

    /// Begins to paint.
    pub(super) fn begin(self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Paint::Plain => Ok(()),
            paint => write!(out, "\x1b[{}m", paint.code()),
        }
    }

    /// Ends what [`begin`](Paint::begin) began.
    pub(super) fn end(self, out: &mut impl Write) -> io::Result<()> {
        if self == Paint::Plain { Ok(()) } else { out.write_all(b"\x1b[0m") }
    }
}

/// How the texts of a column are shown.
pub(crate) type Painter = fn(&str) -> Paint;

/// As they are.
pub(crate) fn plain(_: &str) -> Paint {
    Paint::Plain
}

/// Numbers that are 0 tell least.
pub(crate) fn zeros(text: &str) -> Paint {
    if text == "0" { Paint::Dim } else { Paint::Plain }
}
