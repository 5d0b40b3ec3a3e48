//! `procnet sockets --watch`: sockets, marked as new, changed or vanished since the last refresh.

use procnet::{
    Query, Scanner, Socket,
    owners::Budget,
    snapshot::{Change, Snapshot},
};

use super::order;
use crate::{
    Outcome,
    args::{Sockets, Sort},
    error::Error,
    messages,
    output::{Header, Purpose, Row},
    process::Processes,
    row::{Extras, Mark, MarkedRow, SocketRow},
    watch::{self, Watched},
};

pub(super) fn run(args: &Sockets, mut scanner: Scanner) -> Result<Outcome, Error> {
    match args.printing.format.purpose() {
        Purpose::Display => {}
        Purpose::Document | Purpose::ObjectStream | Purpose::RecordStream => {
            return Err(Error::WatchFormat);
        }
    }
    let mut sockets = SocketWatch {
        query: query(args)?,
        sort: &args.grouping.sort,
        max: args.max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX)),
        fallbacks: args.selection.reports_fallbacks(),
        extras: args.extras(),
        known: Processes::of(scanner.root())?,
        scanner: &mut scanner,
        before: Snapshot::default(),
        now: Snapshot::default(),
    };
    watch::run(&mut sockets, &args.watch, args.printing)
}

/// The query of a watch: without a limit, as sockets would move in and out of it.
pub(super) fn query(args: &Sockets) -> Result<Query, Error> {
    let query = args.unlimited()?;
    Ok(if query.needs_owners() { query.incremental(Budget::unlimited()) } else { query })
}

struct SocketWatch<'a> {
    query: Query,
    sort: &'a Sort,
    max: usize,
    fallbacks: bool,
    extras: Extras,
    known: Processes,
    scanner: &'a mut Scanner,
    before: Snapshot,
    now: Snapshot,
}

impl SocketWatch<'_> {
    /// The sockets in the kernel's order, then the vanished ones.
    fn marked(&self) -> Vec<(Mark, Socket<'_>)> {
        let mut changes = self.before.diff(&self.now).peekable();
        let mut marked: Vec<(Mark, Socket<'_>)> = Vec::with_capacity(self.now.len());
        for socket in self.now.iter() {
            let mark = match changes.peek() {
                Some(Change::Appeared(change)) if is_row_of(change, &socket) => Mark::Appeared,
                Some(Change::Changed { after, .. }) if is_row_of(after, &socket) => Mark::Changed,
                _ => Mark::Unchanged,
            };
            if mark != Mark::Unchanged {
                changes.next();
            }
            marked.push((mark, socket));
        }
        marked.extend(changes.map(|change| (Mark::Vanished, *change.socket())));
        marked
    }
}

/// Whether both are the same row of one snapshot.
fn is_row_of(change: &Socket<'_>, socket: &Socket<'_>) -> bool {
    let key = |socket: &Socket<'_>| (socket.id(), socket.state, socket.local(), socket.remote());
    key(change) == key(socket)
}

impl Watched for SocketWatch<'_> {
    fn refresh(&mut self) -> Result<(), Error> {
        std::mem::swap(&mut self.before, &mut self.now);
        self.scanner.snapshot(&self.query, &mut self.now)?;
        Ok(())
    }

    fn summary(&self) -> String {
        let (mut appeared, mut changed, mut vanished) = (0_u64, 0_u64, 0_u64);
        for change in self.before.diff(&self.now) {
            match change {
                Change::Appeared(_) => appeared += 1,
                Change::Vanished(_) => vanished += 1,
                _ => changed += 1,
            }
        }
        let sockets = self.now.len();
        let noun = if sockets == 1 { "socket" } else { "sockets" };
        format!("{sockets} {noun}  +{appeared} -{vanished} ~{changed}")
    }

    fn header(&self) -> Header {
        MarkedRow::header(self.extras)
    }

    fn rows(&self, most: usize, each: &mut dyn FnMut(&dyn Row)) -> usize {
        let mut marked = self.marked();
        if !self.sort.fields.is_empty() {
            order::sort(&mut marked, self.sort, &self.known, |(_, socket)| socket);
        }
        let most = most.min(self.max);
        if marked.len() > most {
            // Changes are shown first.
            marked.sort_by_key(|(mark, _)| *mark == Mark::Unchanged);
        }
        for (mark, socket) in marked.iter().take(most) {
            let processes = self.extras.processes.then_some(&self.known);
            let owners = socket.owners;
            let row = SocketRow { socket, owners, extras: self.extras, processes };
            each(&MarkedRow(*mark, row));
        }
        marked.len().saturating_sub(most)
    }

    fn missing(&self) -> (Vec<String>, Outcome) {
        let coverage = self.now.coverage();
        (messages::missing(coverage, self.fallbacks), messages::outcome(coverage))
    }
}
