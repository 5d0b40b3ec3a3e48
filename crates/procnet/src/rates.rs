//! How fast counters go: from two readings, and the time between them.
//!
//! A difference between two readings is a rate only if the counter counted on. It may have
//! wrapped: then the true difference is known, as long as it went less than half its range.
//! Or what it counts for was made anew, as an interface is when its driver is loaded again,
//! and it began at 0: then nothing is known of the time between. Both look alike, a number that
//! is smaller than before, and are told apart by the group that a counter is in (an interface,
//! a protocol, the CPUs of connection tracking): what is made anew takes all of its counters
//! back, and what wraps leaves others where they are.

mod group;
mod judge;
pub(crate) mod numbers;

pub use group::{CounterRate, GroupRates};

use std::time::Duration;

use self::numbers::{Numbers, Reading};
use crate::{
    ConntrackStats, InterfacesSnmp6, IoCounters, ProtocolCounters, Snmp6Counters, SoftnetStats,
};

/// The time between two readings, and how wide words are in the kernel that was read.
///
/// A [`Duration`] is one, of a kernel whose words are as wide as this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    elapsed: Duration,
    word: u32,
}

impl Interval {
    /// From the time between two readings, taken of a clock that is never set
    /// ([`Instant`](std::time::Instant)).
    #[must_use]
    pub const fn new(elapsed: Duration) -> Interval {
        Interval { elapsed, word: usize::BITS }
    }

    /// For captures of another kernel: whether its words have 32 or 64 bits, as many counters
    /// are as wide as a word.
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

/// How fast one counter goes.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rate {
    /// It went on by so much a second, wraps included.
    PerSecond(f64),
    /// It is no counter but a gauge, or the number of something: this is what it is now. A gauge
    /// that the kernel adds up from CPUs may be a little below 0 for a moment.
    Now(i128),
    /// Not known.
    Unknown(NoRate),
}

impl Rate {
    /// By how much it went on in a second, if that is known.
    #[must_use]
    pub fn per_second(self) -> Option<f64> {
        match self {
            Rate::PerSecond(rate) => Some(rate),
            Rate::Now(_) | Rate::Unknown(_) => None,
        }
    }
}

/// Why a rate is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoRate {
    /// The older reading has no such counter.
    Appeared,
    /// The newer reading has no such counter.
    Vanished,
    /// What it counts for was made anew meanwhile, or the counter went back by itself.
    Reset,
    /// The readings are of different numbers of CPUs, so a row is not known to be the same CPU's.
    Cpus,
    /// There was no time between the readings.
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

impl IoCounters {
    /// How fast the counters of each interface went since an older reading.
    ///
    /// An interface that was removed and made again under its name is told by counters that went
    /// back, as `net/dev` tells nothing else of it.
    ///
    /// ```
    /// use procnet::{IoCounters, Rate, NoRate};
    /// use std::time::Duration;
    ///
    /// let before = IoCounters::decode(b"eth0: 4294967000 9 0 0 0 0 0 0 700 7 0 0 0 0 0 0\n");
    /// let after = IoCounters::decode(b"eth0: 1704 12 0 0 0 0 0 0 900 8 0 0 0 0 0 0\n");
    /// let eth0 = after.rates(&before, Duration::from_secs(2)).next().unwrap();
    /// // The driver's counter of 32 bits has wrapped.
    /// assert_eq!(eth0.get("rx_bytes"), Some(Rate::PerSecond(1000.0)));
    ///
    /// let anew = IoCounters::decode(b"eth0: 1704 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
    /// let eth0 = anew.rates(&before, Duration::from_secs(2)).next().unwrap();
    /// assert_eq!(eth0.get("rx_bytes"), Some(Rate::Unknown(NoRate::Reset)));
    /// ```
    pub fn rates<'a>(&'a self, before: &'a IoCounters, over: impl Into<Interval>) -> Rates<'a> {
        Rates::new(before, self, over.into())
    }
}

