//! `--watch` of counters: their rates. The library computes them across wraps, and reports none
//! if a counter was reset.

use std::time::{Duration, Instant};

use procnet::{
    counters::{ConntrackStats, IoCounters, ProtocolCounters},
    rates::GroupRates,
};

use crate::{
    Outcome,
    args::{Printing, Watch, Watchable},
    error::Error,
    output::{Header, Purpose, Row, Writer},
    row::{RateRow, escaped},
    terminal::{Ticker, Wake},
    watch::{self, Shown, View, Watched},
};

/// Counters that have rates.
pub(super) trait Reading {
    /// The key of its groups; `None` if it has only one.
    const GROUP: Option<&'static str>;

    /// Calls `each` with every group.
    fn groups(&self, before: &Self, over: Duration, each: &mut dyn FnMut(&GroupRates<'_>));
}

impl Reading for IoCounters {
    const GROUP: Option<&'static str> = Some("interface");

    fn groups(&self, before: &Self, over: Duration, each: &mut dyn FnMut(&GroupRates<'_>)) {
        self.rates(before, over).for_each(|group| each(&group));
    }
}

impl Reading for ProtocolCounters {
    const GROUP: Option<&'static str> = Some("protocol");

    fn groups(&self, before: &Self, over: Duration, each: &mut dyn FnMut(&GroupRates<'_>)) {
        self.rates(before, over).for_each(|group| each(&group));
    }
}

impl Reading for ConntrackStats {
    const GROUP: Option<&'static str> = None;

    fn groups(&self, before: &Self, over: Duration, each: &mut dyn FnMut(&GroupRates<'_>)) {
        each(&self.rates(before, over));
    }
}

/// Prints the rates of counters until the watch ends.
pub(super) fn run<R: Reading>(
    read: impl FnMut() -> Result<R, Error>,
    shown: &Watchable,
) -> Result<Outcome, Error> {
    let Watchable { watch, printing, .. } = shown;
    let mut counters = CounterWatch { read, before: None, now: None };
    match printing.format.purpose() {
        Purpose::Display => watch::run(&mut counters, watch, *printing),
        Purpose::Document => Err(Error::WatchArray),
        Purpose::ObjectStream | Purpose::RecordStream | Purpose::Columns => {
            counters.stream(watch, *printing)
        }
    }
}

/// The last two readings.
struct CounterWatch<R, F> {
    read: F,
    before: Option<(R, Instant)>,
    now: Option<(R, Instant)>,
}

impl<R: Reading, F: FnMut() -> Result<R, Error>> CounterWatch<R, F> {
    fn read(&mut self) -> Result<(), Error> {
        self.before = self.now.take();
        self.now = Some(((self.read)()?, Instant::now()));
        Ok(())
    }

    /// Prints rates for programs: none before the second reading.
    fn stream(&mut self, watch: &Watch, printing: Printing) -> Result<Outcome, Error> {
        let mut writer = Writer::open(printing, RateRow::header(R::GROUP))?;
        let mut ticker = Ticker::new(watch.every.unwrap_or_default());
        for refreshes in 0_u64.. {
            self.read()?;
            if self.before.is_some() {
                let mut written = Ok(());
                self.each_row(&mut |row| {
                    if written.is_ok() {
                        written = writer.row(row);
                    }
                });
                written?;
                writer.flush()?;
            }
            if watch.times.is_some_and(|times| refreshes >= times) {
                break;
            }
            ticker.advance();
            if matches!(ticker.wait().map_err(Error::Output)?, Wake::Quit | Wake::Closed) {
                break;
            }
        }
        writer.finish()?;
        Ok(Outcome::Complete)
    }
}

impl<R: Reading, F> CounterWatch<R, F> {
    fn each_row(&self, each: &mut dyn FnMut(&RateRow<'_>)) {
        let Some((now, at)) = &self.now else { return };
        let (before, over) = match &self.before {
            Some((before, earlier)) => (before, at.duration_since(*earlier)),
            None => (now, Duration::ZERO),
        };
        let seconds = over.as_secs_f64();
        now.groups(before, over, &mut |group| {
            let name = escaped(group.name().0);
            for counter in group.iter() {
                let group = R::GROUP.map(|key| (key, name.as_str()));
                each(&RateRow { group, counter, seconds });
            }
        });
    }
}

impl<R: Reading, F: FnMut() -> Result<R, Error>> Watched for CounterWatch<R, F> {
    fn view(&self) -> View {
        View::default()
    }

    fn refresh(&mut self, _view: &View) -> Result<(), Error> {
        self.read()
    }

    fn summary(&self, _view: &View, _rows: usize) -> String {
        let (mut all, mut active) = (0_u64, 0_u64);
        self.each_row(&mut |row| {
            all += 1;
            active += u64::from(row.is_active());
        });
        format!("{all} counters, {active} active")
    }

    fn header(&self, _view: &View) -> Header {
        RateRow::header(R::GROUP)
    }

    fn rows(&self, view: &View, most: usize, each: &mut dyn FnMut(&dyn Row)) -> Shown {
        let mut all = 0;
        self.each_row(&mut |_| all += 1);
        let rows = view.window(all, most);
        // If not all fit, active counters come first.
        let passes: &[Option<bool>] = if all > most { &[Some(true), Some(false)] } else { &[None] };
        let mut at = 0;
        for active in passes {
            self.each_row(&mut |row| {
                if active.is_none_or(|active| row.is_active() == active) {
                    if rows.contains(&at) {
                        each(row);
                    }
                    at += 1;
                }
            });
        }
        Shown { rows, all }
    }

    fn missing(&self) -> (Vec<String>, Outcome) {
        (Vec::new(), Outcome::Complete)
    }
}
