//! A socket, and what changed since the last refresh.

use super::{Extras, SocketRow};
use crate::output::{Cells, Column, Header, Keep, Row, Shape, Style};

/// What changed about a socket since the last refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Unchanged,
    Appeared,
    Vanished,
    Changed,
}

pub(crate) struct MarkedRow<'a>(pub(crate) Mark, pub(crate) SocketRow<'a>);

impl MarkedRow<'_> {
    pub(crate) fn header(extras: Extras) -> Header {
        let mut header = SocketRow::header(extras);
        header.columns.insert(0, Column::new("", Shape::Word, Keep::Always));
        header
    }
}

impl Row for MarkedRow<'_> {
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        self.1.object(out)
    }

    fn values(&self, cells: &mut Cells) {
        self.1.values(cells);
    }

    fn cells(&self, cells: &mut Cells) {
        cells.push(match self.0 {
            // A blank keeps the column in place while nothing changes.
            Mark::Unchanged => " ",
            Mark::Appeared => "+",
            Mark::Vanished => "-",
            Mark::Changed => "~",
        });
        self.1.cells(cells);
    }

    fn style(&self) -> Style {
        match self.0 {
            Mark::Unchanged => Style::Plain,
            Mark::Appeared => Style::Green,
            Mark::Vanished => Style::Red,
            Mark::Changed => Style::Yellow,
        }
    }
}
