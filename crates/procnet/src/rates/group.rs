//! The rates of one group of counters.

use procnet_core::{
    counter::meaning::{Cpus, Kind, Meaning},
    escape::Escaped,
};

use super::{
    Interval, NoRate, Rate,
    judge::{self, Course},
    numbers::{Column, Numbers},
};

/// The rates of the counters of one interface, of one protocol, or of one file that has no such
/// groups.
#[derive(Clone, Copy, Debug)]
pub struct GroupRates<'a> {
    older: Option<&'a dyn Numbers>,
    newer: Option<&'a dyn Numbers>,
    interval: Interval,
    /// Why no counter of it has a rate, if none has.
    verdict: Result<(), NoRate>,
}

/// One counter, what it is now, and how fast it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CounterRate<'a> {
    /// Its name: the kernel's, or `rx_…` and `tx_…` of an interface.
    pub name: &'a str,
    /// What it counts, and whether it is a counter at all.
    pub meaning: Meaning,
    /// Its newer reading, those of all CPUs added up; `None` if only the older one has it.
    pub value: Option<i128>,
    /// How fast it goes.
    pub rate: Rate,
}

impl<'a> GroupRates<'a> {
    pub(super) fn new(
        older: Option<&'a dyn Numbers>,
        newer: Option<&'a dyn Numbers>,
        interval: Interval,
    ) -> GroupRates<'a> {
        let verdict = match (older, newer) {
            (Some(older), Some(newer)) => judge::group(older, newer, interval),
            (_, None) => Err(NoRate::Vanished),
            (None, Some(_)) if interval.elapsed.is_zero() => Err(NoRate::NoTime),
            // Its counters may have been absent because they were 0.
            (None, Some(newer)) if newer.column(0).is_some_and(|column| column.is_sparse) => Ok(()),
            (None, Some(_)) => Err(NoRate::Appeared),
        };
        GroupRates { older, newer, interval, verdict }
    }

    /// The name of the interface or protocol, empty for a file without groups. `Display` writes it
    /// escaped; its field has the bytes.
    #[must_use]
    pub fn name(&self) -> Escaped<'a> {
        Escaped(self.newer.or(self.older).map_or(&[], Numbers::name))
    }

    /// Why no counter of the group has a rate, if none has.
    #[must_use]
    pub fn unknown(&self) -> Option<NoRate> {
        self.verdict.err()
    }

    /// Each counter of the newer reading, in its order; of the older one if there is no newer.
    pub fn iter(&self) -> impl Iterator<Item = CounterRate<'a>> + use<'a> {
        let group = *self;
        let columns = group.newer.or(group.older).map_or(0, Numbers::columns);
        (0..columns).filter_map(move |at| group.counter(at))
    }

    /// The rate of one counter; `None` if there is none of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Rate> {
        self.iter().find(|counter| counter.name == name).map(|counter| counter.rate)
    }

    fn counter(&self, at: usize) -> Option<CounterRate<'a>> {
        let Some(newer) = self.newer else {
            let Column { name, meaning, .. } = self.older?.column(at)?;
            let rate = Rate::Unknown(NoRate::Vanished);
            return Some(CounterRate { name, meaning, value: None, rate });
        };
        let column = newer.column(at)?;
        let Column { name, meaning, .. } = column;
        let value = total(newer, at, &meaning);
        let rate = match meaning.kind {
            Kind::Counter => match self.verdict.and_then(|()| self.grown(newer, at, &column)) {
                Ok(grown) => Rate::PerSecond(grown as f64 / self.interval.elapsed.as_secs_f64()),
                Err(unknown) => Rate::Unknown(unknown),
            },
            _ => Rate::Now(self.below_zero(value, &meaning)),
        };
        Some(CounterRate { name, meaning, value: Some(value), rate })
    }

    /// By how much a counter went on, on all CPUs.
    fn grown(&self, newer: &dyn Numbers, at: usize, column: &Column<'_>) -> Result<u128, NoRate> {
        let before = self.older.and_then(|older| Some((older, older.find(column.name, at)?)));
        let mut sum = 0;
        for row in 0..newer.rows() {
            let Some(new) = newer.value(row, at) else { continue };
            let old = match before {
                Some((older, at)) => older.value(row, at).ok_or(NoRate::Appeared)?,
                None if column.is_sparse => 0,
                None => return Err(NoRate::Appeared),
            };
            match judge::course(old, new, column.widths(self.interval.word)) {
                Course::On(grown) | Course::Round(grown) => sum += u128::from(grown),
                Course::Back => return Err(NoRate::Reset),
            }
        }
        Ok(sum)
    }

    /// A gauge without a sign that is a little below 0 reads as a huge number.
    fn below_zero(&self, value: i128, meaning: &Meaning) -> i128 {
        let range = 1_i128 << meaning.width.bits(self.interval.word).min(64);
        let is_huge = !meaning.signed && value >= range / 2 && value < range;
        if is_huge && meaning.kind == Kind::Gauge { value - range } else { value }
    }
}

/// The number in a column, as its CPUs add up.
fn total(numbers: &dyn Numbers, column: usize, meaning: &Meaning) -> i128 {
    let mut values = (0..numbers.rows()).filter_map(|row| numbers.value(row, column));
    match meaning.cpus {
        Cpus::Each => values.sum(),
        Cpus::Summed | Cpus::Same | Cpus::Own => values.next().unwrap_or(0),
    }
}
