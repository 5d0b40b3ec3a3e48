//! `procnet top`, and `procnet sockets --group-by`: sockets that have something in common.

mod watch;

use procnet::Query;

use crate::{
    Sight,
    args::{Host, Printing, Selection, Sockets, Sort, Top, Watch},
    error::Error,
    field::Field,
    groups::{Group, Groups},
    messages::{self, message},
    output::Writer,
    process::Processes,
    row::GroupRow,
};

/// What is to be counted, and how it is printed.
struct Count<'a> {
    query: Query,
    by: &'a [Field],
    sort: &'a Sort,
    max: Option<usize>,
    selection: &'a Selection,
    host: &'a Host,
    printing: Printing,
}

pub(super) fn run(args: &Top) -> Result<Sight, Error> {
    let Top { selection, by, sort, max, watch, host, printing } = args;
    let (query, printing) = (args.query()?, *printing);
    Count { query, by, sort, max: Some(*max), selection, host, printing }.run(watch)
}

/// The same for sockets that would else be listed.
pub(super) fn grouped(args: &Sockets) -> Result<Sight, Error> {
    let Sockets { selection, grouping, host, printing, .. } = args;
    let (by, sort, max) = (&grouping.group_by[..], &grouping.sort, args.max);
    let max = max.map(|max| usize::try_from(max).unwrap_or(usize::MAX));
    let (query, printing) = (args.grouped()?, *printing);
    Count { query, by, sort, max, selection, host, printing }.run(&args.watch)
}

impl Count<'_> {
    fn run(self, watch: &Watch) -> Result<Sight, Error> {
        if watch.every.is_some() {
            return watch::run(&self, watch);
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
            writer.row(&GroupRow { fields: self.by, values, totals, change: None })?;
        }
        writer.finish()?;
        left_out(groups.len(), others);
        Ok(messages::coverage(&coverage, self.selection.tells_fallbacks()))
    }
}

/// Says what is not shown, which is no failure.
fn left_out(all: usize, others: &[Group]) {
    let sockets: u64 = others.iter().map(|(_, totals)| totals.sockets).sum();
    match others.len() {
        0 => {}
        1 => message!("1 more group, of {sockets} sockets, is not shown: --max {all} shows it"),
        more => {
            message!(
                "{more} more groups, of {sockets} sockets, are not shown: --max {all} shows them"
            );
        }
    }
}
