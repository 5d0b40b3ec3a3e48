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

use std::{cell::RefCell, num::NonZeroUsize, ops::ControlFlow, thread};

use procnet::{
    Coverage, Owners, Scanner, Socket,
    process::{SecurityContexts, Threads},
    snapshot::Snapshot,
};

use super::{also_here::AlsoHere, hint};
use crate::{
    Outcome,
    args::{Sockets, Sort},
    error::Error,
    host_names::HostNames,
    messages::{self, message},
    output::{Purpose, Writer},
    process::{ControlGroupPaths, Processes},
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
    let groups = ControlGroupPaths::default();
    // Before the sockets, as the owners are.
    let threads = match args.extras().threads {
        true => Some(Threads::read(scanner.root())?),
        false => None,
    };
    let contexts = match args.extras().contexts {
        true => Some(RefCell::new(SecurityContexts::new(scanner.root())?)),
        false => None,
    };
    let names = args.resolves().then(HostNames::new);
    let (threads, contexts, names) = (threads.as_ref(), contexts.as_ref(), names.as_ref());
    let rows = Rows { threads, contexts, names, ..Rows::of(args, &known, &groups) };
    let sort = args.sort();
    if let Some(field) = sort.fields.iter().find(|field| field.is_of_watch()) {
        return Err(Error::NotWatched { field: field.name() });
    }
    // All have to be known before the first is printed.
    if !sort.fields.is_empty() || names.is_some() {
        return sorted(args, &sort, &mut scanner, rows, writer);
    }
    let also_here = AlsoHere::of(args, &mut scanner);
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
    let seen = messages::coverage(&coverage, args.selection.reports_fallbacks());
    also_here.print();
    Ok(seen
        .and(refused(&known, &coverage))
        .and(unseen(&groups))
        .and(uncontexted(&rows))
        .and(denied(&rows, &coverage)))
}

/// Prints sockets in order, or with names, for which all have to be known first.
fn sorted(
    args: &Sockets,
    sort: &Sort,
    scanner: &mut Scanner,
    rows: Rows<'_>,
    mut writer: Writer,
) -> Result<Outcome, Error> {
    let also_here = AlsoHere::of(args, scanner);
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
    also_here.print();
    match sockets.len().saturating_sub(count) {
        0 => {}
        1 => message!("1 more socket not shown (--max)"),
        more => message!("{more} more sockets not shown (--max)"),
    }
    Ok(outcome
        .and(refused(rows.known, all.coverage()))
        .and(unseen(rows.groups))
        .and(uncontexted(&rows))
        .and(denied(&rows, all.coverage())))
}

/// Makes rows of sockets.
#[derive(Clone, Copy)]
struct Rows<'a> {
    extras: Extras,
    owners: bool,
    known: &'a Processes,
    groups: &'a ControlGroupPaths,
    threads: Option<&'a Threads>,
    contexts: Option<&'a RefCell<SecurityContexts>>,
    names: Option<&'a HostNames>,
}

impl<'a> Rows<'a> {
    fn of(args: &Sockets, known: &'a Processes, groups: &'a ControlGroupPaths) -> Rows<'a> {
        let (extras, owners) = (args.extras(), !args.columns.no_owners);
        Rows { extras, owners, known, groups, threads: None, contexts: None, names: None }
    }

    fn row<'r>(&self, socket: &'r Socket<'r>) -> SocketRow<'r>
    where
        'a: 'r,
    {
        let Rows { extras, owners, known, groups, threads, contexts, names } = *self;
        // With --pid the owner is known even if owners are not asked for.
        let owners = if owners { socket.owners } else { Owners::default() };
        let processes = extras.needs_processes().then_some(known);
        let groups = extras.cgroups.then_some(groups);
        let since = SinceLook::NONE;
        SocketRow { socket, owners, extras, processes, groups, threads, contexts, since, names }
    }
}

/// Reports the number of processes whose threads could not be examined, unless as many were reported
/// as hidden.
fn denied(rows: &Rows<'_>, coverage: &Coverage) -> Outcome {
    let hidden = coverage.processes.as_ref().map_or(0, procnet::coverage::Processes::unreadable);
    match rows.threads.map_or(0, Threads::denied) {
        0 => return Outcome::Complete,
        denied if denied <= hidden => {}
        1 => message!("1 process: cannot read the descriptors of its threads"),
        more => message!("{more} processes: cannot read the descriptors of their threads"),
    }
    Outcome::Partial
}

/// Reports that no security module has contexts, once, or how many could not be read.
fn uncontexted(rows: &Rows<'_>) -> Outcome {
    let Some(contexts) = rows.contexts.map(RefCell::borrow) else { return Outcome::Complete };
    if contexts.are_absent() {
        message!("no security module of this host has contexts of what is listed");
    }
    match contexts.denied() {
        0 => return Outcome::Complete,
        1 => message!("1 security context cannot be read: permission denied"),
        more => message!("{more} security contexts cannot be read: permission denied"),
    }
    Outcome::Partial
}

/// Reports the number of control groups whose paths could not be found, though they may exist.
fn unseen(groups: &ControlGroupPaths) -> Outcome {
    let why = "removed, outside the cgroup namespace, or not below the mounted hierarchy";
    match groups.unseen() {
        0 => return Outcome::Complete,
        1 => message!("1 control group without a known path ({why})"),
        more => message!("{more} control groups without a known path ({why})"),
    }
    Outcome::Partial
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
