//! How the values of a column are encoded.

use std::ops::Range;

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use parquet::{basic::Encoding, file::statistics::Statistics};

use super::{
    differences::Differences,
    hybrid::{Runs, bits},
    values::Values,
};

/// The values of a page, and what is kept from page to page.
pub(super) enum Encoded {
    /// A dictionary, and the index of each value of the page in it.
    Dictionary(Values, Runs),
    Differences(Differences),
}

impl Encoded {
    /// Of a column of this type, if its values are encoded here: as this encoding, if it is given.
    pub(super) fn of(kind: &DataType, encoding: Option<Encoding>) -> Option<Encoded> {
        match encoding {
            Some(Encoding::DELTA_BINARY_PACKED) => Differences::of(kind).map(Encoded::Differences),
            _ => Values::of(kind).map(|values| Encoded::Dictionary(values, Runs::default())),
        }
    }

    pub(super) fn encoding(&self) -> Encoding {
        match self {
            Encoded::Dictionary(..) => Encoding::RLE_DICTIONARY,
            Encoded::Differences(_) => Encoding::DELTA_BINARY_PACKED,
        }
    }

    /// Adds the values of these rows, none of which is null.
    pub(super) fn push(&mut self, array: &ArrayRef, rows: Range<usize>) {
        match self {
            Encoded::Dictionary(values, indices) => values.index(array, rows, indices),
            Encoded::Differences(differences) => differences.push(array, rows),
        }
    }

    /// Encodes the values of the page, and begins the next.
    pub(super) fn end_page(&mut self, out: &mut Vec<u8>) {
        match self {
            Encoded::Dictionary(values, indices) => {
                let width = bits((values.len() as u32).saturating_sub(1));
                out.push(width as u8);
                indices.encode(width, out);
                indices.clear();
            }
            Encoded::Differences(differences) => differences.end_page(out),
        }
    }

    /// The values of the dictionary, if there is one.
    pub(super) fn dictionary(&self) -> Option<&Values> {
        match self {
            Encoded::Dictionary(values, _) => Some(values),
            Encoded::Differences(_) => None,
        }
    }

    /// The smallest and the largest value, and how many rows are null.
    pub(super) fn statistics(&self, nulls: u64) -> Option<Statistics> {
        match self {
            Encoded::Dictionary(values, _) => values.statistics(nulls),
            Encoded::Differences(differences) => differences.statistics(nulls),
        }
    }
}
