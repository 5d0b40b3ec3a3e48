//! `procnet sockets --watch` and `procnet top --watch`: sockets, marked as new, changed or vanished
//! since the last look, or their groups.

mod history;
mod leaks;
mod list;
pub(super) mod own_sockets;
mod short_lived;
mod shown_names;
mod warned;

use std::{collections::HashMap, time::Duration};

use procnet::{
    Coverage, Kind, Kinds, Query, Scanner, Socket,
    details::Details,
    owners::OwnerSource,
    snapshot::{Change, Snapshot},
};

use self::{
    history::History,
    leaks::Leaks,
    own_sockets::OwnSockets,
    short_lived::{Look, ShortLived},
    shown_names::ShownNames,
};
use crate::{
    Outcome,
    args::{Sockets, Sort, needs_owners, repeated},
    command::top::ask,
    error::Error,
    field::{Field, Value},
    groups::{Group, Groups},
    messages,
    output::{Header, Purpose, Row},
    process::{ControlGroupPaths, Processes},
    row::{Extras, GroupRow, MarkedRow, Since},
    watch::{self, Offers, Shown, Typed, View, Watched},
};

/// What keys sort a list by.
const SORTS: [Field; 19] = [
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
    Field::Rate,
    Field::Tx,
    Field::Rx,
    Field::Age,
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

/// How often names that have arrived are shown.
const NAMES: Duration = Duration::from_millis(200);

/// How often ends are received, so that none are lost.
const ENDS: Duration = Duration::from_secs(1);

/// What is watched, as asked for.
pub(in crate::command) struct Watching<'a> {
    pub(in crate::command) query: Query,
    /// Whether a list shows owners.
    pub(in crate::command) owners: bool,
    /// How they are found.
    pub(in crate::command) owner_source: OwnerSource,
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
    /// Whether addresses are shown by name.
    pub(in crate::command) resolve: bool,
}

pub(super) fn run(args: &Sockets, scanner: Scanner) -> Result<Outcome, Error> {
    match args.printing.format.purpose() {
        Purpose::Display => {}
        Purpose::Document | Purpose::ObjectStream | Purpose::RecordStream | Purpose::Columns => {
            return Err(Error::WatchFormat);
        }
    }
    let sort = args.sort();
    let watching = Watching {
        query: args.unlimited()?,
        owners: args.shows_owners(),
        owner_source: args.selection.owner_source(),
        extras: args.extras(),
        kinds: args.selection.kinds().unwrap_or(Kinds::DEFAULT),
        by: &[],
        sort: &sort,
        max: args.max.map(|max| usize::try_from(max).unwrap_or(usize::MAX)),
        fallbacks: args.selection.reports_fallbacks(),
        own: args.own.shown,
        details: args.selection.may_use_sock_diag(),
        resolve: args.resolves(),
    };
    let mut sockets = SocketWatch::of(watching, scanner)?;
    watch::run(&mut sockets, &args.watch, args.printing)
}

