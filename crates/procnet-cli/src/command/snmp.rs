//! `procnet snmp`: the counters of protocols.

use procnet::ProtocolCounters;

use super::rates;
use crate::{
    Sight,
    args::{Snmp, Watchable},
    error::Error,
    messages::message,
    output::Writer,
    row::{CounterRow, escaped},
};

/// Protocols that a kernel leaves out while, or because, it has nothing to count for them.
const OPTIONAL: [&str; 2] = ["IcmpMsg", "UdpLite"];

pub(super) fn run(args: &Snmp) -> Result<Sight, Error> {
    let mut scanner = args.shown.host.scanner()?;
    show(&args.shown, &args.protocols, &OPTIONAL, |asked| scanner.protocol_counters(asked))
}

/// Prints the counters of the protocols that are asked for, by name. Those that are optional
/// may be absent.
pub(super) fn show(
    shown: &Watchable,
    asked: &[String],
    optional: &[&str],
    mut ask: impl FnMut(&[&str]) -> Result<ProtocolCounters, procnet::Error>,
) -> Result<Sight, Error> {
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let counters = ask(&asked)?;
    let missing: Vec<&str> =
        asked.iter().copied().filter(|protocol| counters.get(protocol).is_none()).collect();
    for protocol in missing {
        if !optional.iter().any(|optional| optional.eq_ignore_ascii_case(protocol)) {
            let all = ask(&[])?.protocols;
            let known = all.iter().map(|protocol| escaped(&protocol.name)).collect();
            return Err(Error::UnknownProtocol { asked: protocol.to_owned(), known });
        }
        message!("{protocol}: the kernel has no counters of it");
    }
    if shown.watch.every.is_some() {
        return rates::run(|| Ok(ask(&asked)?), shown);
    }
    let mut writer = Writer::open(shown.printing, CounterRow::header())?;
    for protocol in &counters.protocols {
        let name = escaped(&protocol.name);
        for (counter, value) in &protocol.counters {
            let row = CounterRow { protocol: &name, name: &escaped(counter), value: *value };
            writer.row(&row)?;
        }
    }
    writer.finish()?;
    Ok(Sight::Whole)
}
