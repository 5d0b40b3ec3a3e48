//! The counters of connection tracking: a line of names, then a line a CPU.

use procnet::core::counter::conntrack::Rows;

use super::{Decoder, report::Report};
use crate::{command::conntrack, error::Error, output::Header, row::Numbers};

pub(super) struct Conntrack {
    /// The line of names, then a newline; empty before it was seen.
    heading: Vec<u8>,
    /// Those names, and before them that of the CPU.
    names: Vec<String>,
    cpu: u64,
    /// Reused: a heading with one line of values, and the values.
    text: Vec<u8>,
    values: Vec<u64>,
}

impl Conntrack {
    pub(super) fn new() -> Conntrack {
        let names = conntrack::names([].into_iter());
        let (heading, text, values) = Default::default();
        Conntrack { heading, names, cpu: 0, text, values }
    }
}

impl Decoder for Conntrack {
    fn header(&self) -> Header {
        Numbers::header(&self.names, false)
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        let alone = Rows::new(line);
        if alone.names().is_empty() {
            // A blank line.
            return Ok(());
        }
        if self.heading.is_empty() {
            self.names = conntrack::names(alone.column_names());
            self.heading = [line, b"\n"].concat();
            return Ok(());
        }
        self.text.clear();
        self.text.extend_from_slice(&self.heading);
        self.text.extend_from_slice(line);
        self.values.clear();
        self.values.push(self.cpu);
        self.cpu += 1;
        for column in Rows::new(&self.text).flat_map(|row| row.columns()) {
            match column {
                Ok(column) => self.values.push(column.value),
                Err(error) => {
                    report.bad(number, error);
                    return Ok(());
                }
            }
        }
        let row = Numbers { names: &self.names, values: &self.values };
        report.row(|| self.header(), &row)
    }
}
