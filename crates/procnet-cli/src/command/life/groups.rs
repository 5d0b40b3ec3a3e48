//! Groups of connections that ended, and their totals.

use std::{cmp::Reverse, collections::HashMap, net::SocketAddr};

use crate::{
    field::{Field, Value},
    row::{LifeRow, LifeTotals},
};

pub(super) struct Groups<'a> {
    fields: &'a [Field],
    totals: HashMap<Vec<Value>, LifeTotals>,
}

impl<'a> Groups<'a> {
    pub(super) fn by(fields: &'a [Field]) -> Groups<'a> {
        Groups { fields, totals: HashMap::new() }
    }

    /// Counts a connection in each of its groups.
    pub(super) fn add(&mut self, row: &LifeRow) {
        let mut groups = vec![Vec::new()];
        for field in self.fields {
            let values = values(*field, row);
            let with = |group: Vec<Value>| {
                values.iter().map(move |value| [&group[..], std::slice::from_ref(value)].concat())
            };
            groups = groups.into_iter().flat_map(with).collect();
        }
        for group in groups {
            self.totals.entry(group).or_default().add(row);
        }
    }

    /// The groups, those with the most connections first.
    pub(super) fn sorted(self) -> Vec<(Vec<Value>, LifeTotals)> {
        let mut groups: Vec<(Vec<Value>, LifeTotals)> = self.totals.into_iter().collect();
        groups.sort_by(|(left, left_totals), (right, right_totals)| {
            let connections = |totals: &LifeTotals| Reverse(totals.connections);
            connections(left_totals).cmp(&connections(right_totals)).then_with(|| left.cmp(right))
        });
        groups
    }
}

/// The values of a field: of processes, one for each; at least one.
fn values(field: Field, row: &LifeRow) -> Vec<Value> {
    let address = |end: Option<SocketAddr>| end.map(|end| Value::Address(end.ip()));
    let port = |end: Option<SocketAddr>| end.map(|end| Value::from(end.port()));
    let value = match field {
        Field::Process | Field::Comm => {
            let each = row.processes().map(|owner| match field {
                Field::Process => Value::Process(owner.comm.clone(), owner.pid),
                _ => Value::Text(owner.comm.clone()),
            });
            let mut values: Vec<Value> = each.collect();
            values.sort_unstable();
            values.dedup();
            if !values.is_empty() {
                return values;
            }
            None
        }
        Field::Kind => Some(Value::Text(row.kind.name().to_owned())),
        Field::State => row.state.map(|state| Value::Text(state.to_string())),
        Field::Local => address(row.local),
        Field::Port => port(row.local),
        Field::Remote => address(row.remote),
        Field::RemotePort => port(row.remote),
        Field::Uid => row.uid.map(Value::from),
        Field::Netns => row.netns.as_ref().map(|netns| Value::Text(netns.to_string())),
        // Not among `Field::OF_ENDED`.
        _ => None,
    };
    vec![value.unwrap_or(Value::None)]
}
