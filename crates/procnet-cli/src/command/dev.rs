//! `procnet dev`: the counters of network interfaces.

use super::rates;
use crate::{
    Sight, args::Dev, error::Error, messages::bad_lines, output::Writer, row::InterfaceRow,
};

pub(super) fn run(args: &Dev) -> Result<Sight, Error> {
    if args.shown.watch.every.is_some() {
        let mut scanner = args.shown.host.scanner()?;
        return rates::run(|| Ok(scanner.io_counters()?), &args.shown);
    }
    let counters = args.shown.host.scanner()?.io_counters()?;
    let mut writer = Writer::open(args.shown.printing, InterfaceRow::header())?;
    for interface in &counters.interfaces {
        writer.row(&InterfaceRow(interface))?;
    }
    writer.finish()?;
    Ok(bad_lines("dev", &counters.undecodable))
}
