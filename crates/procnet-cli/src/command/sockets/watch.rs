//! `procnet sockets --watch` and `procnet top --watch`: sockets, marked as new, changed or vanished
//! since the last look, or their groups.

mod leaks;
mod own_sockets;
mod warned;

use std::collections::HashMap;

use procnet::{
    Coverage, Kind, Kinds, Owners, Query, Scanner, Socket,
    details::Details,
    owners::Budget,
    snapshot::{Change, Snapshot},
};

use self::{leaks::Leaks, own_sockets::OwnSockets};
use super::order;
use crate::{
    Outcome,
    args::{Sockets, Sort, needs_owners},
    error::Error,
    field::{Field, Value},
    groups::{Group, Groups},
    messages,
    output::{Header, Purpose, Row},
    process::{ControlGroupPaths, Processes},
    row::{Extras, GroupRow, Mark, MarkedRow, Since, SocketRow, Warnings},
    watch::{self, Offers, Shown, Typed, View, Watched},
};

/// What keys sort a list by.
const SORTS: [Field; 15] = [
    Field::RecvQ,
    Field::SendQ,
    Field::State,
    Field::Process,
    Field::Port,
    Field::Local,
    Field::Remote,
    Field::RemotePort,
    Field::Uid,
    Field::Inode,
    Field::Rtt,
    Field::Retrans,
    Field::Bytes,
    Field::Drops,
    Field::Backlog,
];

/// What keys group by.
const GROUPS: [Field; 7] = [
    Field::Process,
    Field::Comm,
    Field::Remote,
    Field::Port,
    Field::State,
    Field::Uid,
    Field::Unit,
];

/// What is watched, as asked for.
pub(in crate::command) struct Watching<'a> {
    pub(in crate::command) query: Query,
    /// Whether a list shows owners.
    pub(in crate::command) owners: bool,
    pub(in crate::command) extras: Extras,
    pub(in crate::command) kinds: Kinds,
    /// Empty for a list.
    pub(in crate::command) by: &'a [Field],
    pub(in crate::command) sort: &'a Sort,
    pub(in crate::command) max: Option<usize>,
    /// Whether to report tables that did not come from sock_diag.
    pub(in crate::command) fallbacks: bool,
    /// Whether sockets of procnet itself are shown.
    pub(in crate::command) own: bool,
    /// Whether sock_diag may be asked for details.
    pub(in crate::command) details: bool,
}

pub(super) fn run(args: &Sockets, scanner: Scanner) -> Result<Outcome, Error> {
    match args.printing.format.purpose() {
        Purpose::Display => {}
        Purpose::Document | Purpose::ObjectStream | Purpose::RecordStream => {
            return Err(Error::WatchFormat);
        }
    }
    let sort = args.sort();
    let watching = Watching {
        query: args.unlimited()?,
        owners: args.shows_owners(),
        extras: args.extras(),
        kinds: args.selection.kinds().unwrap_or_default(),
        by: &[],
        sort: &sort,
        max: args.max.map(|max| usize::try_from(max).unwrap_or(usize::MAX)),
        fallbacks: args.selection.reports_fallbacks(),
        own: args.own.shown,
        details: args.selection.may_use_sock_diag(),
    };
    let mut sockets = SocketWatch::of(watching, scanner)?;
    watch::run(&mut sockets, &args.watch, args.printing)
}

/// The query of a watch: without a limit, as sockets would move in and out of it.
pub(super) fn query(args: &Sockets) -> Result<Query, Error> {
    args.unlimited().map(incremental)
}

fn incremental(query: Query) -> Query {
    if query.needs_owners() { query.incremental(Budget::unlimited()) } else { query }
}

/// What the last look asked for.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    owners: bool,
    filter: Option<Typed>,
}

pub(in crate::command) struct SocketWatch<'a> {
    watching: Watching<'a>,
    scanner: Scanner,
    known: Processes,
    groups: ControlGroupPaths,
    own: OwnSockets,
    asked: Asked,
    before: Snapshot,
    now: Snapshot,
    /// Whether the two can be compared.
    is_compared: bool,
    coverage: Coverage,
    leaks: Leaks,
}

/// A row of a list.
struct Marked<'a> {
    mark: Mark,
    socket: Socket<'a>,
    warnings: Warnings,
}

