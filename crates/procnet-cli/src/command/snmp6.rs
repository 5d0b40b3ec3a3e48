//! `procnet snmp6`: the counters of IPv6, of the host or of interfaces.

use std::os::unix::ffi::OsStrExt as _;

use procnet::{InterfaceSnmp6, Snmp6Counters};

use crate::{
    Sight,
    args::Snmp6,
    error::Error,
    messages::{bad_lines, message},
    output::Writer,
    row::{Ipv6Row, escaped},
};

pub(super) fn run(args: &Snmp6) -> Result<Sight, Error> {
    let mut scanner = args.shown.host.scanner()?;
    let mut sight = Sight::Whole;
    let mut interfaces: Vec<InterfaceSnmp6> = Vec::new();
    if args.all_interfaces {
        let all = scanner.interfaces_snmp6()?;
        for (name, failure) in &all.unreadable {
            sight = Sight::Partial;
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
    let mut writer = Writer::open(args.shown.printing, Ipv6Row::header())?;
    let mut print = |interface: Option<&str>, counters: &Snmp6Counters| {
        for (name, value) in counters.counters.iter().filter(|(name, _)| args.wants(name)) {
            writer.row(&Ipv6Row { interface, name: &escaped(name), value: *value })?;
        }
        Ok::<Sight, Error>(bad_lines("snmp6", &counters.undecodable))
    };
    if let Some(counters) = &host {
        sight = sight.and(print(None, counters)?);
    }
    for interface in &interfaces {
        sight = sight.and(print(Some(&interface.name.to_string()), &interface.ipv6)?);
    }
    writer.finish()?;
    Ok(sight)
}
