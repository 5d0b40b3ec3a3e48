//! How fast counters grow, from two readings and the time between them.
//!
//! The difference of two readings is only a rate if the counter has not been reset. If a value is
//! smaller than before, either the counter has wrapped, and the true difference is known as long as
//! it is less than half its range; or what it belongs to was recreated, as an interface is when its
//! driver is loaded again, and nothing is known about the time between. The two are distinguished by
//! the other counters of the same group (an interface, a protocol, the CPUs of connection tracking):
//! a reset sets back all of them, and a wrap only one. An interface that has another index than
//! before was recreated, whatever its counters say.
//!
//! Each answer of counters has a method `rates`, such as
//! [`IoCounters::rates`](crate::counters::IoCounters::rates). Those of a TCP connection are
//! [`TrafficRates`].

mod change;
mod group;
mod reading;
mod traffic;

pub use group::{CounterRate, GroupRates};
pub(crate) use reading::{Column, Group, Reading};
pub use traffic::TrafficRates;

use std::time::Duration;

/// The time between two readings, and the word size of the kernel they were taken from.
///
/// A [`Duration`] converts to one, with the word size of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    elapsed: Duration,
    word: u32,
}

impl Interval {
    /// From the time between two readings, measured with a monotonic clock
    /// ([`Instant`](std::time::Instant)).
    #[must_use]
    pub const fn new(elapsed: Duration) -> Interval {
        Interval { elapsed, word: usize::BITS }
    }

    /// Sets the word size of the kernel, 32 or 64 bits, for captures of another host: many counters
    /// have the size of a word.
    #[must_use]
    pub const fn word(self, bits: u32) -> Interval {
        Interval { word: bits, ..self }
    }
}

impl From<Duration> for Interval {
    fn from(elapsed: Duration) -> Interval {
        Interval::new(elapsed)
    }
}

/// How fast a counter grows.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rate {
    /// The increase per second, across wraps.
    PerSecond(f64),
    /// The current value of a gauge, a setting or an index, which have no rate. A gauge that the
    /// kernel sums over CPUs may be slightly negative for a moment.
    Gauge(i128),
    /// The rate is unknown.
    Unknown(NoRate),
}

impl Rate {
    /// The increase per second, if it is known.
    #[must_use]
    pub fn per_second(self) -> Option<f64> {
        match self {
            Rate::PerSecond(rate) => Some(rate),
            Rate::Gauge(_) | Rate::Unknown(_) => None,
        }
    }
}

/// Why a rate is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoRate {
    /// The older reading does not have the counter.
    Appeared,
    /// The newer reading does not have the counter.
    Vanished,
    /// The counter, or all counters of the group, were reset.
    Reset,
    /// The readings have different CPUs, so their rows cannot be matched.
    Cpus,
    /// No time passed between the readings.
    NoTime,
}

impl std::fmt::Display for NoRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            NoRate::Appeared => "appeared",
            NoRate::Vanished => "vanished",
            NoRate::Reset => "reset",
            NoRate::Cpus => "other CPUs",
            NoRate::NoTime => "no time between",
        })
    }
}

/// Iterates the rates of each group of counters, an interface or a protocol: those of the newer
/// reading in its order, then those that only the older one has.
#[derive(Clone, Debug)]
pub struct Rates<'a> {
    older: &'a dyn Reading,
    newer: &'a dyn Reading,
    interval: Interval,
    next: usize,
    /// The expected position of the next group in the older reading: mostly in the same order.
    expected: usize,
    /// The groups of the newer reading are done.
    newer_done: bool,
}

impl<'a> Rates<'a> {
    pub(crate) fn new(
        older: &'a dyn Reading,
        newer: &'a dyn Reading,
        interval: Interval,
    ) -> Rates<'a> {
        Rates { older, newer, interval, next: 0, expected: 0, newer_done: false }
    }

    /// The group of a reading with this name.
    fn find(&mut self, reading: &'a dyn Reading, name: &[u8]) -> Option<&'a dyn Group> {
        let matches = |at: usize| reading.group(at).is_some_and(|group| group.name() == name);
        let at = if matches(self.expected) {
            self.expected
        } else {
            (0..reading.groups()).find(|at| matches(*at))?
        };
        self.expected = at + 1;
        reading.group(at)
    }
}

impl<'a> Iterator for Rates<'a> {
    type Item = GroupRates<'a>;

    fn next(&mut self) -> Option<GroupRates<'a>> {
        if !self.newer_done {
            if let Some(newer) = self.newer.group(self.next) {
                self.next += 1;
                let older = self.find(self.older, newer.name());
                return Some(GroupRates::new(older, Some(newer), self.interval));
            }
            (self.newer_done, self.next, self.expected) = (true, 0, 0);
        }
        loop {
            let older = self.older.group(self.next)?;
            self.next += 1;
            if self.find(self.newer, older.name()).is_none() {
                return Some(GroupRates::new(Some(older), None, self.interval));
            }
        }
    }
}

#[cfg(test)]
mod tests;
