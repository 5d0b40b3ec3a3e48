//! Columns of numbers in which most rows are null.

use std::sync::Arc;

use arrow_array::{
    ArrayRef,
    builder::{BooleanBuilder, PrimitiveBuilder},
    types::ArrowPrimitiveType,
};

/// A column in which most rows are null: they are not appended one by one.
#[derive(Default)]
pub(crate) struct Sparse<B> {
    builder: B,
    rows: usize,
}

impl<T: ArrowPrimitiveType> Sparse<PrimitiveBuilder<T>> {
    #[inline]
    pub(crate) fn push(&mut self, row: usize, value: Option<T::Native>) {
        if let Some(value) = value {
            self.builder.append_nulls(row - self.rows);
            self.builder.append_value(value);
            self.rows = row + 1;
        }
    }

    pub(crate) fn take(&mut self, rows: usize) -> ArrayRef {
        self.builder.append_nulls(rows - self.rows);
        self.rows = 0;
        Arc::new(self.builder.finish())
    }
}

impl Sparse<BooleanBuilder> {
    #[inline]
    pub(crate) fn push(&mut self, row: usize, value: Option<bool>) {
        if let Some(value) = value {
            self.builder.append_nulls(row - self.rows);
            self.builder.append_value(value);
            self.rows = row + 1;
        }
    }

    pub(crate) fn take(&mut self, rows: usize) -> ArrayRef {
        self.builder.append_nulls(rows - self.rows);
        self.rows = 0;
        Arc::new(self.builder.finish())
    }
}
