//! Single columns, filled row by row and taken batch by batch.

mod addresses;
mod names;
mod numbers;
mod order;
mod owners;
mod rows;
mod texts;
mod words;

pub(crate) use self::{
    addresses::{AddressColumns, Addresses},
    names::Names,
    numbers::Sparse,
    order::{Order, OrderedBy},
    owners::Owners,
    rows::{Fields, Has, Rows},
    texts::Texts,
    words::{WordColumn, Words},
};

use arrow_buffer::NullBuffer;

/// Which rows are valid, if not all are.
fn nulls<T>(rows: &[T], is_valid: impl Fn(&T) -> bool) -> Option<NullBuffer> {
    let has_null = !rows.iter().all(&is_valid);
    has_null.then(|| rows.iter().map(is_valid).collect())
}

/// Rows are ordered so many at a time: then they are in the processor's first cache while each of their columns
/// is made.
const CHUNK_ROWS: usize = 256;
