//! `procnet conntrack`: connections that are tracked, and what tracking them did.

use std::ops::ControlFlow;

use procnet::{ErrorKind, Tracked};

use super::{network, rates};
use crate::{
    Sight,
    args::Conntrack,
    error::Error,
    messages::message,
    output::Writer,
    row::{Numbers, RecordRow, escaped},
};

pub(super) fn run(args: &Conntrack) -> Result<Sight, Error> {
    if args.shown.watch.every.is_some() {
        let mut scanner = args.shown.host.scanner()?;
        return rates::run(|| Ok(scanner.conntrack_stats()?), &args.shown);
    }
    match args {
        Conntrack { list: true, .. } => list(args),
        Conntrack { per_cpu: true, .. } => per_cpu(args),
        _ => summary(args),
    }
}

/// Prints each connection as it is read: nothing is kept but by a table.
fn list(args: &Conntrack) -> Result<Sight, Error> {
    let mut scanner = args.shown.host.scanner()?;
    let mut writer = Writer::open(args.shown.printing, RecordRow::<Tracked<'_>>::header())?;
    let mut failed = None;
    let (coverage, _) = scanner.tracked(|connection| match writer.row(&RecordRow(connection)) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    writer.finish()?;
    Ok(network::said(&coverage))
}

fn summary(args: &Conntrack) -> Result<Sight, Error> {
    let mut scanner = args.shown.host.scanner()?;
    let tracked = scanner.conntrack_counts()?;
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
    let mut writer = Writer::open(args.shown.printing, Numbers::header(&names, true))?;
    writer.row(&Numbers { names: &names, values: &values })?;
    writer.finish()?;
    Ok(sight)
}

fn per_cpu(args: &Conntrack) -> Result<Sight, Error> {
    let stats = args.shown.host.scanner()?.conntrack_stats()?;
    let names = names(stats.names.iter().map(String::as_bytes));
    let mut writer = Writer::open(args.shown.printing, Numbers::header(&names, false))?;
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
