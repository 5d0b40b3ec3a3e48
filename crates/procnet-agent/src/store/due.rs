//! When looks are due, and which rows they have.

use std::time::{Duration, Instant};

use procnet_arrow::LookRows;

use crate::config::Options;

/// When the next looks are due; `None` for at once.
#[derive(Debug, Default)]
pub(super) struct Due {
    sockets: Option<Instant>,
    aggregates: Option<Instant>,
}

impl Due {
    /// The rows of a look in the refresh that has begun, if one is due: the refresh that is closest to when it is.
    pub(super) fn next(&mut self, begun: Instant, options: &Options) -> Option<LookRows> {
        let (tables, margin) = (options.store_tables, options.interval / 2);
        let (each, aggregated) = (options.store_interval, options.store_aggregates_interval);
        let sockets = tables.sockets && is_due(&mut self.sockets, begun, margin, each);
        if sockets && each >= aggregated {
            self.aggregates = None;
        }
        let aggregates =
            tables.aggregates && is_due(&mut self.aggregates, begun, margin, aggregated);
        match (sockets, aggregates) {
            (true, true) => Some(LookRows::Both),
            (true, false) => Some(LookRows::Sockets),
            (false, true) => Some(LookRows::Aggregates),
            (false, false) => None,
        }
    }

    /// Takes over other intervals, from now on.
    pub(super) fn change(&mut self, now: Instant, options: &Options) {
        for (due, interval) in [
            (&mut self.sockets, options.store_interval),
            (&mut self.aggregates, options.store_aggregates_interval),
        ] {
            *due = due.map(|due| due.min(now + interval));
        }
    }
}

fn is_due(due: &mut Option<Instant>, begun: Instant, margin: Duration, interval: Duration) -> bool {
    if due.is_some_and(|due| begun + margin < due) {
        return false;
    }
    let next = due.unwrap_or(begun) + interval;
    *due = Some(next.max(begun + interval / 2));
    true
}

/// From one look to the next, of whichever rows.
pub(super) fn interval(options: &Options) -> Duration {
    let tables = options.store_tables;
    let of = [
        (tables.sockets, options.store_interval),
        (tables.aggregates, options.store_aggregates_interval),
    ];
    let wanted = of.into_iter().filter(|(is_wanted, _)| *is_wanted);
    wanted.map(|(_, interval)| interval).min().unwrap_or_default().max(options.interval)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::StoreTables;

    /// The rows of the looks in refreshes at these seconds.
    fn looks(options: &Options, refreshes: impl IntoIterator<Item = u64>) -> Vec<(u64, LookRows)> {
        let (mut due, start) = (Due::default(), Instant::now());
        let at = |second: u64| start + Duration::from_secs(second);
        let rows = refreshes.into_iter().map(|second| (second, due.next(at(second), options)));
        rows.filter_map(|(second, rows)| Some((second, rows?))).collect()
    }

    #[test]
    fn looks_with_sockets_have_aggregates_that_are_as_frequent_too() {
        let store_tables = StoreTables { aggregates: true, ..StoreTables::SOCKETS };
        let options = Options { store_tables, ..Options::default() };
        let found = looks(&options, (0..1300).step_by(10));
        let expected = (0..1300).step_by(60).map(|second| match second % 600 {
            0 => (second, LookRows::Both),
            _ => (second, LookRows::Aggregates),
        });
        assert_eq!(found, expected.collect::<Vec<_>>());
        // After a pause, too.
        let found = looks(&options, [0, 650, 660, 700, 710, 1200, 1210]);
        assert_eq!(found[1], (650, LookRows::Both));
        assert_eq!(found.last(), Some(&(1200, LookRows::Both)));
        assert!(found[2..found.len() - 1].iter().all(|(_, rows)| *rows == LookRows::Aggregates));

        let rare = Options { store_aggregates_interval: Duration::from_secs(1200), ..options };
        let found = looks(&rare, (0..1300).step_by(10));
        let both = LookRows::Both;
        assert_eq!(found, [(0, both), (600, LookRows::Sockets), (1200, both)]);
    }

    #[test]
    fn without_tables_of_looks_none_is_due() {
        let store_tables = StoreTables { sockets: false, aggregates: false, events: true };
        let options = Options { store_tables, ..Options::default() };
        assert_eq!(looks(&options, (0..1300).step_by(10)), []);
    }
}
