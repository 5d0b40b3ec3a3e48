//! `procnet dev`: the counters of network interfaces.

use crate::{Sight, args::Dev, error::Error, messages::message, output::Writer, row::InterfaceRow};

pub(super) fn run(args: &Dev) -> Result<Sight, Error> {
    let counters = args.host.scanner()?.io_counters()?;
    let mut writer = Writer::open(args.printing, InterfaceRow::header())?;
    for interface in &counters.interfaces {
        writer.row(&InterfaceRow(interface))?;
    }
    writer.finish()?;
    for (line, error) in &counters.undecodable {
        let (at, name, what) = (error.offset() + 1, error.column(), error.kind());
        message!("table dev, line {line}, column {at}: {name}: {what}");
    }
    Ok(if counters.undecodable.is_empty() { Sight::Whole } else { Sight::Partial })
}
