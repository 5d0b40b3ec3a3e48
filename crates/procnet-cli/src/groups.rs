//! Groups of sockets, and their totals.

use std::{cmp::Ordering, collections::HashMap};

use procnet::{Socket, rates::TrafficRates};

use crate::{
    args::Sort,
    error::Error,
    field::{Field, Value},
    process::Processes,
    row::{SinceLook, Totals, Warnings},
};

pub(crate) struct Groups<'p> {
    known: &'p Processes,
    fields: Vec<Field>,
    totals: HashMap<Vec<Value>, Totals>,
}

/// What a watch knows of a socket by comparing looks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Looked {
    pub(crate) warnings: Warnings,
    pub(crate) rates: Option<TrafficRates>,
}

/// A group.
pub(crate) type Group = (Vec<Value>, Totals);

impl<'p> Groups<'p> {
    pub(crate) fn by(fields: &[Field], known: &'p Processes) -> Groups<'p> {
        Groups { known, fields: fields.to_vec(), totals: HashMap::new() }
    }

    /// Counts a socket in each of its groups.
    pub(crate) fn add(&mut self, socket: &Socket<'_>) {
        self.add_with(socket, &Looked::default());
    }

    /// The same for a socket of a watch.
    pub(crate) fn add_with(&mut self, socket: &Socket<'_>, looked: &Looked) {
        self.add_to(&mut Vec::with_capacity(self.fields.len()), socket, looked);
    }

    /// Counts a socket in each of its groups whose first values are given.
    fn add_to(&mut self, values: &mut Vec<Value>, socket: &Socket<'_>, looked: &Looked) {
        let Some(field) = self.fields.get(values.len()).copied() else {
            match self.totals.get_mut(values) {
                Some(totals) => totals.add(socket, looked),
                None => self.totals.entry(values.clone()).or_default().add(socket, looked),
            }
            return;
        };
        field.for_each(socket, self.known, |value| {
            values.push(value);
            self.add_to(values, socket, looked);
            values.pop();
        });
    }

    /// The number of sockets of each group.
    pub(crate) fn sizes(self) -> HashMap<Vec<Value>, u64> {
        self.totals.into_iter().map(|(values, totals)| (values, totals.sockets)).collect()
    }

    /// The groups in order; by default, the largest first.
    pub(crate) fn sorted(self, sort: &Sort) -> Result<Vec<Group>, Error> {
        let fields = self.fields;
        let column = |field: &Field| fields.iter().position(|grouped| grouped == field);
        for field in &sort.fields {
            if !field.is_total() && column(field).is_none() {
                return Err(Error::NotGrouped { field: field.name() });
            }
        }
        let amount = |totals: &Totals, field: Field| match field {
            Field::RecvQ => totals.rx_queue,
            Field::SendQ => totals.tx_queue,
            Field::Tx => totals.tx.known().unwrap_or(0),
            Field::Rx => totals.rx.known().unwrap_or(0),
            Field::Rate => totals.tx.plus(totals.rx).known().unwrap_or(0),
            _ => totals.sockets,
        };
        let by = |(left, left_totals): &Group, (right, right_totals): &Group| {
            let each = sort.fields.iter().map(|field| match column(field) {
                Some(at) => left[at].cmp(&right[at]),
                None => amount(right_totals, *field).cmp(&amount(left_totals, *field)),
            });
            let asked = each.fold(Ordering::Equal, Ordering::then);
            asked.then(right_totals.sockets.cmp(&left_totals.sockets))
        };
        let mut groups: Vec<Group> = self.totals.into_iter().collect();
        groups.iter_mut().for_each(|(_, totals)| totals.order());
        groups.sort_unstable_by(|left, right| {
            let order = by(left, right);
            // Equal groups have an order, too, so that it is the same each time.
            let order = if sort.reverse { order.reverse() } else { order };
            order.then_with(|| left.0.cmp(&right.0))
        });
        Ok(groups)
    }
}

impl Totals {
    fn add(&mut self, socket: &Socket<'_>, looked: &Looked) {
        self.sockets += 1;
        self.warnings.add(&looked.warnings);
        let since = SinceLook { age: None, rates: looked.rates };
        self.tx.add(since.tx());
        self.rx.add(since.rx());
        self.rx_queue += u64::from(socket.rx_queue().unwrap_or(0));
        self.tx_queue += u64::from(socket.tx_queue().unwrap_or(0));
        match self.states.iter_mut().find(|(state, _)| *state == socket.state) {
            Some((_, sockets)) => *sockets += 1,
            None => self.states.push((socket.state, 1)),
        }
    }

    /// Sorts states by their number of sockets.
    fn order(&mut self) {
        self.states.sort_by_key(|(state, sockets)| (std::cmp::Reverse(*sockets), state.0));
    }
}
