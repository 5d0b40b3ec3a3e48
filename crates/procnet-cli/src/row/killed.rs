//! A socket to close, and what became of it.

use std::{borrow::Cow, fmt};

use procnet::destroy::{Outcome, Refusal};
use serde::Serialize;

use super::{SocketRow, extra::append};
use crate::output::{Cells, Column, Header, Keep, Row, Shape, Style};

/// What became of a socket that was to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Killed {
    /// It would be closed, but nothing is.
    Would,
    /// It is held by procnet itself: its standard input or output.
    Own,
    Is(Outcome),
}

impl Killed {
    pub(crate) fn refused(refusal: Refusal) -> Killed {
        Killed::Is(Outcome::Refused(refusal))
    }

    /// Whether it does not exist any more.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Killed::Is(outcome) if outcome.is_over())
    }

    /// Its name for programs.
    fn name(self) -> &'static str {
        match self {
            Killed::Would => "would_close",
            Killed::Own => "own",
            Killed::Is(outcome) => outcome.name(),
        }
    }

    /// Why it was not closed.
    pub(crate) fn reason(self) -> Option<String> {
        match self {
            Killed::Would => None,
            Killed::Own => Some("it is held by procnet itself".to_owned()),
            Killed::Is(outcome) => (!outcome.is_over()).then(|| outcome.to_string()),
        }
    }

    /// What would help.
    pub(crate) fn help(self) -> Option<&'static str> {
        match self {
            Killed::Own => Some("run procnet without the socket as its standard input or output"),
            Killed::Is(Outcome::Refused(refusal)) => refusal.help(),
            Killed::Would | Killed::Is(_) => None,
        }
    }
}

/// For people.
impl fmt::Display for Killed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Killed::Would => Cow::from("would close"),
            _ => self.name().replace('_', " ").into(),
        })
    }
}

pub(crate) struct KilledRow<'a> {
    pub(crate) row: SocketRow<'a>,
    pub(crate) killed: Killed,
}

impl KilledRow<'_> {
    /// The header of such rows, from that of sockets.
    pub(crate) fn header(mut header: Header) -> Header {
        header.keys.extend(["result", "reason"].map(str::to_owned));
        header.columns.insert(0, Column::new("Result", Shape::Word, Keep::Essential));
        header
    }
}

#[derive(Serialize)]
struct Result {
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Row for KilledRow<'_> {
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        self.row.object(out)?;
        append(out, &Result { result: self.killed.name(), reason: self.killed.reason() })
    }

    fn values(&self, cells: &mut Cells) {
        self.row.values(cells);
        cells.text(self.killed.name());
        cells.push_option(self.killed.reason());
    }

    fn cells(&self, cells: &mut Cells) {
        cells.push(self.killed);
        self.row.cells(cells);
    }

    fn style(&self) -> Style {
        match self.killed {
            Killed::Would => Style::Plain,
            killed if killed.is_over() => Style::Dim,
            _ => Style::Red,
        }
    }
}
