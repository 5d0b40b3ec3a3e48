//! `procnet snmp` and `procnet netstat`: counters of protocols.

use procnet::{
    Scanner,
    counters::ProtocolCounters,
    decode::{
        Error as DecodeError, ErrorKind,
        counter::snmp::{Pair, Pairs},
    },
};

use super::rates;
use crate::{
    Outcome,
    args::Watchable,
    command::decode::{Decoder, Report},
    error::Error,
    messages::{message, remarks},
    output::{Header, Writer},
    row::{CounterRow, escaped},
};

const SNMP_EXAMPLES: &str = "\
Examples:
  procnet snmp                        every protocol
  procnet snmp tcp udp                only TCP and UDP
  procnet snmp tcp --watch 1          rates, every second
  procnet snmp tcp --format csv       for a spreadsheet";

#[derive(Debug, clap::Args)]
#[command(after_help = SNMP_EXAMPLES)]
pub(crate) struct Snmp {
    /// Only these protocols, ignoring case: ip, icmp, icmpmsg, tcp, udp, udplite
    #[arg(value_name = "PROTOCOL")]
    protocols: Vec<String>,
    #[command(flatten)]
    shown: Watchable,
}

const NETSTAT_EXAMPLES: &str = "\
Examples:
  procnet netstat                     every extended counter
  procnet netstat tcpext              TCP: overflows, drops, retransmissions, cookies
  procnet netstat --format ndjson";

#[derive(Debug, clap::Args)]
#[command(after_help = NETSTAT_EXAMPLES)]
pub(crate) struct Netstat {
    /// Only these protocols, ignoring case: tcpext, ipext, mptcpext
    #[arg(value_name = "PROTOCOL")]
    protocols: Vec<String>,
    #[command(flatten)]
    shown: Watchable,
}

pub(super) fn snmp(args: &Snmp) -> Result<Outcome, Error> {
    // The kernel omits protocols that have nothing to count.
    let optional = ["IcmpMsg", "UdpLite"];
    show("snmp", &args.shown, &args.protocols, &optional, Scanner::protocol_counters)
}

pub(super) fn netstat(args: &Netstat) -> Result<Outcome, Error> {
    // A kernel may be built without multipath TCP.
    show("netstat", &args.shown, &args.protocols, &["MPTcpExt"], Scanner::netstat_counters)
}

type Read = fn(&mut Scanner, &[&str]) -> Result<ProtocolCounters, procnet::Error>;

/// Prints the counters of the named protocols, of which the optional ones may be absent.
fn show(
    table: &str,
    shown: &Watchable,
    names: &[String],
    optional: &[&str],
    read: Read,
) -> Result<Outcome, Error> {
    let mut scanner = shown.host.scanner()?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let counters = read(&mut scanner, &names)?;
    let missing: Vec<&str> =
        names.iter().copied().filter(|protocol| counters.get(protocol).is_none()).collect();
    for protocol in missing {
        if !optional.iter().any(|optional| optional.eq_ignore_ascii_case(protocol)) {
            let all = read(&mut scanner, &[])?.protocols;
            let known = all.iter().map(|protocol| escaped(&protocol.name)).collect();
            return Err(Error::UnknownProtocol { name: protocol.to_owned(), known });
        }
        message!("{protocol}: no counters in this kernel");
    }
    if shown.watch.every.is_some() {
        return rates::run(|| Ok(read(&mut scanner, &names)?), shown);
    }
    let mut writer = Writer::open(shown.printing, Header::of::<CounterRow<'_>>())?;
    for protocol in &counters.protocols {
        let name = escaped(&protocol.name);
        for (counter, value) in &protocol.counters {
            let row = CounterRow { protocol: &name, name: &escaped(counter), value: *value };
            writer.row(&row)?;
        }
    }
    writer.finish()?;
    Ok(remarks(table, &counters.remarks))
}

/// Decodes `snmp` and `netstat`: pairs of lines, of names and of values.
///
/// A value that is not a number costs its own counter only. If a pair has more names than
/// values, or fewer, no value can be assigned to a name, so the pair is one malformed row.
#[derive(Default)]
struct PairDecoder {
    /// A line of names whose values are still to come, then a newline.
    names: Vec<u8>,
    /// The number of that line.
    number: usize,
}

impl Decoder for PairDecoder {
    fn header(&self) -> Header {
        Header::of::<CounterRow<'_>>()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        if Pairs::new(line).next().is_none() {
            // A blank line.
            return Ok(());
        }
        let pending = self.names.len();
        self.names.extend_from_slice(line);
        if pending > 0 {
            match Pairs::new(&self.names).next() {
                Some(Ok(pair)) => {
                    print(&pair, number, report)?;
                    self.names.clear();
                    return Ok(());
                }
                Some(Err(error)) => report.error(self.number, error),
                None => {}
            }
            // This line may start a pair.
            self.names.drain(..pending);
        }
        self.names.push(b'\n');
        self.number = number;
        Ok(())
    }

    fn end(&mut self, report: &mut Report) -> Result<(), Error> {
        if let Some(Err(error)) = Pairs::new(&self.names).next() {
            report.error(self.number, error);
        }
        Ok(())
    }
}

fn print(pair: &Pair<'_>, number: usize, report: &mut Report) -> Result<(), Error> {
    let is_mismatch = |error: &DecodeError| error.kind() == ErrorKind::Mismatch;
    if let Some(Err(error)) = pair.counters().last()
        && is_mismatch(&error)
    {
        report.error(number, error);
        return Ok(());
    }
    let protocol = escaped(pair.prefix());
    for counter in pair.counters() {
        match counter {
            Ok(counter) => {
                let name = escaped(counter.name);
                let row = CounterRow { protocol: &protocol, name: &name, value: counter.value };
                report.record(&row)?;
            }
            Err(error) => report.error(number, error),
        }
    }
    Ok(())
}

pub(super) fn decoder() -> Box<dyn Decoder> {
    Box::<PairDecoder>::default()
}
