//! When looks are due, and which rows they have.

use std::time::{Duration, Instant};

use procnet_arrow::LookRows;

use crate::config::Options;

/// How much earlier than a look that is aligned its refresh may begin: poll(2) counts in ticks.
const EARLY: Duration = Duration::from_millis(5);

/// When the next looks are due; `None` for at once.
#[derive(Debug, Default)]
pub(super) struct Due {
    sockets: Option<Instant>,
    aggregates: Option<Instant>,
}

impl Due {
    /// The rows of a look in the refresh that has begun, if one is due: the refresh that is closest to when it is.
    /// `now` is the time since 1970 in nanoseconds.
    pub(super) fn next(
        &mut self,
        begun: Instant,
        now: impl Fn() -> i64,
        options: &Options,
    ) -> Option<LookRows> {
        let tables = options.store_tables;
        let (each, aggregated) = (options.store_interval, options.store_aggregates_interval);
        // If looks are aligned, a refresh begins when one is due: see `begin_of_refresh`.
        let margin = if options.store_align { EARLY } else { options.interval / 2 };
        let is_due = |due: &mut Option<Instant>, interval: Duration| {
            if due.is_some_and(|due| begun + margin < due) {
                return false;
            }
            let next = match due {
                _ if options.store_align => begun + to_multiple(now(), interval),
                Some(due) => *due + interval,
                None => begun + interval,
            };
            *due = Some(next.max(begun + interval / 2));
            true
        };
        let sockets = tables.sockets && is_due(&mut self.sockets, each);
        if sockets && each >= aggregated {
            self.aggregates = None;
        }
        let aggregates = tables.aggregates && is_due(&mut self.aggregates, aggregated);
        match (sockets, aggregates) {
            (true, true) => Some(LookRows::Both),
            (true, false) => Some(LookRows::Sockets),
            (false, true) => Some(LookRows::Aggregates),
            (false, false) => None,
        }
    }

    /// When the refresh is to begin that could begin after this pause: when a look is due, if that is closer to
    /// then than to other refreshes. Budget and failures can make pauses so long that it is not.
    pub(super) fn begin_of_refresh(
        &self,
        now: Instant,
        pause: Duration,
        options: &Options,
    ) -> Instant {
        let planned = now + pause;
        let near = pause.clamp(options.interval, options.interval * 2) / 2;
        let tables = options.store_tables;
        let of = [(tables.sockets, self.sockets), (tables.aggregates, self.aggregates)];
        let due = of.into_iter().filter_map(|(is_wanted, due)| due.filter(|_| is_wanted)).min();
        let is_near = |due: &Instant| {
            let apart = planned.max(*due) - planned.min(*due);
            apart <= near
        };
        due.filter(|due| options.store_align && is_near(due)).unwrap_or(planned)
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

/// The time from `now`, in nanoseconds since 1970, to the first multiple of an interval that is more than half an
/// interval away; none for an interval of 0.
fn to_multiple(now: i64, interval: Duration) -> Duration {
    let Some(nanos) = i64::try_from(interval.as_nanos()).ok().filter(|nanos| *nanos > 0) else {
        return interval;
    };
    let rest = Duration::from_nanos((nanos - now.rem_euclid(nanos)).unsigned_abs());
    if rest > interval / 2 { rest } else { rest + interval }
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

    const SECOND: i64 = 1_000_000_000;
    /// 2026-11-30 22:00 UTC.
    const TEN: i64 = 1_796_076_000 * SECOND;

    /// The rows of the looks in refreshes at these seconds.
    fn looks(options: &Options, refreshes: impl IntoIterator<Item = u64>) -> Vec<(u64, LookRows)> {
        let (mut due, start) = (Due::default(), Instant::now());
        let at = |second: u64| start + Duration::from_secs(second);
        let now = |second: u64| TEN + i64::try_from(second).unwrap() * SECOND;
        let rows = refreshes
            .into_iter()
            .map(|second| (second, due.next(at(second), || now(second), options)));
        rows.filter_map(|(second, rows)| Some((second, rows?))).collect()
    }

    /// The seconds of the looks of an agent that starts a number of seconds after the hour, and whose refreshes
    /// are this long apart, unless looks are aligned. After some seconds, its clock is set.
    fn times(options: &Options, start: i64, pause: Duration, set: (i64, i64)) -> Vec<i64> {
        let (mut due, begun) = (Due::default(), Instant::now());
        let (mut at, mut times) = (begun, Vec::new());
        while at < begun + Duration::from_secs(3600) {
            let passed = i64::try_from((at - begun).as_nanos()).unwrap();
            let (when, by) = set;
            let step = if passed < when * SECOND { 0 } else { by * SECOND };
            let now = TEN + start * SECOND + passed + step;
            if due.next(at, || now, options).is_some() {
                assert_eq!(now % SECOND, 0);
                times.push((now - TEN) / SECOND);
            }
            at = due.begin_of_refresh(at, pause, options);
        }
        times
    }

    #[test]
    fn looks_with_sockets_have_aggregates_that_are_as_frequent_too() {
        let store_tables = StoreTables { aggregates: true, ..StoreTables::SOCKETS };
        let options = Options { store_tables, store_align: false, ..Options::default() };
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
    fn looks_begin_at_multiples_of_their_interval() {
        let options = Options { store_interval: Duration::from_secs(600), ..Options::default() };
        let never = (4000, 0);
        // The first is made at the start, and the next is not sooner than half an interval after it.
        for pause in [10, 13, 17] {
            let found = times(&options, 203, Duration::from_secs(pause), never);
            assert_eq!(found, [203, 600, 1200, 1800, 2400, 3000, 3600], "{pause}");
        }
        let found = times(&options, 403, Duration::from_secs(10), never);
        assert_eq!(found, [403, 1200, 1800, 2400, 3000, 3600]);
        // Refreshes are not made more often for it: a pause of a minute is one.
        let found = times(&options, 203, Duration::from_secs(60), never);
        assert_eq!(found, [203, 623, 1223, 1823, 2423, 3023, 3623]);
        let each = Options { store_interval: Duration::from_secs(10), ..options.clone() };
        let found = times(&each, 203, Duration::from_secs(10), never);
        assert_eq!((&found[..3], found.len()), (&[203, 210, 220][..], 361));
        let unaligned = Options { store_align: false, ..options };
        let found = times(&unaligned, 203, Duration::from_secs(10), never);
        assert_eq!(found, [203, 803, 1403, 2003, 2603, 3203]);
    }

    #[test]
    fn after_the_clock_was_set_looks_begin_at_multiples_again_and_are_no_more_frequent() {
        let options = Options { store_interval: Duration::from_secs(600), ..Options::default() };
        let pause = Duration::from_secs(10);
        // Back by an hour and 20 seconds, and forward by 200 seconds.
        let found = times(&options, 0, pause, (900, -3620));
        assert_eq!(found, [0, 600, -2420, -1800, -1200, -600]);
        let found = times(&options, 0, pause, (900, 200));
        assert_eq!(found, [0, 600, 1400, 1800, 2400, 3000, 3600]);
    }

    #[test]
    fn without_tables_of_looks_none_is_due() {
        let store_tables = StoreTables { sockets: false, aggregates: false, events: true };
        let options = Options { store_tables, ..Options::default() };
        assert_eq!(looks(&options, (0..1300).step_by(10)), []);
    }
}
