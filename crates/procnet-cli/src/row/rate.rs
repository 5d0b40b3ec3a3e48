//! A counter, and its rate.

use procnet::rates::{CounterRate, NoRate, Rate};
use serde::{Serializer as _, ser::SerializeMap as _};

use crate::output::{Cells, Column, Header, Keep, Row, Shape, Style};

/// A counter of a group, whose name is already escaped.
pub(crate) struct RateRow<'a> {
    /// The key of groups and the name of this one; `None` if there is only one.
    pub(crate) group: Option<(&'static str, &'a str)>,
    pub(crate) counter: CounterRate<'a>,
    /// The interval of the rate, in seconds.
    pub(crate) seconds: f64,
}

impl RateRow<'_> {
    pub(crate) fn header(group: Option<&'static str>) -> Header {
        let mut keys: Vec<&str> = group.into_iter().collect();
        keys.extend(["name", "value", "per_second", "unknown", "seconds"]);
        let titles = [
            ("Name", Shape::Word, Keep::Essential),
            ("Value", Shape::Number, Keep::Always),
            ("Per second", Shape::Number, Keep::Essential),
        ];
        let group = group.map(|_| ("Of", Shape::Word, Keep::Always));
        let column = |(title, shape, keep)| Column::new(title, shape, keep);
        let mut columns: Vec<Column> = group.into_iter().chain(titles).map(column).collect();
        if let Some(last) = columns.last_mut() {
            *last = last.clone().styled(activity);
        }
        Header { keys: keys.into_iter().map(str::to_owned).collect(), columns, vertical: false }
    }

    /// Whether it counts, or may: its rate is not zero.
    pub(crate) fn is_active(&self) -> bool {
        match self.counter.rate {
            Rate::PerSecond(rate) => rate > 0.0,
            Rate::Unknown(why) => why != NoRate::NoTime,
            _ => false,
        }
    }

    fn per_second(&self) -> Option<f64> {
        self.counter.rate.per_second()
    }

    /// Why the rate is unknown.
    fn unknown(&self) -> Option<String> {
        match self.counter.rate {
            Rate::Unknown(why) => Some(why.to_string()),
            _ => None,
        }
    }
}

/// Highlights counters that count, and unknown rates.
fn activity(text: &str) -> Style {
    match text {
        "0" => Style::Dim,
        text if text.starts_with(|first: char| first.is_ascii_digit()) => Style::Green,
        _ => Style::Yellow,
    }
}

/// A rate for people, without decimals from three digits on.
fn shown(rate: Rate) -> String {
    match rate {
        Rate::PerSecond(0.0) => "0".to_owned(),
        Rate::PerSecond(rate) if rate >= 99.95 => format!("{rate:.0}"),
        Rate::PerSecond(rate) if rate >= 0.05 => format!("{rate:.1}"),
        Rate::PerSecond(rate) => format!("{rate:.3}"),
        Rate::Unknown(why) if why != NoRate::NoTime => why.to_string(),
        // A gauge, or the first reading.
        _ => String::new(),
    }
}

impl Row for RateRow<'_> {
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let mut serializer = serde_json::Serializer::new(out);
        let mut map = serializer.serialize_map(None)?;
        if let Some((key, name)) = self.group {
            map.serialize_entry(key, name)?;
        }
        map.serialize_entry("name", &super::escaped(self.counter.name))?;
        map.serialize_entry("value", &self.counter.value)?;
        map.serialize_entry("per_second", &self.per_second())?;
        map.serialize_entry("unknown", &self.unknown())?;
        map.serialize_entry("seconds", &self.seconds)?;
        map.end()
    }

    fn values(&self, cells: &mut Cells) {
        if let Some((_, name)) = self.group {
            cells.push(name);
        }
        cells.push(super::escaped(self.counter.name));
        cells.push_option(self.counter.value);
        cells.push_option(self.per_second());
        cells.push_option(self.unknown());
        cells.push(self.seconds);
    }

    fn cells(&self, cells: &mut Cells) {
        if let Some((_, name)) = self.group {
            cells.push(name);
        }
        cells.push(super::escaped(self.counter.name));
        cells.push_option(self.counter.value);
        cells.push(shown(self.counter.rate));
    }
}
