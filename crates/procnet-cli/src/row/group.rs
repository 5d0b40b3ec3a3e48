//! A group of sockets.

use serde::Serializer as _;
use serde::ser::SerializeMap as _;

use procnet::State;

use super::{Extras, Throughput, Warnings, marked::warnings_column, short_id};
use crate::{
    field::{Field, Value},
    host_names::HostNames,
    output::{Cells, Column, Header, ITEM_SEPARATOR, Keep, Row, Shape, Style, zeros},
};

/// The totals of a group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) sockets: u64,
    pub(crate) rx_queue: u64,
    pub(crate) tx_queue: u64,
    /// The number of sockets in each state.
    pub(crate) states: Vec<(State, u64)>,
    /// Of a watch.
    pub(crate) warnings: Warnings,
    /// Bytes per second, in a watch.
    pub(crate) tx: Throughput,
    pub(crate) rx: Throughput,
}

/// What a watch knows of a group besides its totals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since {
    /// The change of its number of sockets since the last look; `None` in the first one.
    pub(crate) change: Option<i128>,
}

/// A group: a value for each field.
pub(crate) struct GroupRow<'a> {
    pub(crate) fields: &'a [Field],
    pub(crate) values: &'a [Value],
    pub(crate) totals: &'a Totals,
    /// In a watch.
    pub(crate) since: Option<Since>,
    /// Names of addresses, if they are printed.
    pub(crate) names: Option<&'a HostNames>,
}

fn sign(text: &str) -> Style {
    match text.chars().next() {
        Some('+') => Style::Green,
        Some('-') => Style::Red,
        _ => Style::Dim,
    }
}

/// Whether states have a column: not if sockets are grouped by state.
fn has_states(fields: &[Field]) -> bool {
    !fields.contains(&Field::State)
}

/// The column of a field to group by.
pub(super) fn column(field: Field) -> Column {
    let shape = match field {
        Field::Port | Field::RemotePort | Field::Uid => Shape::Number,
        Field::Local | Field::Remote => Shape::Address,
        _ => Shape::Word,
    };
    Column::new(field.title(), shape, Keep::Essential)
}

/// Each key of fields with its value.
fn parts(fields: &[Field], values: &[Value]) -> impl Iterator<Item = (&'static str, Value)> {
    let pairs = fields.iter().zip(values);
    pairs.flat_map(|(field, value)| field.keys().iter().copied().zip(value.parts(*field)))
}

/// Each key with its value, and, if there are any, the names of addresses.
pub(super) fn named_parts(
    fields: &[Field],
    values: &[Value],
    names: Option<&HostNames>,
) -> impl Iterator<Item = (&'static str, Value)> {
    let pairs = fields.iter().zip(values);
    pairs.flat_map(move |(field, value)| {
        let key = names.and_then(|_| field.name_key());
        let named = key.map(|key| (key, name(names, value).unwrap_or(Value::None)));
        parts(&[*field], std::slice::from_ref(value)).chain(named).collect::<Vec<_>>()
    })
}

/// The name of an address, if it is known.
pub(super) fn name(names: Option<&HostNames>, value: &Value) -> Option<Value> {
    let Value::Address(address) = value else { return None };
    names?.name(*address).map(|name| Value::Text(name.to_string()))
}