impl<'a> SocketWatch<'a> {
    pub(in crate::command) fn of(
        watching: Watching<'a>,
        scanner: Scanner,
    ) -> Result<SocketWatch<'a>, Error> {
        let known = Processes::of(scanner.root())?;
        if !watching.by.is_empty() {
            // Whether groups can be sorted so, before anything is drawn.
            Groups::by(watching.by, &known).sorted(watching.sort)?;
        }
        let is_capture = scanner.root().is_capture();
        let own = if watching.own || is_capture { OwnSockets::none() } else { OwnSockets::new() };
        Ok(SocketWatch {
            watching,
            scanner,
            known,
            groups: ControlGroupPaths::default(),
            own,
            asked: Asked::default(),
            before: Snapshot::default(),
            now: Snapshot::default(),
            is_compared: false,
            coverage: Coverage::default(),
            leaks: Leaks::default(),
        })
    }

    fn asked_by(&self, view: &View) -> Asked {
        let owners = if view.by.is_empty() { self.watching.owners } else { needs_owners(&view.by) };
        // What was read once is not forgotten.
        Asked { owners: owners || self.asked.owners, filter: view.filter.clone() }
    }

    fn extras(&self, view: &View) -> Extras {
        self.watching.extras.with_sorted(&view.sort.fields)
    }

    fn query(&self) -> Query {
        let Watching { query, extras, kinds, details, .. } = &self.watching;
        let mut query = query.clone().owners(self.asked.owners);
        if *details && self.scanner.root().is_own() {
            // For warnings.
            let mut details = extras.details();
            if kinds.iter().any(Kind::is_tcp) {
                details = details | Details::TCP_INFO;
            }
            if kinds.iter().any(Kind::has_drops) {
                details = details | Details::SOCKET_MEMORY;
            }
            query = query.details(details);
        }
        if let Some(typed) = &self.asked.filter {
            query = query.filter(typed.filter.clone());
        }
        incremental(query)
    }

    /// The sockets in the kernel's order, then the vanished ones.
    fn marked(&self) -> Vec<Marked<'_>> {
        let mut changes = self.before.diff(&self.now).peekable();
        let mut marked = Vec::with_capacity(self.now.len());
        for socket in self.now.iter() {
            let mark = match changes.peek() {
                Some(Change::Appeared(change)) if is_row_of(change, &socket) => Mark::Appeared,
                Some(Change::Changed { after, .. }) if is_row_of(after, &socket) => Mark::Changed,
                _ => Mark::Unchanged,
            };
            if mark != Mark::Unchanged {
                changes.next();
            }
            let warnings = self.warnings(&socket);
            marked.push(Marked { mark, socket, warnings });
        }
        let vanished = changes.map(|change| Marked {
            mark: Mark::Vanished,
            socket: *change.socket(),
            warnings: Warnings::default(),
        });
        marked.extend(vanished);
        marked.retain(|marked| !self.own.has(&marked.socket));
        marked
    }

    fn warnings(&self, socket: &Socket<'_>) -> Warnings {
        let mut warnings = warned::since(self.before.counterpart(socket).as_ref(), socket);
        warnings.leaking = u64::from(self.leaks.has(socket));
        warnings
    }

    /// The sockets that are not procnet's own.
    fn sockets(&self) -> impl Iterator<Item = Socket<'_>> {
        self.now.iter().filter(|socket| !self.own.has(socket))
    }

    /// The groups in order, and the number of sockets that each had before.
    fn groups(&self, view: &View) -> (Vec<Group>, Option<HashMap<Vec<Value>, u64>>) {
        let mut groups = Groups::by(&view.by, &self.known);
        for socket in self.sockets() {
            groups.add_with(&socket, &self.warnings(&socket));
        }
        let before = self.is_compared.then(|| {
            let mut groups = Groups::by(&view.by, &self.known);
            let sockets = self.before.iter().filter(|socket| !self.own.has(socket));
            sockets.for_each(|socket| groups.add(&socket));
            groups.sizes()
        });
        // Keys offer no other order than there is.
        (groups.sorted(&view.sort).unwrap_or_default(), before)
    }

    /// The most rows that were asked for: of the form that was asked for.
    fn max(&self, view: &View) -> usize {
        let is_asked = view.by.is_empty() == self.watching.by.is_empty();
        self.watching.max.filter(|_| is_asked).unwrap_or(usize::MAX)
    }

    fn list(&self, view: &View, most: usize, each: &mut dyn FnMut(&dyn Row)) -> Shown {
        let extras = self.extras(view);
        let mut marked = self.marked();
        match view.sort.fields.is_empty() {
            true if view.sort.reverse => marked.reverse(),
            true => {}
            false => order::sort(&mut marked, &view.sort, &self.known, |marked| &marked.socket),
        }
        let most = most.min(self.max(view));
        if marked.len() > most {
            // Changes are shown first, and before them what needs attention.
            marked.sort_by_key(|Marked { mark, warnings, .. }| {
                (warnings.rank(), *mark == Mark::Unchanged)
            });
        }
        let all = marked.len();
        let rows = view.window(all, most);
        for Marked { mark, socket, warnings } in &marked[rows.clone()] {
            let processes = extras.processes.then_some(&self.known);
            let owners = if self.watching.owners { socket.owners } else { Owners::default() };
            let groups = extras.cgroups.then_some(&self.groups);
            let row = SocketRow { socket, owners, extras, processes, groups, threads: None };
            each(&MarkedRow { mark: *mark, warnings: *warnings, row });
        }
        Shown { rows, all }
    }
}

