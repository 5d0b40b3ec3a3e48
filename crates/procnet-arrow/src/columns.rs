//! Builders of single columns, filled row by row and taken batch by batch.

mod addresses;
mod names;
mod numbers;
mod order;
mod owners;
mod texts;
mod words;

pub(crate) use self::{
    addresses::Addresses,
    names::Names,
    numbers::Sparse,
    order::{OrderedBy, reordered},
    owners::Owners,
    texts::Texts,
    words::Words,
};

/// Takes what is in a vector, and leaves room for as much: the next batch is mostly of this size.
fn renewed<T>(values: &mut Vec<T>) -> Vec<T> {
    let room = Vec::with_capacity(values.len());
    std::mem::replace(values, room)
}
