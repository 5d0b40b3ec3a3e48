//! `procnet snmp6`: counters of IPv6, of the host or of interfaces.

use std::{ffi::OsString, os::unix::ffi::OsStrExt as _};

use procnet::{
    counters::{InterfaceSnmp6, Snmp6Counters},
    decode::counter::snmp6,
};
use serde::Serialize;

use crate::{
    Outcome,
    args::Shown,
    command::decode::{Decoder, lines},
    error::Error,
    messages::{bad_lines, message, remarks},
    output::{
        Cells, Header,
        Keep::Always,
        Shape::{Number, Word},
        Writer,
    },
    row::{Columns, Record, escaped},
};

const EXAMPLES: &str = "\
Examples:
  procnet snmp6                       counters of the host
  procnet snmp6 icmp6                 those whose name starts with Icmp6
  procnet snmp6 --interface eth0      counters of one interface
  procnet snmp6 --all-interfaces ip6in --format csv";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Snmp6 {
    /// Only counters whose name starts with PREFIX, ignoring case: ip6, icmp6, udp6, udplite6
    #[arg(value_name = "PREFIX")]
    prefixes: Vec<String>,
    /// Counters of this interface instead of the host; may be repeated
    #[arg(long = "interface", short, value_name = "NAME", conflicts_with = "all_interfaces")]
    interfaces: Vec<OsString>,
    /// Counters of every interface instead of the host
    #[arg(long)]
    all_interfaces: bool,
    #[command(flatten)]
    shown: Shown,
}

impl Snmp6 {
    fn selects(&self, name: &str) -> bool {
        let starts = |prefix: &String| {
            name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        self.prefixes.is_empty() || self.prefixes.iter().any(starts)
    }
}

pub(super) fn run(args: &Snmp6) -> Result<Outcome, Error> {
    let mut scanner = args.shown.host.scanner()?;
    let mut outcome = Outcome::Complete;
    let mut interfaces: Vec<InterfaceSnmp6> = Vec::new();
    if args.all_interfaces {
        let all = scanner.interfaces_snmp6()?;
        for (name, failure) in &all.unreadable {
            outcome = Outcome::Partial;
            message!("interface {name}: {failure}");
        }
        interfaces = all.interfaces;
    }
    for name in &args.interfaces {
        interfaces.push(scanner.interface_snmp6(name.as_bytes())?);
    }
    let host = match args.all_interfaces || !args.interfaces.is_empty() {
        true => None,
        false => Some(scanner.snmp6_counters()?),
    };
    let mut writer = Writer::open(args.shown.printing, Header::of::<Ipv6Row<'_>>())?;
    let mut print = |interface: Option<&str>, counters: &Snmp6Counters| {
        for (name, value) in counters.counters.iter().filter(|(name, _)| args.selects(name)) {
            writer.row(&Ipv6Row { interface, name: &escaped(name), value: *value })?;
        }
        let outcome = bad_lines("snmp6", &counters.undecodable);
        Ok::<Outcome, Error>(outcome.and(remarks("snmp6", &counters.remarks)))
    };
    if let Some(counters) = &host {
        outcome = outcome.and(print(None, counters)?);
    }
    for interface in &interfaces {
        outcome = outcome.and(print(Some(&interface.name.to_string()), &interface.ipv6)?);
    }
    writer.finish()?;
    Ok(outcome)
}

/// A counter. Names are already escaped.
#[derive(Serialize)]
struct Ipv6Row<'a> {
    /// `None` for the host as a whole.
    interface: Option<&'a str>,
    name: &'a str,
    value: u64,
}

impl Record for Ipv6Row<'_> {
    const KEYS: &'static [&'static str] = &["interface", "name", "value"];
    const COLUMNS: Columns =
        &[("Interface", Word, Always), ("Name", Word, Always), ("Value", Number, Always)];

    fn values(&self, cells: &mut Cells) {
        cells.push_option(self.interface);
        cells.text(self.name);
        cells.push(self.value);
    }
}

pub(super) fn decoder() -> Box<dyn Decoder> {
    lines(snmp6::Table, Header::of::<Ipv6Row<'_>>, |row, _, report| {
        report.record(&Ipv6Row { interface: None, name: &escaped(row.name), value: row.value })
    })
}
