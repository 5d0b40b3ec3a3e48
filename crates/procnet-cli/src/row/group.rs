//! Sockets that have something in common.

use serde::Serializer as _;
use serde::ser::SerializeMap as _;

use procnet::State;

use crate::{
    field::{Field, Value},
    output::{BETWEEN, Cells, Column, Header, Keep, Paint, Row, Shape, zeros},
};

/// What is counted of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) sockets: u64,
    pub(crate) rx_queue: u64,
    pub(crate) tx_queue: u64,
    /// How many are in each state that any is in.
    pub(crate) states: Vec<(State, u64)>,
}

/// A group, and a value for each of its fields.
pub(crate) struct GroupRow<'a> {
    pub(crate) fields: &'a [Field],
    pub(crate) values: &'a [Value],
    pub(crate) totals: &'a Totals,
    /// By how many sockets it has grown, where that has a column; `None` in it if that is not
    /// known yet.
    pub(crate) change: Option<Option<i128>>,
}

fn signs(text: &str) -> Paint {
    match text.chars().next() {
        Some('+') => Paint::Green,
        Some('-') => Paint::Red,
        _ => Paint::Dim,
    }
}

/// Whether the states of a group are worth a column: not if they are what it has in common.
fn tells_states(fields: &[Field]) -> bool {
    !fields.contains(&Field::State)
}

impl GroupRow<'_> {
    pub(crate) fn header(fields: &[Field]) -> Header {
        let mut keys = vec!["sockets"];
        let number = |title| Column::new(title, Shape::Number, Keep::Always);
        let mut columns = vec![number("Sockets")];
        for field in fields {
            keys.extend(field.keys());
            let shape = match field {
                Field::Port | Field::RemotePort | Field::Uid => Shape::Number,
                Field::Local | Field::Remote => Shape::Place,
                _ => Shape::Word,
            };
            columns.push(Column::new(field.title(), shape, Keep::Always));
        }
        keys.extend(["rx_queue", "tx_queue"]);
        for title in ["Recv-Q", "Send-Q"] {
            columns.push(Column::new(title, Shape::Number, Keep::UnlessZero).painted(zeros));
        }
        if tells_states(fields) {
            keys.push("states");
            columns.push(Column::new("States", Shape::List, Keep::Always));
        }
        let keys = keys.into_iter().map(str::to_owned).collect();
        Header { keys, columns, upright: false }
    }

    /// With a column for what has changed.
    pub(crate) fn header_with_change(fields: &[Field]) -> Header {
        let mut header = GroupRow::header(fields);
        let change = Column::new("Change", Shape::Number, Keep::Always);
        header.columns.insert(1, change.painted(signs));
        header
    }

    /// Each key with its value.
    fn parts(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let pairs = self.fields.iter().zip(self.values);
        pairs.flat_map(|(field, value)| field.keys().iter().copied().zip(value.parts(*field)))
    }

    /// States and how many are in them, the most first.
    fn states(&self, between: char, form: impl Fn(State, u64) -> String) -> String {
        let texts: Vec<String> =
            self.totals.states.iter().map(|(state, sockets)| form(*state, *sockets)).collect();
        texts.join(&between.to_string())
    }
}

impl Row for GroupRow<'_> {
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        let mut serializer = serde_json::Serializer::new(line);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sockets", &self.totals.sockets)?;
        for (key, value) in self.parts() {
            map.serialize_entry(key, &value)?;
        }
        map.serialize_entry("rx_queue", &self.totals.rx_queue)?;
        map.serialize_entry("tx_queue", &self.totals.tx_queue)?;
        if tells_states(self.fields) {
            let states = self.totals.states.iter();
            let states: Vec<(String, u64)> =
                states.map(|(state, sockets)| (state.to_string(), *sockets)).collect();
            map.serialize_entry("states", &Map(&states))?;
        }
        map.end()
    }

    fn csv(&self, cells: &mut Cells) {
        cells.push(self.totals.sockets);
        for (_, value) in self.parts() {
            cells.push_option((value != Value::None).then_some(value));
        }
        cells.push(self.totals.rx_queue);
        cells.push(self.totals.tx_queue);
        if tells_states(self.fields) {
            cells.push(self.states(';', |state, sockets| format!("{state}/{sockets}")));
        }
    }

    fn table(&self, cells: &mut Cells) {
        cells.push(self.totals.sockets);
        match self.change {
            None => {}
            Some(None) => cells.push(""),
            Some(Some(0)) => cells.push("0"),
            Some(Some(change)) => cells.push(format_args!("{change:+}")),
        }
        self.values.iter().for_each(|value| cells.push(value));
        cells.push(self.totals.rx_queue);
        cells.push(self.totals.tx_queue);
        if tells_states(self.fields) {
            cells.push(self.states(BETWEEN, |state, sockets| format!("{state}:{sockets}")));
        }
    }
}

/// An object with its keys in this order.
struct Map<'a>(&'a [(String, u64)]);

impl serde::Serialize for Map<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}
