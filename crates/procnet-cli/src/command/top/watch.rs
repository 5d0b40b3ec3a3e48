//! `procnet top --watch`: groups, and by how much they have grown since the last look.

use std::collections::HashMap;

use procnet::{Budget, Coverage, Query, Scanner};

use super::Count;
use crate::{
    Sight,
    args::Watch,
    error::Error,
    field::Value,
    groups::{Group, Groups},
    messages,
    output::{Format, Header, Row},
    process::Processes,
    row::GroupRow,
    watch::{self, Watched},
};

pub(super) fn run(count: &Count<'_>, watch: &Watch) -> Result<Sight, Error> {
    if count.printing.format != Format::Table {
        return Err(Error::WatchedGroups);
    }
    let scanner = count.host.scanner()?;
    let mut look = Look {
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
    watch::run(&mut look, watch, count.printing)
}

struct Look<'a> {
    count: &'a Count<'a>,
    query: Query,
    scanner: Scanner,
    known: Processes,
    /// How many sockets each group had; `None` before the first look.
    before: Option<HashMap<Vec<Value>, u64>>,
    groups: Vec<Group>,
    coverage: Coverage,
}

impl Watched for Look<'_> {
    fn look(&mut self) -> Result<(), Error> {
        let before = std::mem::take(&mut self.groups).into_iter();
        let before: HashMap<Vec<Value>, u64> =
            before.map(|(values, totals)| (values, totals.sockets)).collect();
        self.before = (self.coverage != Coverage::default()).then_some(before);
        let mut groups = Groups::by(self.count.by, &self.known);
        self.coverage = self.scanner.visit(&self.query, |socket| groups.add(socket))?;
        self.groups = groups.sorted(self.count.sort)?;
        Ok(())
    }

    fn headline(&self) -> String {
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

    fn missing(&self) -> (Vec<String>, Sight) {
        let lines = messages::missing(&self.coverage, self.count.selection.tells_fallbacks());
        (lines, messages::sight(&self.coverage))
    }
}
