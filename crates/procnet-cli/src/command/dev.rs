//! `procnet dev`: the counters of network interfaces.

use crate::{
    Sight, args::Dev, error::Error, messages::bad_lines, output::Writer, row::InterfaceRow,
};

pub(super) fn run(args: &Dev) -> Result<Sight, Error> {
    let counters = args.host.scanner()?.io_counters()?;
    let mut writer = Writer::open(args.printing, InterfaceRow::header())?;
    for interface in &counters.interfaces {
        writer.row(&InterfaceRow(interface))?;
    }
    writer.finish()?;
    Ok(bad_lines("dev", &counters.undecodable))
}
