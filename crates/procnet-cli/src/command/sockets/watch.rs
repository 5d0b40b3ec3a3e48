//! `procnet sockets --watch`: what appeared, changed and vanished since the last look.

use procnet::{Budget, Change, Query, Scanner, Snapshot, Socket};

use super::order;
use crate::{
    Sight,
    args::{Sockets, Sort},
    error::Error,
    messages,
    output::{Format, Header, Row},
    process::Processes,
    row::{Mark, MarkedRow, SocketRow, Tell},
    watch::{self, Watched},
};

pub(super) fn run(args: &Sockets, mut scanner: Scanner) -> Result<Sight, Error> {
    if args.printing.format != Format::Table {
        return Err(Error::WatchedFormat);
    }
    let mut look = Look {
        query: query(args)?,
        sort: &args.grouping.sort,
        max: args.max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX)),
        fallbacks: args.selection.tells_fallbacks(),
        tell: args.tell(),
        known: Processes::of(scanner.root()),
        scanner: &mut scanner,
        before: Snapshot::default(),
        now: Snapshot::default(),
    };
    watch::run(&mut look, &args.watch, args.printing)
}

/// What is asked again and again: without a limit, as what it cuts off would come and go.
pub(super) fn query(args: &Sockets) -> Result<Query, Error> {
    Ok(args.unlimited()?.incremental(Budget::unlimited()))
}

struct Look<'a> {
    query: Query,
    sort: &'a Sort,
    max: usize,
    fallbacks: bool,
    tell: Tell,
    known: Processes,
    scanner: &'a mut Scanner,
    before: Snapshot,
    now: Snapshot,
}

impl Look<'_> {
    /// What there is, in the kernel's order, then what has gone.
    fn marked(&self) -> Vec<(Mark, Socket<'_>)> {
        let mut changes = self.before.diff(&self.now).peekable();
        let mut marked: Vec<(Mark, Socket<'_>)> = Vec::with_capacity(self.now.len());
        for socket in self.now.iter() {
            let mark = match changes.peek() {
                Some(Change::Appeared(change)) if is_row_of(change, &socket) => Mark::Appeared,
                Some(Change::Changed { after, .. }) if is_row_of(after, &socket) => Mark::Changed,
                _ => Mark::Steady,
            };
            if mark != Mark::Steady {
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
    let key = |socket: &Socket<'_>| {
        (socket.kind, socket.state, socket.inode, socket.local(), socket.remote())
    };
    key(change) == key(socket)
}

impl Watched for Look<'_> {
    fn look(&mut self) -> Result<(), Error> {
        std::mem::swap(&mut self.before, &mut self.now);
        self.scanner.snapshot(&self.query, &mut self.now)?;
        Ok(())
    }

    fn headline(&self) -> String {
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
        MarkedRow::header(self.tell)
    }

    fn rows(&self, most: usize, each: &mut dyn FnMut(&dyn Row)) -> usize {
        let mut marked = self.marked();
        if !self.sort.fields.is_empty() {
            order::sort(&mut marked, self.sort, &self.known, |(_, socket)| socket);
        }
        let most = most.min(self.max);
        if marked.len() > most {
            // What is news is shown in any case.
            marked.sort_by_key(|(mark, _)| *mark == Mark::Steady);
        }
        for (mark, socket) in marked.iter().take(most) {
            let processes = self.tell.processes.then_some(&self.known);
            let owners = socket.owners;
            let row = SocketRow { socket, owners, tell: self.tell, processes };
            each(&MarkedRow(*mark, row));
        }
        marked.len().saturating_sub(most)
    }

    fn missing(&self) -> (Vec<String>, Sight) {
        let coverage = self.now.coverage();
        (messages::missing(coverage, self.fallbacks), messages::sight(coverage))
    }
}
