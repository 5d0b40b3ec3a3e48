//! `procnet softnet`: what each CPU did with packets.

use crate::{
    Sight, args::Softnet, error::Error, messages::bad_lines, output::Writer, row::SoftnetRow,
};

pub(super) fn run(args: &Softnet) -> Result<Sight, Error> {
    let stats = args.shown.host.scanner()?.softnet_stats()?;
    let mut writer = Writer::open(args.shown.printing, SoftnetRow::header())?;
    if args.sum {
        writer.row(&SoftnetRow::new(None, stats.summary()))?;
    } else {
        for cpu in &stats.cpus {
            let columns = cpu.columns.iter().map(|(name, value)| (&**name, u64::from(*value)));
            writer.row(&SoftnetRow::new(cpu.cpu, columns))?;
        }
    }
    writer.finish()?;
    Ok(bad_lines("softnet_stat", &stats.undecodable))
}
