//! `procnet top` and `procnet sockets --group-by`: groups of sockets.

use std::io::{self, IsTerminal as _};

use procnet::{Kinds, Query};

use super::{
    hint,
    sockets::watch::{SocketWatch, Watching},
};
use crate::{
    Outcome,
    args::{Host, Printing, Selection, Sockets, Sort, Top, Watch},
    error::Error,
    field::{Field, Value},
    groups::{Group, Groups},
    host_names::HostNames,
    messages::{self, message},
    output::{Purpose, Writer},
    process::Processes,
    row::{Extras, GroupRow},
    watch,
};

/// What is counted, and how it is printed.
struct Count<'a> {
    query: Query,
    by: &'a [Field],
    sort: &'a Sort,
    max: Option<usize>,
    selection: &'a Selection,
    host: &'a Host,
    own: bool,
    resolve: bool,
    printing: Printing,
}

pub(super) fn run(args: &Top) -> Result<Outcome, Error> {
    let Top { selection, watch, own, host, printing, .. } = args;
    let (query, own, printing) = (args.query()?, own.shown, *printing);
    let (by, sort) = (&args.by()[..], &args.sort());
    let max = args.max(watch.every.is_some() && io::stdout().is_terminal());
    let resolve = args.resolve;
    Count { query, by, sort, max, selection, host, own, resolve, printing }.run(watch)
}

/// `procnet sockets --group-by`.
pub(super) fn grouped(args: &Sockets) -> Result<Outcome, Error> {
    let Sockets { selection, grouping, host, printing, .. } = args;
    let (by, sort, max) = (&grouping.group_by[..], &grouping.sort, args.max);
    let max = max.map(|max| usize::try_from(max).unwrap_or(usize::MAX));
    let (query, own, printing) = (args.grouped()?, args.own.shown, *printing);
    let resolve = args.resolves();
    Count { query, by, sort, max, selection, host, own, resolve, printing }.run(&args.watch)
}

impl Count<'_> {
    fn run(self, watch: &Watch) -> Result<Outcome, Error> {
        if watch.every.is_some() {
            return self.watch(watch);
        }
        if let Some(field) = self.sort.fields.iter().find(|field| field.is_of_watch()) {
            return Err(Error::NotWatched { field: field.name() });
        }
        let mut scanner = self.host.scanner()?;
        let known = Processes::of(scanner.root())?;
        let mut groups = Groups::by(self.by, &known);
        let coverage = scanner.visit(&self.query, |socket| groups.add(socket))?;
        let groups = groups.sorted(self.sort)?;
        let shown = self.max.unwrap_or(usize::MAX).min(groups.len());
        let (shown, others) = groups.split_at(shown);
        let names = self.resolve.then(HostNames::new);
        let mut outcome = Outcome::Complete;
        let mut unnamed = Vec::new();
        if let Some(names) = &names {
            ask(names, shown);
            names.wait();
            (unnamed, outcome) = names.missing(true);
        }
        let mut writer = Writer::open(self.printing, GroupRow::header(self.by, self.resolve))?;
        for (values, totals) in shown {
            let names = names.as_ref();
            writer.row(&GroupRow { fields: self.by, values, totals, since: None, names })?;
        }
        writer.finish()?;
        report_omitted(groups.len(), others);
        unnamed.iter().for_each(|line| message!("{line}"));
        hint::print(&coverage, self.selection, &mut scanner);
        Ok(messages::coverage(&coverage, self.selection.reports_fallbacks()).and(outcome))
    }
}

impl Count<'_> {
    fn watch(self, watch: &Watch) -> Result<Outcome, Error> {
        match self.printing.format.purpose() {
            Purpose::Display => {}
            Purpose::Document
            | Purpose::ObjectStream
            | Purpose::RecordStream
            | Purpose::Columns => {
                return Err(Error::WatchGroupsFormat);
            }
        }
        let Count { query, by, sort, max, selection, host, own, resolve, printing } = self;
        let watching = Watching {
            query,
            owners: true,
            owner_source: selection.owner_source(),
            extras: Extras { netns: selection.has_netns(), ..Extras::NONE },
            kinds: selection.kinds().unwrap_or(Kinds::DEFAULT),
            by,
            sort,
            max,
            fallbacks: selection.reports_fallbacks(),
            own,
            details: selection.may_use_sock_diag(),
            resolve,
        };
        watch::run(&mut SocketWatch::of(watching, host.scanner()?)?, watch, printing)
    }
}

/// Asks for the names of the addresses of groups.
pub(super) fn ask<T>(names: &HostNames, groups: &[(Vec<Value>, T)]) {
    for value in groups.iter().flat_map(|(values, _)| values) {
        if let Value::Address(address) = value {
            names.ask(*address);
        }
    }
}

/// Reports the groups that are not shown, which is not a failure.
fn report_omitted(all: usize, others: &[Group]) {
    let sockets: u64 = others.iter().map(|(_, totals)| totals.sockets).sum();
    match others.len() {
        0 => {}
        1 => message!("1 more group ({sockets} sockets) not shown: use --max {all}"),
        more => {
            message!("{more} more groups ({sockets} sockets) not shown: use --max {all}");
        }
    }
}
