//! A socket, and whether it is news.

use super::{SocketRow, Tell};
use crate::output::{Cells, Column, Header, Keep, Paint, Row, Shape};

/// What became of a socket since the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Steady,
    Appeared,
    Vanished,
    Changed,
}

pub(crate) struct MarkedRow<'a>(pub(crate) Mark, pub(crate) SocketRow<'a>);

impl MarkedRow<'_> {
    pub(crate) fn header(tell: Tell) -> Header {
        let mut header = SocketRow::header(tell);
        header.columns.insert(0, Column::new("", Shape::Word, Keep::Always));
        header
    }
}

impl Row for MarkedRow<'_> {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        self.1.json(line)
    }

    fn csv(&self, cells: &mut Cells) {
        self.1.csv(cells);
    }

    fn table(&self, cells: &mut Cells) {
        cells.push(match self.0 {
            // A blank keeps the column where it is while there is no news.
            Mark::Steady => " ",
            Mark::Appeared => "+",
            Mark::Vanished => "-",
            Mark::Changed => "~",
        });
        self.1.table(cells);
    }

    fn paint(&self) -> Paint {
        match self.0 {
            Mark::Steady => Paint::Plain,
            Mark::Appeared => Paint::Green,
            Mark::Vanished => Paint::Red,
            Mark::Changed => Paint::Yellow,
        }
    }
}
