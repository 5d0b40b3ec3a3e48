//! `procnet sockets`: which sockets exist, and who owns them.

mod events;
mod order;
mod watch;

use std::ops::ControlFlow;

use procnet::{Owners, Scanner, Snapshot, Socket};

use crate::{
    Sight,
    args::Sockets,
    error::Error,
    messages::{self, message},
    output::Writer,
    process::Processes,
    row::{SocketRow, Tell},
};

pub(super) fn run(args: &Sockets) -> Result<Sight, Error> {
    let mut scanner = args.host.scanner()?;
    if args.events {
        return events::run(args, scanner);
    }
    if args.watch.every.is_some() {
        return watch::run(args, scanner);
    }
    let mut writer = Writer::open(args.printing, SocketRow::header(args.tell()))?;
    let known = Processes::of(scanner.root());
    let rows = Rows::of(args, &known);
    if !args.grouping.sort.fields.is_empty() {
        return sorted(args, &mut scanner, rows, writer);
    }
    let mut written = Ok(());
    let coverage = scanner.visit(&args.query()?, |socket| {
        written = writer.row(&rows.row(socket));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    writer.finish()?;
    Ok(messages::coverage(&coverage, args.selection.tells_fallbacks()).and(refused(&known)))
}

/// Prints what has to be known whole first.
fn sorted(
    args: &Sockets,
    scanner: &mut Scanner,
    rows: Rows<'_>,
    mut writer: Writer,
) -> Result<Sight, Error> {
    let mut all = Snapshot::default();
    scanner.snapshot(&args.query()?, &mut all)?;
    let mut sockets: Vec<Socket<'_>> = all.iter().collect();
    order::sort(&mut sockets, &args.grouping.sort, rows.known, |socket| socket);
    let count = args.max.map_or(sockets.len(), |max| usize::try_from(max).unwrap_or(usize::MAX));
    for socket in sockets.iter().take(count) {
        writer.row(&rows.row(socket))?;
    }
    writer.finish()?;
    let sight = messages::coverage(all.coverage(), args.selection.tells_fallbacks());
    match sockets.len().saturating_sub(count) {
        0 => {}
        1 => message!("1 more socket is not shown, as --max asks"),
        more => message!("{more} more sockets are not shown, as --max asks"),
    }
    Ok(sight.and(refused(rows.known)))
}

/// How sockets are printed.
#[derive(Clone, Copy)]
struct Rows<'a> {
    tell: Tell,
    owners: bool,
    known: &'a Processes,
}

impl<'a> Rows<'a> {
    fn of(args: &Sockets, known: &'a Processes) -> Rows<'a> {
        Rows { tell: args.tell(), owners: !args.columns.no_owners, known }
    }

    fn row<'r>(&self, socket: &'r Socket<'r>) -> SocketRow<'r>
    where
        'a: 'r,
    {
        let Rows { tell, owners, known } = *self;
        // With --pid the owner is known even if owners are not asked for.
        let owners = if owners { socket.owners } else { Owners::default() };
        SocketRow { socket, owners, tell, processes: tell.processes.then_some(known) }
    }
}

/// Says of how many processes not all could be read that was to be told.
fn refused(known: &Processes) -> Sight {
    match known.refused() {
        0 => return Sight::Whole,
        1 => message!("1 process: what it runs could not be read (permission denied)"),
        more => message!("{more} processes: what they run could not be read (permission denied)"),
    }
    Sight::Partial
}
