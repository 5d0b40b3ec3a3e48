//! `procnet top --watch`: groups, and their change since the last refresh.

use std::collections::HashMap;

use procnet::{Coverage, Query, Scanner, owners::Budget};

use super::Count;
use crate::{
    Outcome,
    args::Watch,
    error::Error,
    field::Value,
    groups::{Group, Groups},
    messages,
    output::{Header, Purpose, Row},
    process::Processes,
    row::GroupRow,
    watch::{self, Watched},
};

pub(super) fn run(count: &Count<'_>, watch: &Watch) -> Result<Outcome, Error> {
    match count.printing.format.purpose() {
        Purpose::Display => {}
        Purpose::Document | Purpose::ObjectStream | Purpose::RecordStream => {
            return Err(Error::WatchGroupsFormat);
        }
    }
    let scanner = count.host.scanner()?;
    let mut groups = GroupWatch {
        known: Processes::of(scanner.root())?,
        query: match count.query.needs_owners() {
            true => count.query.clone().incremental(Budget::unlimited()),
            false => count.query.clone(),
        },
        count,
        scanner,
        before: None,
        groups: Vec::new(),
        coverage: Coverage::default(),
    };
    watch::run(&mut groups, watch, count.printing)
}

struct GroupWatch<'a> {
    count: &'a Count<'a>,
    query: Query,
    scanner: Scanner,
    known: Processes,
    /// The sizes of the groups before; `None` before the first refresh.
    before: Option<HashMap<Vec<Value>, u64>>,
    groups: Vec<Group>,
    coverage: Coverage,
}

impl Watched for GroupWatch<'_> {
    fn refresh(&mut self) -> Result<(), Error> {
        let before = std::mem::take(&mut self.groups).into_iter();
        let before: HashMap<Vec<Value>, u64> =
            before.map(|(values, totals)| (values, totals.sockets)).collect();
        self.before = (self.coverage != Coverage::default()).then_some(before);
        let mut groups = Groups::by(self.count.by, &self.known);
        self.coverage = self.scanner.visit(&self.query, |socket| groups.add(socket))?;
        self.groups = groups.sorted(self.count.sort)?;
        Ok(())
    }

    fn summary(&self) -> String {
        let (sockets, groups) = (self.coverage.sockets, self.groups.len());
        let noun = if groups == 1 { "group" } else { "groups" };
        format!("{sockets} sockets in {groups} {noun}")
    }

    fn header(&self) -> Header {
        GroupRow::header_with_change(self.count.by)
    }

    fn rows(&self, most: usize, each: &mut dyn FnMut(&dyn Row)) -> usize {
        let most = most.min(self.count.max.unwrap_or(usize::MAX));
        for (values, totals) in self.groups.iter().take(most) {
            let change = self.before.as_ref().map(|before| {
                let before = before.get(values).copied().unwrap_or(0);
                i128::from(totals.sockets) - i128::from(before)
            });
            each(&GroupRow { fields: self.count.by, values, totals, change: Some(change) });
        }
        self.groups.len().saturating_sub(most)
    }

    fn missing(&self) -> (Vec<String>, Outcome) {
        let lines = messages::missing(&self.coverage, self.count.selection.reports_fallbacks());
        (lines, messages::outcome(&self.coverage))
    }
}
