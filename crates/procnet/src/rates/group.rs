//! The rates of one group of counters.

use procnet_core::{
    counter::meaning::{Cpus, Kind, Meaning},
    escape::Escaped,
};

use super::{
    Column, Group, Interval, NoRate, Rate,
    change::{Change, change, comparable},
};

/// The rates of the counters of one interface, of one protocol, or of a file without groups.
#[derive(Clone, Copy, Debug)]
pub struct GroupRates<'a> {
    older: Option<&'a dyn Group>,
    newer: Option<&'a dyn Group>,
    interval: Interval,
    /// Why no counter of the group has a rate, if that is so.
    comparable: Result<(), NoRate>,
}

/// One counter, its value and its rate.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CounterRate<'a> {
    /// Its name: the kernel's, or `rx_…` and `tx_…` for an interface.
    pub name: &'a str,
    /// What it counts, and whether it is a counter or a gauge.
    pub meaning: Meaning,
    /// Its newer value, summed over all CPUs; `None` if only the older reading has it.
    pub value: Option<i128>,
    /// How fast it grows.
    pub rate: Rate,
}

impl<'a> GroupRates<'a> {
    pub(crate) fn new(
        older: Option<&'a dyn Group>,
        newer: Option<&'a dyn Group>,
        interval: Interval,
    ) -> GroupRates<'a> {
        let comparable = match (older, newer) {
            (Some(older), Some(newer)) => comparable(older, newer, interval),
            (_, None) => Err(NoRate::Vanished),
            (None, Some(_)) if interval.elapsed.is_zero() => Err(NoRate::NoTime),
            // Its counters may have been absent because they were 0.
            (None, Some(newer)) if newer.column(0).is_some_and(|column| column.is_sparse) => Ok(()),
            (None, Some(_)) => Err(NoRate::Appeared),
        };
        GroupRates { older, newer, interval, comparable }
    }

    /// The name of the interface or protocol, empty for a file without groups. `Display` escapes it;
    /// the field has the bytes.
    #[must_use]
    pub fn name(&self) -> Escaped<'a> {
        Escaped(self.newer.or(self.older).map_or(&[], Group::name))
    }

    /// Why no counter of the group has a rate, if that is so.
    #[must_use]
    pub fn unknown(&self) -> Option<NoRate> {
        self.comparable.err()
    }

    /// Iterates the counters of the newer reading in its order, or of the older one if there is no
    /// newer.
    pub fn iter(&self) -> impl Iterator<Item = CounterRate<'a>> + use<'a> {
        let group = *self;
        let columns = group.newer.or(group.older).map_or(0, Group::columns);
        (0..columns).filter_map(move |at| group.counter(at))
    }

    /// The rate of the counter with this name, if there is one.
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
            Kind::Counter => match self.comparable.and_then(|()| self.increase(newer, at, &column))
            {
                Ok(increase) => {
                    Rate::PerSecond(increase as f64 / self.interval.elapsed.as_secs_f64())
                }
                Err(unknown) => Rate::Unknown(unknown),
            },
            _ => Rate::Gauge(self.signed(value, &meaning)),
        };
        Some(CounterRate { name, meaning, value: Some(value), rate })
    }

    /// The increase of a counter, summed over all CPUs.
    fn increase(&self, newer: &dyn Group, at: usize, column: &Column<'_>) -> Result<u128, NoRate> {
        let before = self.older.and_then(|older| Some((older, older.find(column.name, at)?)));
        let mut sum = 0;
        for row in 0..newer.rows() {
            let Some(new) = newer.value(row, at) else { continue };
            let old = match before {
                Some((older, at)) => older.value(row, at).ok_or(NoRate::Appeared)?,
                None if column.is_sparse => 0,
                None => return Err(NoRate::Appeared),
            };
            match change(old, new, column.widths(self.interval.word)) {
                Change::Grew(by) | Change::Wrapped(by) => sum += u128::from(by),
                Change::Reset => return Err(NoRate::Reset),
            }
        }
        Ok(sum)
    }

    /// An unsigned gauge slightly below 0 reads as a huge number.
    fn signed(&self, value: i128, meaning: &Meaning) -> i128 {
        let range = 1_i128 << meaning.width.bits(self.interval.word).min(64);
        let is_huge = !meaning.signed && value >= range / 2 && value < range;
        if is_huge && meaning.kind == Kind::Gauge { value - range } else { value }
    }
}

/// The value of a column, over all CPUs.
fn total(group: &dyn Group, column: usize, meaning: &Meaning) -> i128 {
    let mut values = (0..group.rows()).filter_map(|row| group.value(row, column));
    match meaning.cpus {
        Cpus::Each => values.sum(),
        Cpus::Summed | Cpus::Same | Cpus::Own => values.next().unwrap_or(0),
    }
}
