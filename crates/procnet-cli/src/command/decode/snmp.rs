//! The counters of protocols: snmp and netstat.
//!
//! Their lines come in pairs, of names and of values. A value that is no number costs its
//! own counter; where there are more names than values, or fewer, no value is known to be
//! that of its name, so the pair is one bad row.

use procnet::core::{
    ErrorKind,
    counter::snmp::{Pair, Pairs},
};

use super::{Decoder, report::Report};
use crate::{
    error::Error,
    output::Header,
    row::{CounterRow, escaped},
};

#[derive(Default)]
pub(super) struct Snmp {
    /// A line that waits for its other half, then a newline.
    names: Vec<u8>,
    /// The number of that line.
    number: usize,
}

impl Decoder for Snmp {
    fn header(&self) -> Header {
        CounterRow::header()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        if Pairs::new(line).next().is_none() {
            // A blank line.
            return Ok(());
        }
        let waiting = self.names.len();
        self.names.extend_from_slice(line);
        if waiting > 0 {
            match Pairs::new(&self.names).next() {
                Some(Ok(pair)) => {
                    print(&pair, number, report)?;
                    self.names.clear();
                    return Ok(());
                }
                Some(Err(error)) => report.bad(self.number, error),
                None => {}
            }
            // This line may begin a pair of its own.
            self.names.drain(..waiting);
        }
        self.names.push(b'\n');
        self.number = number;
        Ok(())
    }

    fn end(&mut self, report: &mut Report) -> Result<(), Error> {
        if let Some(Err(error)) = Pairs::new(&self.names).next() {
            report.bad(self.number, error);
        }
        Ok(())
    }
}

fn print(pair: &Pair<'_>, number: usize, report: &mut Report) -> Result<(), Error> {
    let is_mismatch = |error: &procnet::core::Error| error.kind() == ErrorKind::Mismatch;
    if let Some(Err(error)) = pair.counters().last()
        && is_mismatch(&error)
    {
        report.bad(number, error);
        return Ok(());
    }
    let protocol = escaped(pair.prefix());
    for counter in pair.counters() {
        match counter {
            Ok(counter) => {
                let name = escaped(counter.name);
                let row = CounterRow { protocol: &protocol, name: &name, value: counter.value };
                report.row(CounterRow::header, &row)?;
            }
            Err(error) => report.bad(number, error),
        }
    }
    Ok(())
}
