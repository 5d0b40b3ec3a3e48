//! `procnet sockets`: sockets and their owners.

mod ended;
mod ends;
mod events;
mod order;
mod subscription;
mod unmatched;
pub(super) mod watch;

use std::{num::NonZeroUsize, ops::ControlFlow, thread};

use procnet::{Coverage, Owners, Scanner, Socket, process::Threads, snapshot::Snapshot};

use super::hint;
use crate::{
    Outcome,
    args::{Sockets, Sort},
    error::Error,
    messages::{self, message},
    output::Writer,
    process::{ControlGroupPaths, Processes},
    row::{Extras, SocketRow},
};

pub(super) fn run(args: &Sockets) -> Result<Outcome, Error> {
    let mut scanner = args.host.scanner()?;
    if args.events {
        return events::run(args, scanner);
    }
    if args.watch.every.is_some() {
        return watch::run(args, scanner);
    }
    let mut writer = Writer::open(args.printing, SocketRow::header(args.extras()))?;
    let known = Processes::of(scanner.root())?;
    let groups = ControlGroupPaths::default();
    // Before the sockets, as the owners are.
    let threads = match args.extras().threads {
        true => Some(Threads::read(scanner.root())?),
        false => None,
    };
    let rows = Rows { threads: threads.as_ref(), ..Rows::of(args, &known, &groups) };
    let sort = args.sort();
    if !sort.fields.is_empty() {
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
        .and(refused(&known, &coverage))
        .and(unseen(&groups))
        .and(denied(&rows, &coverage)))
}

/// Prints sockets in order, for which all have to be known first.
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
    order::sort(&mut sockets, sort, rows.known, |socket| socket);
    let count = args.max.map_or(sockets.len(), |max| usize::try_from(max).unwrap_or(usize::MAX));
    for socket in sockets.iter().take(count) {
        writer.row(&rows.row(socket))?;
    }
    writer.finish()?;
    hint::print(all.coverage(), &args.selection, scanner);
    let outcome = messages::coverage(all.coverage(), args.selection.reports_fallbacks());
    match sockets.len().saturating_sub(count) {
        0 => {}
        1 => message!("1 more socket not shown (--max)"),
        more => message!("{more} more sockets not shown (--max)"),
    }
    Ok(outcome
        .and(refused(rows.known, all.coverage()))
        .and(unseen(rows.groups))
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
}

impl<'a> Rows<'a> {
    fn of(args: &Sockets, known: &'a Processes, groups: &'a ControlGroupPaths) -> Rows<'a> {
        Rows {
            extras: args.extras(),
            owners: !args.columns.no_owners,
            known,
            groups,
            threads: None,
        }
    }

    fn row<'r>(&self, socket: &'r Socket<'r>) -> SocketRow<'r>
    where
        'a: 'r,
    {
        let Rows { extras, owners, known, groups, threads } = *self;
        // With --pid the owner is known even if owners are not asked for.
        let owners = if owners { socket.owners } else { Owners::default() };
        let (processes, groups) =
            (extras.processes.then_some(known), extras.cgroups.then_some(groups));
        SocketRow { socket, owners, extras, processes, groups, threads }
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
    let hidden = coverage.processes.as_ref().map_or(0, procnet::coverage::Processes::unreadable);
    match known.denied() {
        0 => return Outcome::Complete,
        denied if denied <= hidden => {}
        1 => message!("1 process: cannot read details (permission denied)"),
        more => message!("{more} processes: cannot read details (permission denied)"),
    }
    Outcome::Partial
}