impl ProtocolCounters {
    /// How fast the counters of each protocol went since an older reading, be they of `snmp` or
    /// of `netstat`.
    ///
    /// ```
    /// use procnet::Rate;
    /// use std::time::Instant;
    ///
    /// let mut scanner = procnet::Scanner::new()?;
    /// let (before, read) = (scanner.protocol_counters(&["tcp"])?, Instant::now());
    /// // Sleep until the next refresh.
    /// let after = scanner.protocol_counters(&["tcp"])?;
    /// for protocol in after.rates(&before, read.elapsed()) {
    ///     for counter in protocol.iter() {
    ///         match counter.rate {
    ///             Rate::PerSecond(rate) => println!("{} {rate:.1} {}/s", counter.name, counter.meaning.unit),
    ///             Rate::Now(value) => println!("{} {value}", counter.name),
    ///             _ => println!("{} ?", counter.name),
    ///         }
    ///     }
    /// }
    /// # Ok::<(), procnet::Error>(())
    /// ```
    pub fn rates<'a>(
        &'a self,
        before: &'a ProtocolCounters,
        over: impl Into<Interval>,
    ) -> Rates<'a> {
        Rates::new(before, self, over.into())
    }
}

impl ConntrackStats {
    /// How fast the counters of connection tracking went since an older reading, those of all
    /// CPUs added up.
    pub fn rates<'a>(
        &'a self,
        before: &'a ConntrackStats,
        over: impl Into<Interval>,
    ) -> GroupRates<'a> {
        GroupRates::new(Some(before), Some(self), over.into())
    }
}

impl Snmp6Counters {
    /// How fast the counters of IPv6 went since an older reading.
    pub fn rates<'a>(
        &'a self,
        before: &'a Snmp6Counters,
        over: impl Into<Interval>,
    ) -> GroupRates<'a> {
        GroupRates::new(Some(before), Some(self), over.into())
    }
}

impl InterfacesSnmp6 {
    /// How fast the counters of IPv6 of each interface went since an older reading. An interface
    /// that was made anew under its name is told by its index.
    pub fn rates<'a>(
        &'a self,
        before: &'a InterfacesSnmp6,
        over: impl Into<Interval>,
    ) -> Rates<'a> {
        Rates::new(before, self, over.into())
    }
}

impl SoftnetStats {
    /// How fast the counters of packets that CPUs were given went since an older reading, those
    /// of all CPUs added up.
    pub fn rates<'a>(
        &'a self,
        before: &'a SoftnetStats,
        over: impl Into<Interval>,
    ) -> GroupRates<'a> {
        GroupRates::new(Some(before), Some(self), over.into())
    }
}

/// The rates of each group of counters, an interface or a protocol: first of those that the newer
/// reading has, in its order, then of those that only the older one has.
#[derive(Clone, Debug)]
pub struct Rates<'a> {
    older: &'a dyn Reading,
    newer: &'a dyn Reading,
    interval: Interval,
    next: usize,
    /// Where the older reading is expected to have the next group: mostly in the same order.
    expected: usize,
    /// The groups of the newer reading have been gone through.
    is_past: bool,
}

impl<'a> Rates<'a> {
    fn new(older: &'a dyn Reading, newer: &'a dyn Reading, interval: Interval) -> Rates<'a> {
        Rates { older, newer, interval, next: 0, expected: 0, is_past: false }
    }

    /// The group of a reading that has a name.
    fn find(&mut self, reading: &'a dyn Reading, name: &[u8]) -> Option<&'a dyn Numbers> {
        let is_it = |at: usize| reading.group(at).is_some_and(|group| group.name() == name);
        let at = if is_it(self.expected) {
            self.expected
        } else {
            (0..reading.groups()).find(|at| is_it(*at))?
        };
        self.expected = at + 1;
        reading.group(at)
    }
}

impl<'a> Iterator for Rates<'a> {
    type Item = GroupRates<'a>;

    fn next(&mut self) -> Option<GroupRates<'a>> {
        if !self.is_past {
            if let Some(newer) = self.newer.group(self.next) {
                self.next += 1;
                let older = self.find(self.older, newer.name());
                return Some(GroupRates::new(older, Some(newer), self.interval));
            }
            (self.is_past, self.next, self.expected) = (true, 0, 0);
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
