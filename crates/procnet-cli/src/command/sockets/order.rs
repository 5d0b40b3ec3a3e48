//! Sorting of sockets.

use std::cmp::Ordering;

use crate::{
    args::Sort,
    field::{Field, Value},
};

/// Sorts rows by their values; equal ones keep their order.
pub(super) fn sort<T>(rows: &mut Vec<T>, by: &Sort, value: impl Fn(&T, Field) -> Value) {
    let fields = &by.fields;
    let keys = |row: &T| -> Vec<Value> { fields.iter().map(|field| value(row, *field)).collect() };
    let order = |left: &[Value], right: &[Value]| {
        let pairs = left.iter().zip(right).zip(fields);
        let each = pairs.map(|((left, right), field)| compared(*field, left, right, by.reverse));
        each.fold(Ordering::Equal, Ordering::then)
    };
    let mut keyed: Vec<(Vec<Value>, T)> = rows.drain(..).map(|row| (keys(&row), row)).collect();
    keyed.sort_by(|(left, _), (right, _)| order(left, right));
    rows.extend(keyed.into_iter().map(|(_, row)| row));
}

/// Amounts are in descending order; missing values are always last.
fn compared(field: Field, left: &Value, right: &Value, reverse: bool) -> Ordering {
    match (left, right) {
        (Value::None, _) | (_, Value::None) => left.cmp(right),
        _ if field.is_amount() != reverse => right.cmp(left),
        _ => left.cmp(right),
    }
}