impl GroupRow<'_> {
    /// With names of addresses, if they are `resolved`.
    pub(crate) fn header(fields: &[Field], resolved: bool) -> Header {
        let mut keys = vec!["sockets"];
        let mut columns = vec![Column::new("Sockets", Shape::Number, Keep::Essential)];
        for field in fields {
            keys.extend(field.keys());
            keys.extend(field.name_key().filter(|_| resolved));
            columns.push(column(*field));
        }
        keys.extend(["rx_queue", "tx_queue"]);
        for title in ["Recv-Q", "Send-Q"] {
            columns.push(Column::new(title, Shape::Number, Keep::UnlessZero).styled(zeros));
        }
        if has_states(fields) {
            keys.push("states");
            columns.push(Column::new("States", Shape::List, Keep::Always));
        }
        let keys = keys.into_iter().map(str::to_owned).collect();
        Header { keys, columns, vertical: false }
    }

    /// With columns for the change, for warnings and for rates, which may be what groups are sorted by.
    pub(crate) fn header_of_watch(fields: &[Field], sorted: Extras) -> Header {
        let mut header = GroupRow::header(fields, false);
        let keep = |is_asked| if is_asked { Keep::Always } else { Keep::UnlessZero };
        let rates = [("Tx B/s", sorted.tx), ("Rx B/s", sorted.rx)];
        // After the number and what is grouped by.
        let at = 1 + fields.len();
        let rates = rates.map(|(title, is_asked)| {
            Column::new(title, Shape::Number, keep(is_asked)).styled(zeros)
        });
        header.columns.splice(at..at, rates);
        let change = Column::new("Change", Shape::Number, Keep::Always);
        header.columns.insert(1, change.styled(sign));
        header.columns.insert(2, warnings_column());
        header
    }

    fn parts(&self) -> impl Iterator<Item = (&'static str, Value)> {
        named_parts(self.fields, self.values, self.names)
    }

    /// The states and their numbers, the most frequent first.
    fn states(&self, separator: char, form: impl Fn(State, u64) -> String) -> String {
        let texts: Vec<String> =
            self.totals.states.iter().map(|(state, sockets)| form(*state, *sockets)).collect();
        texts.join(&separator.to_string())
    }
}

impl Row for GroupRow<'_> {
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let mut serializer = serde_json::Serializer::new(out);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sockets", &self.totals.sockets)?;
        for (key, value) in self.parts() {
            map.serialize_entry(key, &value)?;
        }
        map.serialize_entry("rx_queue", &self.totals.rx_queue)?;
        map.serialize_entry("tx_queue", &self.totals.tx_queue)?;
        if has_states(self.fields) {
            let states = self.totals.states.iter();
            let states: Vec<(String, u64)> =
                states.map(|(state, sockets)| (state.to_string(), *sockets)).collect();
            map.serialize_entry("states", &Map(&states))?;
        }
        map.end()
    }

    fn values(&self, cells: &mut Cells) {
        cells.push(self.totals.sockets);
        for (_, value) in self.parts() {
            cells.push_option((value != Value::None).then_some(value));
        }
        cells.push(self.totals.rx_queue);
        cells.push(self.totals.tx_queue);
        if has_states(self.fields) {
            cells.push(self.states(';', |state, sockets| format!("{state}/{sockets}")));
        }
    }

    fn cells(&self, cells: &mut Cells) {
        cells.push(self.totals.sockets);
        if let Some(Since { change }) = self.since {
            match change {
                None => cells.text(""),
                Some(0) => cells.text("0"),
                Some(change) => cells.push(format_args!("{change:+}")),
            }
            cells.push(self.totals.warnings);
        }
        for value in self.values {
            match (name(self.names, value), value) {
                (Some(name), _) => cells.push(name),
                (None, Value::Text(text)) => cells.text(short_id(text)),
                (None, value) => cells.push(value),
            }
        }
        if self.since.is_some() {
            cells.push(self.totals.tx);
            cells.push(self.totals.rx);
        }
        cells.push(self.totals.rx_queue);
        cells.push(self.totals.tx_queue);
        if has_states(self.fields) {
            cells.push(self.states(ITEM_SEPARATOR, |state, sockets| format!("{state}:{sockets}")));
        }
    }

    fn style(&self) -> Style {
        if self.totals.warnings.is_empty() { Style::Plain } else { Style::Alarm }
    }
}

/// An object with its keys in order.
struct Map<'a>(&'a [(String, u64)]);

impl serde::Serialize for Map<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}
