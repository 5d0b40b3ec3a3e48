//! `procnet top` and `procnet sockets --group-by`: groups of sockets.

use procnet::Query;

use super::{
    hint,
    sockets::watch::{SocketWatch, Watching},
};
use crate::{
    Outcome,
    args::{Host, Printing, Selection, Sockets, Sort, Top, Watch},
    error::Error,
    field::Field,
    groups::{Group, Groups},
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
    printing: Printing,
}

pub(super) fn run(args: &Top) -> Result<Outcome, Error> {
    let Top { selection, by, sort, max, watch, own, host, printing } = args;
    let (query, own, printing) = (args.query()?, own.shown, *printing);
    Count { query, by, sort, max: Some(*max), selection, host, own, printing }.run(watch)
}

/// `procnet sockets --group-by`.
pub(super) fn grouped(args: &Sockets) -> Result<Outcome, Error> {
    let Sockets { selection, grouping, host, printing, .. } = args;
    let (by, sort, max) = (&grouping.group_by[..], &grouping.sort, args.max);
    let max = max.map(|max| usize::try_from(max).unwrap_or(usize::MAX));
    let (query, own, printing) = (args.grouped()?, args.own.shown, *printing);
    Count { query, by, sort, max, selection, host, own, printing }.run(&args.watch)
}

impl Count<'_> {
    fn run(self, watch: &Watch) -> Result<Outcome, Error> {
        if watch.every.is_some() {
            return self.watch(watch);
        }
        let mut scanner = self.host.scanner()?;
        let known = Processes::of(scanner.root())?;
        let mut groups = Groups::by(self.by, &known);
        let coverage = scanner.visit(&self.query, |socket| groups.add(socket))?;
        let groups = groups.sorted(self.sort)?;
        let shown = self.max.unwrap_or(usize::MAX).min(groups.len());
        let (shown, others) = groups.split_at(shown);
        let mut writer = Writer::open(self.printing, GroupRow::header(self.by))?;
        for (values, totals) in shown {
            writer.row(&GroupRow { fields: self.by, values, totals, since: None })?;
        }
        writer.finish()?;
        report_omitted(groups.len(), others);
        hint::print(&coverage, self.selection, &mut scanner);
        Ok(messages::coverage(&coverage, self.selection.reports_fallbacks()))
    }
}

impl Count<'_> {
    fn watch(self, watch: &Watch) -> Result<Outcome, Error> {
        match self.printing.format.purpose() {
            Purpose::Display => {}
            Purpose::Document | Purpose::ObjectStream | Purpose::RecordStream => {
                return Err(Error::WatchGroupsFormat);
            }
        }
        let Count { query, by, sort, max, selection, host, own, printing } = self;
        let watching = Watching {
            query,
            owners: true,
            extras: Extras { netns: selection.has_netns(), ..Extras::NONE },
            kinds: selection.kinds().unwrap_or_default(),
            by,
            sort,
            max,
            fallbacks: selection.reports_fallbacks(),
            own,
            details: selection.may_use_sock_diag(),
        };
        watch::run(&mut SocketWatch::of(watching, host.scanner()?)?, watch, printing)
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