/// Whether both are the same row of one snapshot.
fn is_row_of(change: &Socket<'_>, socket: &Socket<'_>) -> bool {
    let key = |socket: &Socket<'_>| (socket.id(), socket.state, socket.local(), socket.remote());
    key(change) == key(socket)
}

impl Watched for SocketWatch<'_> {
    fn view(&self) -> View {
        let Watching { kinds, by, sort, .. } = &self.watching;
        let mut groups = vec![Vec::new()];
        groups.extend(GROUPS.map(|field| vec![field]));
        if !groups.iter().any(|group| group == by) {
            groups.push(by.to_vec());
        }
        let offers = Offers { filter: Some(*kinds), groups, sorts: SORTS.to_vec() };
        View::new(sort, by, offers)
    }

    fn is_outdated(&self, view: &View) -> bool {
        self.asked_by(view) != self.asked
    }

    fn refresh(&mut self, view: &View) -> Result<(), Error> {
        let asked = self.asked_by(view);
        self.is_compared = self.coverage != Coverage::default() && asked == self.asked;
        if asked != self.asked {
            // Other sockets are no news.
            (self.asked, self.leaks) = (asked, Leaks::default());
            self.now = Snapshot::default();
        }
        std::mem::swap(&mut self.before, &mut self.now);
        let query = self.query();
        self.coverage = self.scanner.snapshot(&query, &mut self.now)?;
        if self.watching.extras.details().is_empty() {
            // Nobody asked for these.
            self.coverage.without_details = Kinds::NONE;
        }
        self.own.list();
        self.leaks.update(&self.now);
        Ok(())
    }

    fn summary(&self, view: &View, rows: usize) -> String {
        let sockets = self.sockets().count();
        let noun = if sockets == 1 { "socket" } else { "sockets" };
        if !view.by.is_empty() {
            let groups = if rows == 1 { "group" } else { "groups" };
            return format!("{sockets} {noun} in {rows} {groups}");
        }
        let (mut appeared, mut changed, mut vanished) = (0_u64, 0_u64, 0_u64);
        for change in self.before.diff(&self.now) {
            match change {
                change if self.own.has(change.socket()) => {}
                Change::Appeared(_) => appeared += 1,
                Change::Vanished(_) => vanished += 1,
                _ => changed += 1,
            }
        }
        format!("{sockets} {noun}  +{appeared} -{vanished} ~{changed}")
    }

    fn header(&self, view: &View) -> Header {
        match &view.by[..] {
            [] => MarkedRow::header(self.extras(view)),
            by => GroupRow::header_of_watch(by),
        }
    }

    fn rows(&self, view: &View, most: usize, each: &mut dyn FnMut(&dyn Row)) -> Shown {
        if view.by.is_empty() {
            return self.list(view, most, each);
        }
        let (groups, before) = self.groups(view);
        let rows = view.window(groups.len(), most.min(self.max(view)));
        for (values, totals) in &groups[rows.clone()] {
            let change = before.as_ref().map(|before| {
                let before = before.get(values).copied().unwrap_or(0);
                i128::from(totals.sockets) - i128::from(before)
            });
            each(&GroupRow { fields: &view.by, values, totals, since: Some(Since { change }) });
        }
        Shown { rows, all: groups.len() }
    }

    fn missing(&self) -> (Vec<String>, Outcome) {
        let lines = messages::missing(&self.coverage, self.watching.fallbacks);
        (lines, messages::outcome(&self.coverage))
    }

    fn left_out(&self) -> Option<String> {
        match self.now.iter().filter(|socket| self.own.has(socket)).count() {
            0 => None,
            1 => Some("1 socket of procnet left out (--own)".to_owned()),
            more => Some(format!("{more} sockets of procnet left out (--own)")),
        }
    }
}
