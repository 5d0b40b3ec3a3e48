//! `procnet sockstat`: the kernel's own counts of sockets, and the memory they use.

use procnet::{ErrorKind, Scanner, counters::SocketCounts, decode::counter::sockstat::Rows};

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
    let (ipv6, outcome) = of_ipv6(&mut scanner)?;
    let mut writer = Writer::open(args.printing, Header::of::<CounterRow<'_>>())?;
    for counts in [&ipv4, &ipv6] {
        for protocol in &counts.protocols {
            let name = escaped(&protocol.name);
            for (counter, value) in &protocol.counters {
                let row = CounterRow { protocol: &name, name: &escaped(counter), value: *value };
                writer.row(&row)?;
            }
        }
    }
    writer.finish()?;
    Ok(outcome.and(doubts(&ipv4, &ipv6)))
}

/// The counts of IPv6; none, which is reported, if the table is missing.
pub(crate) fn of_ipv6(scanner: &mut Scanner) -> Result<(SocketCounts, Outcome), Error> {
    match scanner.socket_counts6() {
        Ok(counts) => Ok((counts, Outcome::Complete)),
        // A kernel may be built without IPv6, but a capture may lack its table.
        Err(error) if matches!(error.kind(), ErrorKind::Absent | ErrorKind::NotCaptured) => {
            message!("{error}");
            let outcome = Outcome::complete_if(error.kind() == ErrorKind::Absent);
            Ok((SocketCounts::default(), outcome))
        }
        Err(error) => Err(error.into()),
    }
}

/// Reports what is malformed or doubtful in both tables.
pub(crate) fn doubts(ipv4: &SocketCounts, ipv6: &SocketCounts) -> Outcome {
    let mut outcome = Outcome::Complete;
    for (table, counts) in [("sockstat", ipv4), ("sockstat6", ipv6)] {
        outcome = outcome.and(bad_lines(table, &counts.undecodable));
        outcome = outcome.and(remarks(table, &counts.remarks));
    }
    outcome
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
