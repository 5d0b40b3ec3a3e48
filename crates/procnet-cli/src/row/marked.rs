//! A socket, what changed since the last refresh, and what needs attention.

use super::{Extras, SocketRow, Warnings};
use crate::output::{Cells, Column, Header, Keep, Row, Shape, Style};

/// What changed about a socket since the last refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Unchanged,
    Appeared,
    Vanished,
    Changed,
}

pub(crate) struct MarkedRow<'a> {
    pub(crate) mark: Mark,
    pub(crate) warnings: Warnings,
    pub(crate) row: SocketRow<'a>,
}

impl MarkedRow<'_> {
    pub(crate) fn header(extras: Extras) -> Header {
        let mut header = SocketRow::header(extras);
        header.columns.insert(0, warnings_column());
        header.columns.insert(0, Column::new("", Shape::Word, Keep::Essential));
        header
    }
}

/// The column of warnings, which shows while there are any.
pub(super) fn warnings_column() -> Column {
    Column::new("Warning", Shape::Word, Keep::Essential)
}

impl Row for MarkedRow<'_> {
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        self.row.object(out)
    }

    fn values(&self, cells: &mut Cells) {
        self.row.values(cells);
    }

    fn cells(&self, cells: &mut Cells) {
        cells.push(match self.mark {
            // A blank keeps the column in place while nothing changes.
            Mark::Unchanged => " ",
            Mark::Appeared => "+",
            Mark::Vanished => "-",
            Mark::Changed => "~",
        });
        cells.push(self.warnings);
        self.row.cells(cells);
    }

    fn style(&self) -> Style {
        match self.mark {
            Mark::Vanished => Style::Red,
            _ if !self.warnings.is_empty() => Style::Alarm,
            Mark::Unchanged => Style::Plain,
            Mark::Appeared => Style::Green,
            Mark::Changed => Style::Yellow,
        }
    }
}
