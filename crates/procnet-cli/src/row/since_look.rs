//! What only a watch knows of a socket: how fast it transfers data, and since when it has been seen.

use std::{fmt, time::Duration};

use procnet::rates::{Rate, TrafficRates};

use super::Extras;
use crate::output::{Cells, Column, Keep, Shape, zeros};

/// What a watch knows of a socket by comparing looks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SinceLook {
    pub(crate) age: Option<Age>,
    /// `None` if it has no counters of bytes.
    pub(crate) rates: Option<TrafficRates>,
}

impl SinceLook {
    pub(crate) const NONE: SinceLook = SinceLook { age: None, rates: None };

    /// Its columns. Those that rows are sorted by are not the first to be given up.
    pub(super) fn columns(extras: Extras) -> [Column; 3] {
        let Extras { age, tx, rx, .. } = extras;
        let keep = |is_asked| if is_asked { Keep::Always } else { Keep::IfRoom };
        let column = |title, keep| Column::new(title, Shape::Number, keep).styled(zeros);
        [column("Age", keep(age)), column("Tx B/s", keep(tx)), column("Rx B/s", keep(rx))]
    }

    pub(super) fn cells(&self, cells: &mut Cells) {
        cells.push_option(self.age);
        cells.push(self.tx());
        cells.push(self.rx());
    }

    pub(crate) fn tx(&self) -> Throughput {
        Throughput::of(self.rates.map(|rates| rates.tx))
    }

    pub(crate) fn rx(&self) -> Throughput {
        Throughput::of(self.rates.map(|rates| rates.rx))
    }
}

/// How long a socket has been seen. It is older by up to the time between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Age {
    pub(crate) seen: Duration,
    /// Whether it may be older than that: it was there in the first look.
    pub(crate) at_least: bool,
}

/// `34s`, `5m12s`, `2h03m`, `3d04h`.
impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at_least {
            f.write_str("≥")?;
        }
        let seconds = self.seen.as_secs();
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        match (minutes, hours, days) {
            (0, ..) => write!(f, "{seconds}s"),
            (_, 0, _) => write!(f, "{minutes}m{:02}s", seconds % 60),
            (_, _, 0) => write!(f, "{hours}h{:02}m", minutes % 60),
            _ => write!(f, "{days}d{:02}h", hours % 24),
        }
    }
}

/// Bytes per second of one socket, or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Throughput {
    /// The sum of what is known.
    per_second: f64,
    known: u64,
    /// How many sockets have counters whose rate is not known yet.
    unknown: u64,
}

impl Throughput {
    fn of(rate: Option<Rate>) -> Throughput {
        match rate {
            Some(Rate::PerSecond(per_second)) => Throughput { per_second, known: 1, unknown: 0 },
            Some(_) => Throughput { unknown: 1, ..Throughput::default() },
            None => Throughput::default(),
        }
    }

    pub(crate) fn add(&mut self, other: Throughput) {
        self.per_second += other.per_second;
        self.known += other.known;
        self.unknown += other.unknown;
    }

    pub(crate) fn plus(mut self, other: Throughput) -> Throughput {
        self.add(other);
        self
    }

    /// In whole bytes per second; `None` if nothing is known.
    pub(crate) fn known(self) -> Option<u64> {
        // Saturates.
        (self.known > 0).then_some(self.per_second.round() as u64)
    }
}

/// `0`, `812`, `1.5k`, `12.3M`: with prefixes of 1000. `?` if it is unknown, and `≥` before it if a part
/// of it is; nothing if there is nothing to know.
impl fmt::Display for Throughput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.known, self.unknown) {
            (0, 0) => return Ok(()),
            (0, _) => return f.write_str("?"),
            (_, 0) => {}
            _ => f.write_str("≥")?,
        }
        let mut value = self.per_second;
        let mut prefixes = ["", "k", "M", "G", "T", "P"].into_iter();
        let mut prefix = prefixes.next().unwrap_or_default();
        while value >= 999.5 {
            let Some(next) = prefixes.next() else { break };
            (value, prefix) = (value / 1000.0, next);
        }
        let decimals = usize::from(!prefix.is_empty() && value < 99.95);
        write!(f, "{value:.decimals$}{prefix}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(per_second: f64, known: u64, unknown: u64) -> String {
        Throughput { per_second, known, unknown }.to_string()
    }

    #[test]
    fn rates_are_short_and_what_is_unknown_shows() {
        let cases = [
            (0.0, "0"),
            (0.4, "0"),
            (812.0, "812"),
            (999.4, "999"),
            (999.6, "1.0k"),
            (1540.0, "1.5k"),
            (99_940.0, "99.9k"),
            (99_960.0, "100k"),
            (999_600.0, "1.0M"),
            (12_345_678.0, "12.3M"),
            (3e18, "3000P"),
        ];
        for (rate, shown) in cases {
            assert_eq!(flow(rate, 1, 0), shown);
        }
        assert_eq!((flow(5000.0, 2, 1), flow(0.0, 0, 3)), ("≥5.0k".to_owned(), "?".to_owned()));
        assert_eq!(flow(0.0, 0, 0), "");
    }

    #[test]
    fn ages_have_two_units_at_most() {
        let age =
            |seconds, at_least| Age { seen: Duration::from_secs(seconds), at_least }.to_string();
        let shown = [0, 59, 60, 3599, 3600, 7380, 86_399, 86_400, 273_600].map(|it| age(it, false));
        let expected =
            ["0s", "59s", "1m00s", "59m59s", "1h00m", "2h03m", "23h59m", "1d00h", "3d04h"];
        assert_eq!(shown, expected);
        assert_eq!(age(7, true), "≥7s");
    }
}
