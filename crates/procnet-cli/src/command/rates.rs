//! `--watch` of counters: how fast they go. What wrapped went on, and what was made anew has no
//! rate, as the library tells them apart.

use std::time::{Duration, Instant};

use procnet::{ConntrackStats, GroupRates, IoCounters, ProtocolCounters};

use crate::{
    Sight,
    args::{Printing, Watch, Watchable},
    error::Error,
    output::{Format, Header, Row, Writer},
    row::{RateRow, escaped},
    terminal::{Ticker, Wake},
    watch::{self, Watched},
};

/// Counters that have rates.
pub(super) trait Reading {
    /// What its groups are called; `None` if it has but one.
    const GROUP: Option<&'static str>;

    /// Hands each group to `each`.
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

/// Reads again and again.
pub(super) fn run<R: Reading>(
    read: impl FnMut() -> Result<R, Error>,
    shown: &Watchable,
) -> Result<Sight, Error> {
    let Watchable { watch, printing, .. } = shown;
    let mut look = Look { read, before: None, now: None };
    match printing.format {
        Format::Table => watch::run(&mut look, watch, *printing),
        Format::Json => Err(Error::WatchedArray),
        Format::Ndjson | Format::Csv => look.stream(watch, *printing),
    }
}

/// What was read last, and before that.
struct Look<R, F> {
    read: F,
    before: Option<(R, Instant)>,
    now: Option<(R, Instant)>,
}

impl<R: Reading, F: FnMut() -> Result<R, Error>> Look<R, F> {
    fn read(&mut self) -> Result<(), Error> {
        self.before = self.now.take();
        self.now = Some(((self.read)()?, Instant::now()));
        Ok(())
    }

    /// Prints rows for programs: rates, so none before the second reading.
    fn stream(&mut self, watch: &Watch, printing: Printing) -> Result<Sight, Error> {
        let mut writer = Writer::open(printing, RateRow::header(R::GROUP))?;
        let mut ticker = Ticker::new(watch.every.unwrap_or_default());
        for looks in 0_u64.. {
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
            if watch.times.is_some_and(|times| looks >= times) {
                break;
            }
            ticker.looked();
            if ticker.wait().map_err(Error::Output)? == Wake::Quit {
                break;
            }
        }
        writer.finish()?;
        Ok(Sight::Whole)
    }
}

impl<R: Reading, F> Look<R, F> {
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

impl<R: Reading, F: FnMut() -> Result<R, Error>> Watched for Look<R, F> {
    fn look(&mut self) -> Result<(), Error> {
        self.read()
    }

    fn headline(&self) -> String {
        let (mut all, mut moving) = (0_u64, 0_u64);
        self.each_row(&mut |row| {
            all += 1;
            moving += u64::from(row.moves());
        });
        format!("{all} counters, {moving} of them moving")
    }

    fn header(&self) -> Header {
        RateRow::header(R::GROUP)
    }

    fn rows(&self, most: usize, each: &mut dyn FnMut(&dyn Row)) -> usize {
        let mut all = 0;
        self.each_row(&mut |_| all += 1);
        // Where not all can be shown, what moves is.
        let mut shown = 0;
        for moving in [true, false] {
            self.each_row(&mut |row| {
                if (all <= most && moving) || (all > most && row.moves() == moving && shown < most)
                {
                    each(row);
                    shown += 1;
                }
            });
        }
        all - shown
    }

    fn missing(&self) -> (Vec<String>, Sight) {
        (Vec::new(), Sight::Whole)
    }
}
