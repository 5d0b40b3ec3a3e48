//! `procnet sockets`: sockets and their owners.

#[cfg(feature = "columns")]
mod columns;
mod diag;
mod ended;
mod ends;
mod events;
mod kill;
mod order;
mod subscription;
mod unmatched;
pub(super) mod watch;

use std::{num::NonZeroUsize, ops::ControlFlow, thread};

use procnet::{Coverage, Owners, Scanner, Socket, snapshot::Snapshot};

use super::hint;
use crate::{
    Outcome,
    args::{Sockets, Sort},
    error::Error,
    host_names::HostNames,
    messages::{self, message},
    output::{Purpose, Writer},
    process::Processes,
    row::{Extras, SinceLook, SocketRow},
};

pub(super) fn run(args: &Sockets) -> Result<Outcome, Error> {
    let mut scanner = args.host.scanner()?;
    if let Some(file) = &args.diag {
        return diag::run(args, file, &mut scanner);
    }
    if args.events {
        return events::run(args, scanner);
    }
    let columns = args.printing.format.purpose() == Purpose::Columns;
    if args.kill.wanted {
        // Before anything is closed.
        if columns {
            return Err(Error::ColumnsFormat);
        }
        return kill::run(args, scanner);
    }
    if args.watch.every.is_some() {
        return watch::run(args, scanner);
    }
    #[cfg(feature = "columns")]
    if columns {
        return columns::run(args, scanner);
    }
    let mut writer = Writer::open(args.printing, SocketRow::header(args.extras()))?;
    let known = Processes::of(scanner.root())?;
    let names = args.resolves().then(HostNames::new);
    let rows = Rows { names: names.as_ref(), ..Rows::of(args, &known) };
    let sort = args.sort();
    if let Some(field) = sort.fields.iter().find(|field| field.is_of_watch()) {
        return Err(Error::NotWatched { field: field.name() });
    }
    // All have to be known before the first is printed.
    if !sort.fields.is_empty() || names.is_some() {
        return sorted(args, &sort, &mut scanner, rows, writer);
    }
    // The kernel lists sockets on one processor while they are printed on another.
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut scanner = scanner.receive_in_thread(processors > 1);
    let mut written = Ok(());
    let (coverage, _) = scanner.visit(&args.query()?, |socket| {
        written = writer.row(&rows.row(socket));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    writer.finish()?;
    hint::print(&coverage, &args.selection, &mut scanner);
    Ok(messages::coverage(&coverage, args.selection.reports_fallbacks())
        .and(refused(&known, &coverage)))
}

/// Prints sockets in order, or with names, for which all have to be known first.
fn sorted(
    args: &Sockets,
    sort: &Sort,
    scanner: &mut Scanner,
    rows: Rows<'_>,
    mut writer: Writer,
) -> Result<Outcome, Error> {
    let mut all = Snapshot::default();
    scanner.snapshot(&args.query()?, &mut all)?;
    let mut sockets: Vec<Socket<'_>> = all.iter().collect();
    order::sort(&mut sockets, sort, |socket, field| field.value(socket, rows.known));
    let count = args.max.map_or(sockets.len(), |max| usize::try_from(max).unwrap_or(usize::MAX));
    let mut outcome = Outcome::Complete;
    let mut unnamed = Vec::new();
    if let Some(names) = rows.names {
        let ends = sockets.iter().take(count).flat_map(|socket| [socket.local(), socket.remote()]);
        ends.flatten().for_each(|end| names.ask(end.ip()));
        names.wait();
        (unnamed, outcome) = names.missing(true);
    }
    for socket in sockets.iter().take(count) {
        writer.row(&rows.row(socket))?;
    }
    writer.finish()?;
    hint::print(all.coverage(), &args.selection, scanner);
    unnamed.iter().for_each(|line| message!("{line}"));
    let seen = messages::coverage(all.coverage(), args.selection.reports_fallbacks());
    let outcome = outcome.and(seen);
    match sockets.len().saturating_sub(count) {
        0 => {}
        1 => message!("1 more socket not shown (--max)"),
        more => message!("{more} more sockets not shown (--max)"),
    }
    Ok(outcome.and(refused(rows.known, all.coverage())))
}

/// Makes rows of sockets.
#[derive(Clone, Copy)]
struct Rows<'a> {
    extras: Extras,
    owners: bool,
    known: &'a Processes,
    names: Option<&'a HostNames>,
}

impl<'a> Rows<'a> {
    fn of(args: &Sockets, known: &'a Processes) -> Rows<'a> {
        Rows { extras: args.extras(), owners: !args.columns.no_owners, known, names: None }
    }

    fn row<'r>(&self, socket: &'r Socket<'r>) -> SocketRow<'r>
    where
        'a: 'r,
    {
        let Rows { extras, owners, known, names } = *self;
        // With --pid the owner is known even if owners are not asked for.
        let owners = if owners { socket.owners } else { Owners::default() };
        let processes = extras.needs_processes().then_some(known);
        SocketRow { socket, owners, extras, processes, since: SinceLook::NONE, names }
    }
}

/// Reports the number of processes whose details could not be read completely, unless as many were
/// reported as hidden.
fn refused(known: &Processes, coverage: &Coverage) -> Outcome {
    refused_count(known.denied(), coverage)
}

/// The same by their number.
fn refused_count(denied: u64, coverage: &Coverage) -> Outcome {
    let hidden = coverage.processes.as_ref().map_or(0, procnet::coverage::Processes::unreadable);
    match denied {
        0 => return Outcome::Complete,
        denied if denied <= hidden => {}
        1 => message!("1 process: cannot read details (permission denied)"),
        more => message!("{more} processes: cannot read details (permission denied)"),
    }
    Outcome::Partial
}
