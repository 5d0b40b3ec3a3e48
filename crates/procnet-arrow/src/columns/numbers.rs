//! Columns in which most rows are null.

use std::sync::{Arc, LazyLock};

use arrow_array::{Array as _, ArrayRef, BooleanArray, UInt32Array, UInt64Array, new_null_array};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer};

use crate::BATCH_ROWS;

/// A column of which only the values are stored, with the rows that have them.
#[derive(Default)]
pub(crate) struct Sparse<T> {
    values: Vec<(u32, T)>,
}

/// What such a column may have.
pub(crate) trait Value: Copy + Default {
    fn column(values: Vec<Self>, nulls: Option<NullBuffer>) -> ArrayRef;

    /// The column of a batch of nulls, which batches share.
    fn nulls() -> &'static ArrayRef;
}

impl Value for u32 {
    fn column(values: Vec<u32>, nulls: Option<NullBuffer>) -> ArrayRef {
        Arc::new(UInt32Array::new(values.into(), nulls))
    }

    fn nulls() -> &'static ArrayRef {
        static NULLS: LazyLock<ArrayRef> =
            LazyLock::new(|| Arc::new(UInt32Array::new_null(BATCH_ROWS)));
        &NULLS
    }
}

impl Value for u64 {
    fn column(values: Vec<u64>, nulls: Option<NullBuffer>) -> ArrayRef {
        Arc::new(UInt64Array::new(values.into(), nulls))
    }

    fn nulls() -> &'static ArrayRef {
        static NULLS: LazyLock<ArrayRef> =
            LazyLock::new(|| Arc::new(UInt64Array::new_null(BATCH_ROWS)));
        &NULLS
    }
}

impl Value for bool {
    fn column(values: Vec<bool>, nulls: Option<NullBuffer>) -> ArrayRef {
        Arc::new(BooleanArray::new(values.into(), nulls))
    }

    fn nulls() -> &'static ArrayRef {
        static NULLS: LazyLock<ArrayRef> =
            LazyLock::new(|| Arc::new(BooleanArray::new_null(BATCH_ROWS)));
        &NULLS
    }
}

impl<T: Value> Sparse<T> {
    #[inline]
    pub(crate) fn push(&mut self, row: usize, value: Option<T>) {
        if let Some(value) = value {
            self.values.push((row as u32, value));
        }
    }

    /// The column, in which each row is at one of these places; without them, where it was pushed.
    pub(crate) fn take(&mut self, rows: usize, places: Option<&[u32]>) -> ArrayRef {
        if self.values.is_empty() {
            let nulls = T::nulls();
            return match rows <= nulls.len() {
                true => nulls.slice(0, rows),
                false => new_null_array(nulls.data_type(), rows),
            };
        }
        let mut values = vec![T::default(); rows];
        let is_full = self.values.len() == rows;
        let mut valid = BooleanBufferBuilder::new(if is_full { 0 } else { rows });
        if !is_full {
            valid.append_n(rows, false);
        }
        for (row, value) in self.values.drain(..) {
            let row = row as usize;
            let place = places.map_or(row, |places| places[row] as usize);
            values[place] = value;
            if !is_full {
                valid.set_bit(place, true);
            }
        }
        let nulls = (!is_full).then(|| NullBuffer::new(valid.finish()));
        T::column(values, nulls)
    }
}
