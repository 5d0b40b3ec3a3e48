//! `procnet conntrack`: connections that are tracked, and what tracking them did.

use procnet::ErrorKind;

use super::rates;
use crate::{
    Sight,
    args::Conntrack,
    error::Error,
    messages::message,
    output::Writer,
    row::{Numbers, escaped},
};

pub(super) fn run(args: &Conntrack) -> Result<Sight, Error> {
    if args.watch.every.is_some() {
        let mut scanner = args.host.scanner()?;
        return rates::run(|| Ok(scanner.conntrack_stats()?), &args.watch, args.printing);
    }
    if args.per_cpu { per_cpu(args) } else { summary(args) }
}

fn summary(args: &Conntrack) -> Result<Sight, Error> {
    let mut scanner = args.host.scanner()?;
    let tracked = scanner.filter_counters()?;
    let mut names = vec!["count".to_owned(), "max".to_owned()];
    let mut values = vec![tracked.count, tracked.max];
    let sight = match scanner.conntrack_stats() {
        Ok(stats) => {
            for (name, value) in stats.summary() {
                names.push(escaped(name));
                values.push(value);
            }
            Sight::Whole
        }
        // A kernel may be built without this file.
        Err(error) if error.kind() == ErrorKind::ConntrackNotLoaded => {
            message!("{}: not there, so only count and max are known", error.path().display());
            Sight::Partial
        }
        Err(error) => return Err(error.into()),
    };
    let mut writer = Writer::open(args.printing, Numbers::header(&names, true))?;
    writer.row(&Numbers { names: &names, values: &values })?;
    writer.finish()?;
    Ok(sight)
}

fn per_cpu(args: &Conntrack) -> Result<Sight, Error> {
    let stats = args.host.scanner()?.conntrack_stats()?;
    let names = names(stats.names.iter().map(String::as_bytes));
    let mut writer = Writer::open(args.printing, Numbers::header(&names, false))?;
    let mut values = Vec::with_capacity(names.len());
    for (cpu, counters) in (0_u64..).zip(&stats.cpus) {
        values.clear();
        values.push(cpu);
        values.extend(counters);
        writer.row(&Numbers { names: &names, values: &values })?;
    }
    writer.finish()?;
    Ok(Sight::Whole)
}

/// The names of the columns of a CPU's row.
pub(super) fn names<'a>(heading: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let columns = heading.map(escaped);
    std::iter::once("cpu".to_owned()).chain(columns).collect()
}