/// The query of a watch: without a limit, as sockets would move in and out of it.
pub(super) fn query(args: &Sockets) -> Result<Query, Error> {
    Ok(repeated(args.unlimited()?, args.selection.owner_source()))
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
    history: History,
    /// Since the first look.
    short_lived: Option<ShortLived>,
    names: ShownNames,
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
        let names = ShownNames::new(watching.resolve);
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
            history: History::default(),
            short_lived: None,
            names,
        })
    }

    fn asked_by(&self, view: &View) -> Asked {
        let owners = if view.by.is_empty() { self.watching.owners } else { needs_owners(&view.by) };
        // What was read once is not forgotten.
        Asked { owners: owners || self.asked.owners, filter: view.filter.clone() }
    }

    fn extras(&self, view: &View) -> Extras {
        Extras { watched: true, ..self.watching.extras.with_sorted(&view.sort.fields) }
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
        repeated(query, self.watching.owner_source)
    }

    /// The sockets that are not procnet's own.
    fn sockets(&self) -> impl Iterator<Item = Socket<'_>> {
        self.now.iter().filter(|socket| !self.own.has(socket))
    }

    /// How many ended since the look before.
    fn ended(&self) -> String {
        let ended = self.short_lived.as_ref().and_then(ShortLived::count);
        ended.map_or_else(String::new, |ended| format!("  {ended}"))
    }

    /// The groups in order, and the number of sockets that each had before.
    fn groups(&self, view: &View) -> (Vec<Group>, Option<HashMap<Vec<Value>, u64>>) {
        let mut groups = Groups::by(&view.by, &self.known);
        for socket in self.sockets() {
            groups.add_with(&socket, &self.looked(&socket));
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
            self.short_lived = None;
        }
        std::mem::swap(&mut self.before, &mut self.now);
        let query = self.query();
        if self.short_lived.is_none() {
            self.short_lived = Some(ShortLived::of(&mut self.scanner, &query, !self.watching.own));
        }
        self.history.begin_look();
        self.coverage = self.scanner.snapshot(&query, &mut self.now)?;
        let not_compared = self.before.diff(&self.now).not_compared();
        self.history.end_look(&self.now, if self.is_compared { not_compared } else { Kinds::ALL });
        if self.extras(view).details().is_empty() {
            // Nobody asked for these.
            self.coverage.without_details = Kinds::NONE;
        }
        self.own.list();
        let has_resolved = self.names.has_asked();
        if let Some(short_lived) = &mut self.short_lived {
            let look = Look { now: &self.now, own: &self.own, has_resolved };
            short_lived.look(look, &self.coverage, self.is_compared);
        }
        self.leaks.update(&self.now);
        Ok(())
    }

    fn summary(&self, view: &View, rows: usize) -> String {
        let sockets = self.sockets().count();
        let noun = if sockets == 1 { "socket" } else { "sockets" };
        if !view.by.is_empty() {
            let groups = if rows == 1 { "group" } else { "groups" };
            return format!("{sockets} {noun}, {rows} {groups}{}", self.ended());
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
        let ended = self.ended();
        format!("{sockets} {noun}  +{appeared} -{vanished} ~{changed}{ended}")
    }

    fn header(&self, view: &View) -> Header {
        match &view.by[..] {
            [] => MarkedRow::header(self.extras(view)),
            by => GroupRow::header_of_watch(by, self.extras(view)),
        }
    }

    fn rows(&self, view: &View, most: usize, each: &mut dyn FnMut(&dyn Row)) -> Shown {
        if view.by.is_empty() {
            return self.list(view, most, each);
        }
        let (groups, before) = self.groups(view);
        let rows = view.window(groups.len(), most.min(self.max(view)));
        if let Some(names) = self.names.get() {
            ask(names, &groups[rows.clone()]);
        }
        for (values, totals) in &groups[rows.clone()] {
            let change = before.as_ref().map(|before| {
                let before = before.get(values).copied().unwrap_or(0);
                i128::from(totals.sockets) - i128::from(before)
            });
            let since = Some(Since { change });
            let names = self.names.get();
            each(&GroupRow { fields: &view.by, values, totals, since, names });
        }
        Shown { rows, all: groups.len() }
    }

    fn missing(&self) -> (Vec<String>, Outcome) {
        let mut lines = messages::missing(&self.coverage, self.watching.fallbacks);
        let mut outcome = messages::outcome(&self.coverage);
        lines.extend(self.short_lived.as_ref().and_then(ShortLived::refused));
        if let Some(names) = self.names.get() {
            let (unnamed, named) = names.missing(false);
            lines.extend(unnamed);
            outcome = outcome.and(named);
        }
        (lines, outcome)
    }

    fn listens(&self) -> Option<Duration> {
        let is_subscribed = self.short_lived.as_ref().is_some_and(ShortLived::is_subscribed);
        match (self.names.is_waiting(), is_subscribed) {
            (true, _) => Some(NAMES),
            (false, true) => Some(ENDS),
            (false, false) => None,
        }
    }

    fn receive(&mut self) -> bool {
        if let Some(short_lived) = &mut self.short_lived {
            short_lived.receive();
        }
        self.names.has_new()
    }

    fn left_out(&self) -> Option<String> {
        match self.now.iter().filter(|socket| self.own.has(socket)).count() {
            0 => None,
            1 => Some("1 own socket left out (--own)".to_owned()),
            more => Some(format!("{more} own sockets left out (--own)")),
        }
    }
}
