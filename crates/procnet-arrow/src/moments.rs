//! Columns of moments.

use std::sync::Arc;

use arrow_array::{ArrayRef, TimestampNanosecondArray};

/// A column of moments, in nanoseconds since 1970, UTC.
pub(crate) fn moments(times: Vec<i64>) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from(times).with_timezone("UTC"))
}
