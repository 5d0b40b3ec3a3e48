//! `procnet sockstat`: the kernel's own counts of sockets, and the memory they use.

use procnet::{ErrorKind, counters::SocketCounts, decode::counter::sockstat::Rows};

use crate::{
    Outcome,
    args::Shown,
    command::decode::{Decoder, Report},
    error::Error,
    messages::{bad_lines, message, remarks},
    output::{Header, Writer},
    row::{CounterRow, escaped},
};

pub(super) fn run(args: &Shown) -> Result<Outcome, Error> {
    let mut scanner = args.host.scanner()?;
    let ipv4 = scanner.socket_counts()?;
    let mut outcome = Outcome::Complete;
    let ipv6 = match scanner.socket_counts6() {
        Ok(counts) => counts,
        // A kernel may be built without IPv6, but a capture may lack its table.
        Err(error) if matches!(error.kind(), ErrorKind::Absent | ErrorKind::NotCaptured) => {
            message!("{error}");
            outcome = Outcome::complete_if(error.kind() == ErrorKind::Absent);
            SocketCounts::default()
        }
        Err(error) => return Err(error.into()),
    };
    let mut writer = Writer::open(args.printing, Header::of::<CounterRow<'_>>())?;
    for (table, counts) in [("sockstat", &ipv4), ("sockstat6", &ipv6)] {
        for protocol in &counts.protocols {
            let name = escaped(&protocol.name);
            for (counter, value) in &protocol.counters {
                let row = CounterRow { protocol: &name, name: &escaped(counter), value: *value };
                writer.row(&row)?;
            }
        }
        outcome = outcome.and(bad_lines(table, &counts.undecodable));
        outcome = outcome.and(remarks(table, &counts.remarks));
    }
    writer.finish()?;
    Ok(outcome)
}

struct SockstatDecoder;

impl Decoder for SockstatDecoder {
    fn header(&self) -> Header {
        Header::of::<CounterRow<'_>>()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        let row = match Rows::new(line).next() {
            Some(Ok(row)) => row,
            Some(Err(error)) => {
                report.error(number, error);
                return Ok(());
            }
            None => return Ok(()),
        };
        let protocol = escaped(row.prefix());
        for value in row.values() {
            match value {
                Ok(value) => {
                    let name = escaped(value.name);
                    let value = value.value;
                    report.record(&CounterRow { protocol: &protocol, name: &name, value })?;
                }
                Err(error) => report.error(number, error),
            }
        }
        Ok(())
    }
}

pub(super) fn decoder() -> Box<dyn Decoder> {
    Box::new(SockstatDecoder)
}
